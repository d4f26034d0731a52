//! How to get at a token, kept for as long as it is open: the login is done again after the token
//! was taken out and put back, so the PIN has to stay.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cradle_procedure::fault::Fault;

use super::Pin;

/// Which token, and how to get in.
#[derive(Debug, Clone)]
pub struct TokenConfig {
    /// The PKCS#11 module, a shared library.
    pub module: PathBuf,
    /// What the module wants to be told when it is initialised (`pReserved` of
    /// `CK_C_INITIALIZE_ARGS`). Most modules want nothing.
    pub arguments: Option<String>,
    /// `CKA_LABEL` of the token.
    pub label: String,
    /// The user's PIN.
    pub pin: Pin,
    /// How hard it may be worked.
    pub limits: Limits,
}

impl TokenConfig {
    /// A token with nothing special about it.
    #[must_use]
    pub fn new(module: PathBuf, label: String, pin: Pin) -> Self {
        Self {
            module,
            arguments: None,
            label,
            pin,
            limits: Limits::default(),
        }
    }
}

/// How hard a token may be worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Sessions at the same time. The token's own limit counts too.
    pub sessions: NonZeroUsize,
    /// Longest time from asking to the answer, waiting for others included.
    pub answer_within: Duration,
}

impl Default for Limits {
    /// Four sessions, 30 seconds.
    fn default() -> Self {
        const FOUR: NonZeroUsize = NonZeroUsize::MIN.saturating_add(3);
        Self {
            sessions: FOUR,
            answer_within: Duration::from_secs(30),
        }
    }
}

/// The configuration of an open token, and whether its PIN was refused meanwhile.
pub(super) struct Access {
    pub(super) config: TokenConfig,
    wrong_pin: Mutex<Option<Fault>>,
}

impl Access {
    pub(super) fn new(config: TokenConfig) -> Self {
        Self {
            config,
            wrong_pin: Mutex::default(),
        }
    }

    /// A PIN is tried once: tokens count, and lock for good.
    pub(super) fn remember_wrong_pin(&self, fault: Fault) {
        let mut wrong = self
            .wrong_pin
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *wrong = Some(fault);
    }

    pub(super) fn refuse_known_wrong_pin(&self) -> Result<(), Fault> {
        let wrong = self
            .wrong_pin
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        wrong.clone().map_or(Ok(()), Err)
    }
}
