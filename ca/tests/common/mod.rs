//! What the tests of this crate share: a real token, of SoftHSM2 unless told
//! otherwise, and a ledger in memory.

// Each test binary uses a part of it.
#![allow(dead_code)]
// Clippy takes only functions marked `#[test]` for tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub(crate) mod ledger;
pub(crate) mod line;
pub(crate) mod referee;
mod second;

use std::fs;
use std::path::{Path, PathBuf};

use cradle_ca::softhsm;
use cradle_ca::token::{Pin, Token, TokenConfig, initialise_token};

pub(crate) const PIN: &str = "user-20261120";
pub(crate) const SO_PIN: &str = "so-20261120";

/// A private SoftHSM2 for this process.
pub(crate) struct SoftHsm {
    pub(crate) dir: PathBuf,
    pub(crate) config: PathBuf,
    pub(crate) module: PathBuf,
}

impl SoftHsm {
    /// Made anew, with more lines for its configuration. To be called once per process, before
    /// anything loads the module. Each process has its own: some runners start one for each
    /// test, and SoftHSM2 does not like to share.
    pub(crate) fn new(name: &str, lines: &str) -> Self {
        let own = format!("{name}-{}", std::process::id());
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(own);
        let _ = fs::remove_dir_all(&dir);
        let config = softhsm::configure(&dir).unwrap();
        let text = fs::read_to_string(&config).unwrap() + lines;
        fs::write(&config, text).unwrap();
        #[allow(unsafe_code)]
        // SAFETY: the tests of a binary all wait for this at their first line; nothing else in
        // the process reads the environment before the module, which is loaded after this.
        unsafe {
            std::env::set_var(softhsm::CONFIG_VARIABLE, &config);
        }
        Self {
            dir,
            config,
            module: softhsm::module().unwrap(),
        }
    }

    /// Makes a token with the usual PINs.
    pub(crate) fn initialise(&self, label: &str) {
        initialise_token(&self.module, label, &pin(SO_PIN), &pin(PIN)).unwrap();
    }

    pub(crate) fn config(&self, label: &str, user_pin: &str) -> TokenConfig {
        TokenConfig::new(self.module.clone(), label.to_owned(), pin(user_pin))
    }

    /// Makes a token with the usual PINs and opens it; or opens the one that the tests are to run
    /// over, which then is the same for every label.
    pub(crate) fn token(&self, label: &str) -> Token {
        if let Some(config) = second::token() {
            return Token::open(config).unwrap();
        }
        self.initialise(label);
        Token::open(self.config(label, PIN)).unwrap()
    }
}

pub(crate) fn pin(text: &str) -> Pin {
    Pin::new(text.to_owned()).unwrap()
}
