//! Which token it is: what goes on record with the keys that are made on it.

use serde::Serialize;

use super::fault::{Failure, OrTokenFault as _};
use super::seat::Open;

/// A token and its module, as they describe themselves (`CK_TOKEN_INFO`, `CK_INFO`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenIdentity {
    /// Label of the token.
    pub label: String,
    /// Who made it.
    pub manufacturer: String,
    /// What it is.
    pub model: String,
    /// Its serial number.
    pub serial: String,
    /// Who made the module, what it is, and its version.
    pub module: String,
}

pub(super) fn read(open: &Open) -> Result<TokenIdentity, Failure> {
    let token = open.module.get_token_info(open.slot).or_token_fault()?;
    let module = open.module.get_library_info().or_token_fault()?;
    let version = module.library_version();
    Ok(TokenIdentity {
        label: token.label().to_owned(),
        manufacturer: token.manufacturer_id().to_owned(),
        model: token.model().to_owned(),
        serial: token.serial_number().to_owned(),
        module: format!(
            "{} {} {}.{}",
            module.manufacturer_id(),
            module.library_description(),
            version.major(),
            version.minor()
        ),
    })
}
