//! The part of a station that people, batches and the audit log need: the records and the key
//! that signs for them. It opens without a release, CA certificates, or a bench.

use cradle_ca::ceremony::AUDIT_KEY;
use cradle_ca::token::{Pin, Token, TokenKey};
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::Sha256;
use cradle_records::Store;

use crate::config::Config;
use crate::files;
use crate::station::{open_store, open_token};

/// Records and audit key, open.
pub struct Office {
    config: Config,
    token: Token,
    store: Store,
    audit: TokenKey,
}

impl Office {
    /// Opens the token and the records. A file of the configuration that changed since the last
    /// time leaves an entry. [`crate::station::select_token`] must have been called
    /// before.
    ///
    /// # Errors
    /// `TOK-…`, `STO-…`.
    pub fn open(config: Config, pin: Pin) -> Result<Self, Fault> {
        let token = open_token(&config, pin)?;
        let audit = token.key(AUDIT_KEY)?;
        let store = open_store(&config, &audit)?;
        note_configuration(&config, &store)?;
        Ok(Self {
            config,
            token,
            store,
            audit,
        })
    }

    /// What the station was told.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The token with the station's keys.
    #[must_use]
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// The system of record.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The key that signs checkpoints, batch tickets and approvals.
    #[must_use]
    pub fn audit_key(&self) -> &TokenKey {
        &self.audit
    }
}

impl AsRef<Self> for Office {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// What the station is told: its configuration, the chip's profile, and the pinned release key.
fn note_configuration(config: &Config, store: &Store) -> Result<(), Fault> {
    let files = [&config.file, &config.profile, &config.release.key];
    for path in files.into_iter().filter(|path| path.exists()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let digest = Sha256::of(&files::read(path)?);
        store.note_configuration(&config.station, &name, digest)?;
    }
    Ok(())
}
