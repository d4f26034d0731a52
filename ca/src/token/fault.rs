//! What a PKCS#11 return code means to a person, and which stable code it becomes.

use cradle_procedure::fault::{Code, Fault};
use cryptoki::error::{Error, RvError};

/// Turns an error of the token layer into a fault that names the function, the `CKR_` code and
/// its meaning.
pub(super) fn fault(error: &Error) -> Fault {
    match error {
        Error::Pkcs11(code, function) => Fault::new(
            fault_code(*code),
            format!("C_{function:?}: {}: {}", ckr_name(*code), meaning(*code)),
        ),
        Error::LibraryLoading(_) | Error::MissingSymbol(_) => Fault::new(Code::TokenModule, error),
        _ => Fault::new(Code::TokenFailed, error),
    }
}

/// A call into the module, with its error as a fault.
pub(super) trait OrTokenFault<T> {
    fn or_token_fault(self) -> Result<T, Fault>;
}

impl<T> OrTokenFault<T> for Result<T, Error> {
    fn or_token_fault(self) -> Result<T, Fault> {
        self.map_err(|error| fault(&error))
    }
}

fn fault_code(code: RvError) -> Code {
    match code {
        RvError::PinIncorrect
        | RvError::PinInvalid
        | RvError::PinLenRange
        | RvError::PinExpired
        | RvError::PinLocked
        | RvError::UserPinNotInitialized => Code::TokenPin,
        RvError::TokenNotPresent
        | RvError::TokenNotRecognized
        | RvError::SlotIdInvalid
        | RvError::DeviceRemoved => Code::TokenMissing,
        RvError::LibraryLoadFailed => Code::TokenModule,
        _ => Code::TokenFailed,
    }
}

/// `PinIncorrect` → `CKR_PIN_INCORRECT`.
fn ckr_name(code: RvError) -> String {
    if let RvError::VendorDefined(value) | RvError::UnknownErrorCode(value) = code {
        return format!("CKR {value:#x}");
    }
    let mut name = String::from("CKR");
    for letter in format!("{code:?}").chars() {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

/// The codes met in practice, in a sentence that says what to look at; the standard's own first
/// sentence for the rest.
fn meaning(code: RvError) -> String {
    let known = match code {
        RvError::PinIncorrect => "the PIN is wrong",
        RvError::PinLocked => "the PIN is locked after too many wrong ones; the SO must reset it",
        RvError::PinExpired => "the PIN has expired; set a new one",
        RvError::PinLenRange => "the PIN is shorter or longer than the token takes",
        RvError::UserPinNotInitialized => "the token has no user PIN yet",
        RvError::DeviceRemoved | RvError::TokenNotPresent => "the token was taken out",
        RvError::DeviceError => "the token has a fault",
        RvError::DeviceMemory => "the token is full",
        RvError::GeneralError | RvError::FunctionFailed => {
            "the module gives no reason; look at its own log"
        }
        RvError::SessionCount => "the token has no session left; close other programs that use it",
        RvError::SessionHandleInvalid | RvError::SessionClosed => {
            "the session is gone: the token was reset or taken out"
        }
        RvError::UserNotLoggedIn => "the login is gone: the token was reset or taken out",
        RvError::TokenWriteProtected => "the token is write-protected",
        RvError::MechanismInvalid | RvError::CurveNotSupported => {
            "the token cannot do ECDSA on P-256"
        }
        RvError::KeyFunctionNotPermitted => "the key is not allowed to sign",
        RvError::UserAnotherAlreadyLoggedIn => {
            "somebody else is logged in to this token in this process"
        }
        _ => {
            let text = code.to_string();
            return text.split(". ").next().unwrap_or_default().to_owned();
        }
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use cryptoki::context::Function;

    use super::*;

    #[test]
    fn wrong_pin_says_so_in_words_and_in_code() {
        let fault = fault(&Error::Pkcs11(RvError::PinIncorrect, Function::Login));
        assert_eq!(fault.code, Code::TokenPin);
        assert_eq!(fault.detail, "C_Login: CKR_PIN_INCORRECT: the PIN is wrong");
    }

    #[test]
    fn codes_of_vendors_keep_their_number() {
        let fault = fault(&Error::Pkcs11(
            RvError::VendorDefined(0x8000_0042),
            Function::Sign,
        ));
        assert_eq!(fault.code, Code::TokenFailed);
        assert!(fault.detail.contains("0x80000042"), "{}", fault.detail);
    }
}
