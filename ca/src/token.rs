//! One PKCS#11 token: opened once, spoken to by one thread, its keys found by name.

mod fault;
mod initialise;
mod key;
mod module;
mod object;
mod owner;
mod pin;
mod point;
mod status;
mod uri;

use std::path::PathBuf;
use std::sync::Arc;

use cradle_procedure::fault::Fault;

pub use initialise::initialise_token;
pub use key::TokenKey;
pub use pin::Pin;
pub use status::{KeyStatus, TokenStatus};
pub use uri::TokenUri;

use owner::Owner;

/// Which token, and how to get in.
#[derive(Debug, Clone)]
pub struct TokenConfig {
    /// The PKCS#11 module, a shared library.
    pub module: PathBuf,
    /// `CKA_LABEL` of the token.
    pub label: String,
    /// The user's PIN.
    pub pin: Pin,
}

/// An open token, logged in. Clones share one session; the last one to go closes it.
#[derive(Clone)]
pub struct Token {
    owner: Arc<Owner>,
}

impl Token {
    /// Loads the module, finds the token by its label, opens a session and logs in.
    ///
    /// # Errors
    /// `TOK-05` no such module, `TOK-01` no such token, `TOK-02` wrong PIN, `TOK-04`.
    pub fn open(config: TokenConfig) -> Result<Self, Fault> {
        Ok(Self {
            owner: Arc::new(Owner::start(config)?),
        })
    }

    /// The key pair of that label, ready to sign.
    ///
    /// # Errors
    /// `TOK-03` there is none, more than one, or it is not on P-256; `TOK-04`.
    pub fn key(&self, label: &str) -> Result<TokenKey, Fault> {
        let wanted = label.to_owned();
        let pair = self
            .owner
            .run(move |session| object::find_pair(session, &wanted))?;
        Ok(TokenKey::new(Arc::clone(&self.owner), pair))
    }

    /// Makes an EC P-256 key pair of that label that can never leave the token, unless there is
    /// one. Says whether it made one.
    ///
    /// # Errors
    /// `TOK-03` more than one has that label, `TOK-04`.
    pub fn ensure_key(&self, label: &str) -> Result<bool, Fault> {
        let wanted = label.to_owned();
        self.owner
            .run(move |session| object::ensure_pair(session, &wanted))
    }

    /// The private keys the token holds, with what is wrong with them.
    ///
    /// # Errors
    /// `TOK-04`.
    pub fn status(&self) -> Result<TokenStatus, Fault> {
        self.owner.run(status::read)
    }
}
