//! The `CKR_` codes in words: what it means, and what to do where something can be done.

use cryptoki::error::RvError;

/// The codes met in practice, family by family (PKCS#11 v3.1 §5.1); the standard's own first
/// sentence for the rest.
pub(super) fn meaning(code: RvError) -> String {
    let known = about_access(code)
        .or_else(|| about_device(code))
        .or_else(|| about_session(code))
        .or_else(|| about_keys(code))
        .or_else(|| about_module(code));
    if let Some(known) = known {
        return known.to_owned();
    }
    let text = code.to_string();
    text.split(". ").next().unwrap_or_default().to_owned()
}

fn about_access(code: RvError) -> Option<&'static str> {
    Some(match code {
        RvError::PinIncorrect => "the PIN is wrong",
        RvError::PinInvalid => "the PIN has characters that the token does not take",
        RvError::PinLocked => "the PIN is locked after too many wrong ones; the SO must reset it",
        RvError::PinExpired => "the PIN has expired; set a new one",
        RvError::PinLenRange => "the PIN is shorter or longer than the token takes",
        RvError::PinTooWeak => "the PIN is too simple for the token",
        RvError::UserPinNotInitialized => "the token has no user PIN yet",
        RvError::UserNotLoggedIn => "the login is gone: the token was reset or taken out",
        RvError::UserAnotherAlreadyLoggedIn => {
            "somebody else is logged in to this token in this process"
        }
        RvError::UserTooManyTypes => "the token takes no more logins; close other programs",
        _ => return None,
    })
}

fn about_device(code: RvError) -> Option<&'static str> {
    Some(match code {
        RvError::DeviceRemoved | RvError::TokenNotPresent => "the token was taken out",
        RvError::TokenNotRecognized => "the module does not know this kind of token",
        RvError::SlotIdInvalid => "the token's slot is gone: the reader was unplugged",
        RvError::DeviceError => "the token has a fault, or its connection broke off",
        RvError::DeviceMemory => "the token is full",
        RvError::TokenWriteProtected => "the token is write-protected",
        RvError::FipsSelfTestFailed => "the token failed its own test; do not use it",
        _ => return None,
    })
}

fn about_session(code: RvError) -> Option<&'static str> {
    Some(match code {
        RvError::SessionCount => "the token has no session left; close other programs that use it",
        RvError::SessionHandleInvalid | RvError::SessionClosed => {
            "the session is gone: the token was reset or taken out"
        }
        RvError::SessionReadOnly => "the session cannot write; the token is write-protected",
        RvError::OperationActive => "the session is in the middle of something else",
        _ => return None,
    })
}

fn about_keys(code: RvError) -> Option<&'static str> {
    Some(match code {
        RvError::KeyHandleInvalid | RvError::ObjectHandleInvalid => {
            "the key is gone: it was deleted, or the token was reset"
        }
        RvError::KeyFunctionNotPermitted => "the key is not allowed to sign",
        RvError::KeyTypeInconsistent => "the key is of another kind than the mechanism",
        RvError::KeySizeRange => "the token does not take keys of this size",
        RvError::MechanismInvalid | RvError::CurveNotSupported => {
            "the token cannot do ECDSA on this curve"
        }
        RvError::MechanismParamInvalid | RvError::DomainParamsInvalid => {
            "the token does not know this curve by its name"
        }
        RvError::TemplateInconsistent
        | RvError::TemplateIncomplete
        | RvError::AttributeReadOnly
        | RvError::AttributeTypeInvalid
        | RvError::AttributeValueInvalid => {
            "the token does not take an attribute of the key; see docs/pkcs11.md"
        }
        RvError::DataLenRange | RvError::DataInvalid => {
            "the token does not take a digest of this length"
        }
        RvError::FunctionRejected => "the token asked its owner, who said no",
        RvError::ActionProhibited => "the token's policy forbids it",
        _ => return None,
    })
}

fn about_module(code: RvError) -> Option<&'static str> {
    Some(match code {
        RvError::GeneralError | RvError::FunctionFailed => {
            "the module gives no reason; look at its own log"
        }
        RvError::HostMemory => "the module got no memory from this computer",
        RvError::ArgumentsBad => {
            "the module does not take these arguments; see `arguments` in the configuration"
        }
        RvError::CantLock | RvError::NeedToCreateThreads => "the module does not work with threads",
        RvError::CryptokiNotInitialized => "the module is not initialised",
        RvError::LibraryLoadFailed => "a library that the module needs cannot be loaded",
        RvError::FunctionNotSupported => "the module has no such function",
        _ => return None,
    })
}
