//! Cards in a reader, to sign in with.

use cradle_ca::softhsm;
use cradle_ca::token::{Pin, TokenCard, TokenConfig, TokenUri};
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
