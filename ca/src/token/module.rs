//! PKCS#11 modules: each loaded and initialised once per process, and kept.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use cradle_procedure::fault::{Code, Fault};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::slot::Slot;

use super::fault::OrTokenFault as _;

/// A second `C_Initialize`, or a `C_Finalize` while another token of the module is open, would
/// break whoever uses the module; so it is never finalised.
static LOADED: LazyLock<Mutex<HashMap<PathBuf, Pkcs11>>> = LazyLock::new(Mutex::default);

/// See [`turn`].
static TURN: Mutex<()> = Mutex::new(());

/// To be held while looking for tokens or making one: whoever looks must not meet a token that is
/// half made, and of two that found the same free slot the second would wipe the first one's token.
pub(super) fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The module at that path.
///
/// # Errors
/// `TOK-05` if it cannot be loaded, `TOK-04` if it does not initialise.
pub(super) fn load(path: &Path) -> Result<Pkcs11, Fault> {
    let path = path
        .canonicalize()
        .map_err(|error| Fault::new(Code::TokenModule, format!("{}: {error}", path.display())))?;
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = loaded.get(&path) {
        return Ok(module.clone());
    }
    let module = Pkcs11::new(&path).or_token_fault()?;
    // Library threads and native locks are fine: sessions live on threads of their own.
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(error).or_token_fault(),
    }
    loaded.insert(path, module.clone());
    Ok(module)
}

/// The slot of the one token that has the label.
///
/// # Errors
/// `TOK-01` if there is none, or more than one.
pub(super) fn slot_of(module: &Pkcs11, label: &str) -> Result<Slot, Fault> {
    match labelled(module, label)?.as_slice() {
        [slot] => Ok(*slot),
        [] => Err(missing(format!("no token is labelled {label:?}"))),
        slots => Err(missing(format!(
            "{} tokens are labelled {label:?}",
            slots.len()
        ))),
    }
}

/// The slots of all tokens that have the label. A token that does not answer, in another reader
/// perhaps, matters only if none is found.
pub(super) fn labelled(module: &Pkcs11, label: &str) -> Result<Vec<Slot>, Fault> {
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
