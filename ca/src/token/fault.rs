//! What a PKCS#11 return code means to a person, which stable code it becomes, and what the token
//! layer itself does about it.

mod meaning;

use cradle_procedure::fault::{Code, Fault};
use cryptoki::error::{Error, RvError};

use meaning::meaning;

/// Why something on the token did not work, for those who can do something about it themselves.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) kind: Kind,
    fault: Fault,
}

/// What the token layer can do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Session, login or handle is gone: open, log in and find the key again.
    SessionLost,
    /// The token has no session left: work with those there are.
    NoSessionLeft,
    /// The PIN was refused: do not try it again, the token counts.
    PinRefused,
    /// Nothing.
    Other,
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self {
            kind: Kind::Other,
            fault,
        }
    }
}

impl Failure {
    /// What the caller is told.
    pub(super) fn told(self) -> Fault {
        self.fault
    }
}

impl From<Error> for Failure {
    /// A fault that names the function, the `CKR_` code and its meaning.
    fn from(error: Error) -> Self {
        let (kind, fault) = match &error {
            Error::Pkcs11(code, function) => {
                let detail = format!("C_{function:?}: {}: {}", ckr_name(*code), meaning(*code));
                (kind(*code), Fault::new(fault_code(*code), detail))
            }
            Error::LibraryLoading(_) | Error::MissingSymbol(_) => {
                (Kind::Other, Fault::new(Code::TokenModule, &error))
            }
            _ => (Kind::Other, Fault::new(Code::TokenFailed, &error)),
        };
        Self { kind, fault }
    }
}

/// A call into the module, with its error as a fault.
pub(super) trait OrTokenFault<T> {
    fn or_token_fault(self) -> Result<T, Failure>;
}

impl<T> OrTokenFault<T> for Result<T, Error> {
    fn or_token_fault(self) -> Result<T, Failure> {
        self.map_err(Failure::from)
    }
}

fn kind(code: RvError) -> Kind {
    match code {
        // Which of them a module gives after its token was taken out and put back differs.
        RvError::DeviceRemoved
        | RvError::DeviceError
        | RvError::TokenNotPresent
        | RvError::SessionHandleInvalid
        | RvError::SessionClosed
        | RvError::UserNotLoggedIn
        | RvError::ObjectHandleInvalid
        | RvError::KeyHandleInvalid => Kind::SessionLost,
        RvError::SessionCount => Kind::NoSessionLeft,
        _ if fault_code(code) == Code::TokenPin => Kind::PinRefused,
        _ => Kind::Other,
    }
}

fn fault_code(code: RvError) -> Code {
    match code {
        RvError::PinIncorrect
        | RvError::PinInvalid
        | RvError::PinLenRange
        | RvError::PinExpired
        | RvError::PinLocked
        | RvError::PinTooWeak
        | RvError::UserPinNotInitialized => Code::TokenPin,
        RvError::TokenNotPresent
        | RvError::TokenNotRecognized
        | RvError::SlotIdInvalid
        | RvError::DeviceRemoved => Code::TokenMissing,
        RvError::LibraryLoadFailed | RvError::CryptokiNotInitialized => Code::TokenModule,
        RvError::SessionCount => Code::TokenBusy,
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

#[cfg(test)]
mod tests {
    use cryptoki::context::Function;

    use super::*;

    fn fault(code: RvError, function: Function) -> Fault {
        Failure::from(Error::Pkcs11(code, function)).told()
    }

    #[test]
    fn wrong_pin_says_so_in_words_and_in_code() {
        let fault = fault(RvError::PinIncorrect, Function::Login);
        assert_eq!(fault.code, Code::TokenPin);
        assert_eq!(fault.detail, "C_Login: CKR_PIN_INCORRECT: the PIN is wrong");
    }

    #[test]
    fn codes_of_vendors_keep_their_number() {
        let fault = fault(RvError::VendorDefined(0x8000_0042), Function::Sign);
        assert_eq!(fault.code, Code::TokenFailed);
        assert!(fault.detail.contains("0x80000042"), "{}", fault.detail);
    }

    #[test]
    fn refused_pin_is_never_taken_for_a_lost_session() {
        for code in [RvError::PinIncorrect, RvError::PinLocked] {
            assert_eq!(kind(code), Kind::PinRefused);
        }
        assert_eq!(kind(RvError::DeviceRemoved), Kind::SessionLost);
    }
}
