//! The tokens that the configuration names.

use std::path::PathBuf;
use std::time::Duration;

use cradle_ca::softhsm;
use cradle_ca::token::{Pin, Token, TokenConfig, TokenUri};
use cradle_procedure::fault::{Code, Fault};

use crate::config::{Config, TokenSection};

/// Opens the line's token and logs in.
///
/// # Errors
/// `TOK-…`.
pub fn open_token(config: &Config, pin: Pin) -> Result<Token, Fault> {
    let section = &config.token;
    let arguments = section.arguments.clone();
    Token::open(access(section, &section.uri, arguments, pin)?)
}

/// Opens the token that holds the root CA's key, where that has one of its own, and logs in.
///
/// # Errors
/// `TOK-…`; `CFG-01` it has none of its own.
pub fn open_root_token(config: &Config, pin: Pin) -> Result<Token, Fault> {
    let section = &config.token;
    let none = || Fault::new(Code::ConfigInvalid, "there is no section [token.root]");
    let root = section.root.as_ref().ok_or_else(none)?;
    // The same module takes the same arguments: it is initialised once.
    let same = module(&root.uri)? == module(&section.uri)?;
    let inherited = section.arguments.as_ref().filter(|_| same);
    let arguments = root.arguments.as_ref().or(inherited).cloned();
    Token::open(access(section, &root.uri, arguments, pin)?)
}

fn access(
    section: &TokenSection,
    uri: &TokenUri,
    arguments: Option<String>,
    pin: Pin,
) -> Result<TokenConfig, Fault> {
    let mut config = TokenConfig::new(module(uri)?, uri.token.clone(), pin);
    config.arguments = arguments;
    if let Some(sessions) = section.sessions {
        config.limits.sessions = sessions;
    }
    if let Some(seconds) = section.answer_within_s {
        config.limits.answer_within = Duration::from_secs(seconds.get());
    }
    Ok(config)
}

fn module(uri: &TokenUri) -> Result<PathBuf, Fault> {
    uri.module.clone().map_or_else(softhsm::module, Ok)
}
