//! Cards in a reader, to sign in with.

use std::path::Path;

use cradle_ca::softhsm;
use cradle_ca::token::{Pin, TokenCard, TokenConfig, TokenUri, present};
use cradle_procedure::fault::Fault;

/// Opens the card that the URI names; without a module in it, SoftHSM2 is the reader.
///
/// # Errors
/// `TOK-…`.
pub(crate) fn open(uri: &TokenUri, pin: Pin) -> Result<TokenCard, Fault> {
    let module = uri.module.clone().map_or_else(softhsm::module, Ok)?;
    let config = TokenConfig::new(module, uri.token.clone(), pin);
    TokenCard::open(&config, uri.object.as_deref())
}

/// Labels of the tokens in all readers of a module; of SoftHSM2 where none is named.
///
/// # Errors
/// `TOK-…`.
pub(crate) fn labels(module: Option<&Path>) -> Result<Vec<String>, Fault> {
    match module {
        Some(module) => present(module),
        None => present(&softhsm::module()?),
    }
}
