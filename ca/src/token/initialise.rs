//! Making a token where there is none yet.

use std::path::Path;

use cradle_procedure::fault::{Code, Fault};
use cryptoki::context::Pkcs11;
use cryptoki::session::UserType;
use cryptoki::slot::Slot;

use super::fault::{Failure, OrTokenFault as _};
use super::{Pin, module};

/// `CK_TOKEN_INFO::label` has 32 bytes.
const LABEL_BYTES: usize = 32;

/// Initialises a free slot of the module as a token of that label, with that SO PIN and user PIN.
/// A token of that label that has its user PIN is left alone; one that was interrupted before it
/// got its user PIN gets it.
///
/// # Errors
/// `CFG-03` the label is empty or longer than 32 bytes, `TOK-01` no slot is free or several
/// tokens have the label, `TOK-02`, `TOK-04`, `TOK-05`.
pub fn initialise_token(
    module_path: &Path,
    label: &str,
    so_pin: &Pin,
    pin: &Pin,
) -> Result<(), Fault> {
    if label.is_empty() || label.len() > LABEL_BYTES {
        return Err(Fault::new(
            Code::InputInvalid,
            format!("token label {label:?}: 1 to {LABEL_BYTES} bytes"),
        ));
    }
    initialise(module_path, label, so_pin, pin).map_err(Failure::told)
}

fn initialise(path: &Path, label: &str, so_pin: &Pin, pin: &Pin) -> Result<(), Failure> {
    let module = module::load(path, None)?;
    let _turn = module::turn();
    if module::labelled(&module, label)?.is_empty() {
        let slot = free_slot(&module)?;
        module
            .init_token(slot, &so_pin.auth(), label)
            .or_token_fault()?;
    }
    // Some modules move a token to another slot when it is initialised: look for it again.
    let slot = module::slot_of(&module, label)?;
    let info = module.get_token_info(slot).or_token_fault()?;
    if info.user_pin_initialized() {
        return Ok(());
    }
    set_user_pin(&module, slot, so_pin, pin)
}

fn free_slot(module: &Pkcs11) -> Result<Slot, Failure> {
    for slot in module.get_slots_with_token().or_token_fault()? {
        let info = module.get_token_info(slot).or_token_fault()?;
        if !info.token_initialized() {
            return Ok(slot);
        }
    }
    Err(module::missing("no slot holds a token that is not in use").into())
}

fn set_user_pin(module: &Pkcs11, slot: Slot, so_pin: &Pin, pin: &Pin) -> Result<(), Failure> {
    let session = module.open_rw_session(slot).or_token_fault()?;
    session
        .login(UserType::So, Some(&so_pin.auth()))
        .or_token_fault()?;
    let set = session.init_pin(&pin.auth()).or_token_fault();
    // The SO's login is shared by all sessions of this process: end it whatever happened.
    session.logout().or_token_fault().and(set)
}
