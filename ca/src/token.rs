//! One PKCS#11 token: opened once, spoken to by a few threads, its keys found by name.

mod access;
mod boot_key;
mod card;
mod fault;
mod identity;
mod initialise;
mod key;
mod module;
mod object;
mod pin;
mod point;
mod pool;
mod seat;
mod shared;
mod status;
mod uri;

use std::sync::Arc;

use cradle_procedure::curve::Curve;
use cradle_procedure::fault::Fault;
use cryptoki::object::ObjectClass;

pub use access::{Limits, TokenConfig};
pub use boot_key::TokenBootKey;
pub use card::{TokenCard, present};
pub use identity::TokenIdentity;
pub use initialise::initialise_token;
pub use key::TokenKey;
pub use pin::Pin;
pub use status::{KeyStatus, TokenStatus};
pub use uri::TokenUri;

use pool::Pool;

/// An open token, logged in. Clones share its sessions; the last one to go closes them.
#[derive(Clone)]
pub struct Token {
    pool: Arc<Pool>,
}

impl Token {
    /// Loads the module, finds the token by its label, opens a session and logs in. A token that
    /// this process has open already is shared.
    ///
    /// # Errors
    /// `TOK-05` no such module, `TOK-01` no such token, `TOK-02` wrong PIN, `TOK-04`, `TOK-06` it
    /// has no session left; `CFG-01` the module runs with other arguments already.
    pub fn open(config: TokenConfig) -> Result<Self, Fault> {
        Ok(Self {
            pool: shared::pool(config)?,
        })
    }

    /// The key pair of that label, ready to sign.
    ///
    /// # Errors
    /// `TOK-03` there is none, more than one, or it is not on P-256 or P-384; `TOK-04`, `TOK-06`.
    pub fn key(&self, label: &str) -> Result<TokenKey, Fault> {
        let wanted = label.to_owned();
        let pair = self
            .pool
            .run(move |open| object::find_pair(&open.session, &wanted))?;
        Ok(TokenKey::new(Arc::clone(&self.pool), label, pair))
    }

    /// Makes a key pair of that label on that curve that can never leave the token, unless there
    /// is one, on whichever curve. Says whether it made one.
    ///
    /// # Errors
    /// `TOK-03` more than one has that label, `TOK-04`, `TOK-06`.
    pub fn ensure_key(&self, label: &str, curve: Curve) -> Result<bool, Fault> {
        let wanted = label.to_owned();
        self.pool
            .run(move |open| object::ensure_pair(&open.session, &wanted, curve))
    }

    /// Whether a private key of that label is there.
    ///
    /// # Errors
    /// `TOK-04`, `TOK-06`.
    pub fn holds(&self, label: &str) -> Result<bool, Fault> {
        let wanted = label.to_owned();
        let found = self
            .pool
            .run(move |open| object::with_label(&open.session, ObjectClass::PRIVATE_KEY, &wanted));
        Ok(!found?.is_empty())
    }

    /// The boot key of that label, ready to sign.
    ///
    /// # Errors
    /// `TOK-03` there is none, more than one, or it is not RSA-3072; `TOK-04`, `TOK-06`.
    pub fn boot_key(&self, label: &str) -> Result<TokenBootKey, Fault> {
        TokenBootKey::open(Arc::clone(&self.pool), label)
    }

    /// Makes an RSA-3072 boot key of that label that can never leave the token, unless there is
    /// one. Says whether it made one.
    ///
    /// # Errors
    /// `TOK-03` more than one has that label, `TOK-04`, `TOK-06`.
    pub fn ensure_boot_key(&self, label: &str) -> Result<bool, Fault> {
        let wanted = label.to_owned();
        self.pool
            .run(move |open| boot_key::ensure(&open.session, &wanted))
    }

    /// The private keys the token holds, with what is wrong with them.
    ///
    /// # Errors
    /// `TOK-04`, `TOK-06`.
    pub fn status(&self) -> Result<TokenStatus, Fault> {
        self.pool.run(|open| status::read(&open.session))
    }

    /// Which token and module this is, as they describe themselves.
    ///
    /// # Errors
    /// `TOK-04`, `TOK-06`.
    pub fn identity(&self) -> Result<TokenIdentity, Fault> {
        self.pool.run(|open| identity::read(open))
    }
}
