//! PKCS#11 modules: each loaded and initialised once per process, and kept.

use std::collections::HashMap;
use std::ffi::CString;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::slot::Slot;

use super::fault::{Failure, OrTokenFault as _};

/// A second `C_Initialize`, or a `C_Finalize` while another token of the module is open, would
/// break whoever uses the module; so it is never finalised.
static LOADED: LazyLock<Mutex<HashMap<PathBuf, Loaded>>> = LazyLock::new(Mutex::default);

struct Loaded {
    module: Pkcs11,
    arguments: Option<String>,
}

/// See [`turn`].
static TURN: Mutex<()> = Mutex::new(());

/// To be held while looking for tokens or making one: whoever looks must not meet a token that is
/// half made, and of two that found the same free slot the second would wipe the first one's token.
pub(super) fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The module at that path, initialised with those arguments.
///
/// # Errors
/// `TOK-05` if it cannot be loaded, `TOK-04` if it does not initialise, `CFG-01` if it was
/// initialised with other arguments before.
pub(super) fn load(path: &Path, arguments: Option<&str>) -> Result<Pkcs11, Failure> {
    let path = path
        .canonicalize()
        .map_err(|error| Fault::new(Code::TokenModule, format!("{}: {error}", path.display())))?;
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = loaded.get(&path) {
        if known.arguments.as_deref() != arguments {
            let detail = format!("{}: it runs with other arguments already", path.display());
            return Err(Fault::new(Code::ConfigInvalid, detail).into());
        }
        return Ok(known.module.clone());
    }
    let module = Pkcs11::new(&path).or_token_fault()?;
    initialise(&module, arguments)?;
    let known = Loaded {
        module: module.clone(),
        arguments: arguments.map(str::to_owned),
    };
    loaded.insert(path, known);
    Ok(module)
}

fn initialise(module: &Pkcs11, arguments: Option<&str>) -> Result<(), Failure> {
    let text = arguments.map(CString::new).transpose();
    let text = text.or_fault(Code::ConfigInvalid)?;
    // Library threads and native locks are fine: sessions live on threads of their own.
    let flags = CInitializeFlags::OS_LOCKING_OK;
    let initialisation = match &text {
        None => CInitializeArgs::new(flags),
        #[allow(unsafe_code)]
        // SAFETY: `text` outlives the call to `C_Initialize` below. What it points to, a text
        // that ends with NUL, is what modules that take arguments expect there (NSS calls the
        // field LibraryParameters, p11-kit x-init-reserved); others must refuse it (PKCS#11 v3.1
        // §5.4.1). Modules only read it.
        Some(text) => unsafe {
            CInitializeArgs::new_with_reserved(flags, NonNull::from(text.as_ref()).cast())
        },
    };
    match module.initialize(initialisation) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The slot of the one token that has the label.
///
/// # Errors
/// `TOK-01` if there is none, or more than one.
pub(super) fn slot_of(module: &Pkcs11, label: &str) -> Result<Slot, Failure> {
    match labelled(module, label)?.as_slice() {
        [slot] => Ok(*slot),
        [] => Err(missing(format!("no token is labelled {label:?}")).into()),
        slots => Err(missing(format!("{} tokens are labelled {label:?}", slots.len())).into()),
    }
}

/// The slots of all tokens that have the label. A token that does not answer, in another reader
/// perhaps, matters only if none is found.
pub(super) fn labelled(module: &Pkcs11, label: &str) -> Result<Vec<Slot>, Failure> {
    let (mut found, mut unreadable) = (Vec::new(), None);
    for slot in module.get_slots_with_token().or_token_fault()? {
        match module.get_token_info(slot) {
            Ok(info) if info.token_initialized() && info.label() == label => found.push(slot),
            Ok(_) => {}
            Err(error) => unreadable = Some(error),
        }
    }
    match unreadable {
        Some(error) if found.is_empty() => Err(error).or_token_fault(),
        _ => Ok(found),
    }
}

pub(super) fn missing(detail: impl std::fmt::Display) -> Fault {
    Fault::new(Code::TokenMissing, detail)
}
