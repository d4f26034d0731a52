//! The station: the only place where records, authority, bench and wipe meet.

mod authority;
mod batch_retirement;
mod inspection;
mod products;
mod provisioning;
mod reconciliation;
mod retirement;
mod token;
mod waiver;
mod who;

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use cradle_bench::{Bench, SlotInfo};
use cradle_ca::ceremony::{self, CaFiles, DOCUMENT_KEY, WIPE_KEY};
use cradle_ca::issue::{AuthorityConfig, CrlPolicy};
use cradle_ca::profile::{DeviceProfile, Terms, Urls};
use cradle_ca::softhsm;
use cradle_ca::token::{Pin, Token, TokenKey};
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::SlotId;
use cradle_procedure::ports::Signer as _;
use cradle_procedure::profile::TargetProfile;
use cradle_procedure::release::VerifiedRelease;
use cradle_records::{Store, StoreOptions};

use crate::config::{BenchSection, Config};
use crate::office::Office;
use crate::training::{BoardModel, Training};
use crate::{files, release_folder};

pub use batch_retirement::{BatchRetirement, RetiredBatch};
pub use inspection::{Inspected, Inspection};
pub use products::Product;
pub use provisioning::Provisioning;
pub use reconciliation::Reconciliation;
pub use retirement::{Decommissioning, Settled};
pub use token::{open_root_token, open_token};
pub use waiver::Grounds;
pub(crate) use who::who_answers;

/// Everything a station works with, open and checked.
pub struct Station {
    office: Office,
    /// Its main product, which it is never without, comes first.
    products: Vec<Product>,
    keys: Keys,
    authority: AuthorityConfig,
    bench: Bench,
    training: Option<Training>,
}

/// The token's keys that the station uses itself, besides the audit key. The CA has its own, the
/// release key stays untouched.
struct Keys {
    document: TokenKey,
    wipe: TokenKey,
}

impl Station {
    /// Opens token, records, authority, release and bench, in this order, and stops at the first
    /// that is not in order. [`select_token`] must have been called before.
    ///
    /// # Errors
    /// `TOK-…`, `STO-…`, `CA-05`, `PLN-01`, `REL-…`, `CFG-…`.
    pub fn open(config: Config, pin: Pin) -> Result<Self, Fault> {
        let office = Office::open(config, pin)?;
        let (config, token) = (office.config(), office.token());
        let keys = Keys {
            document: token.key(DOCUMENT_KEY)?,
            wipe: token.key(WIPE_KEY)?,
        };
        let authority = authority(config, token)?;
        let products = products::open(config)?;
        let (bench, training) = open_bench(config)?;
        Ok(Self {
            office,
            products,
            keys,
            authority,
            bench,
            training,
        })
    }

    /// What it was told.
    #[must_use]
    pub fn config(&self) -> &Config {
        self.office.config()
    }

    /// The system of record.
    #[must_use]
    pub fn store(&self) -> &Store {
        self.office.store()
    }

    fn main_product(&self) -> &Product {
        &self.products[0]
    }

    /// What its main product's chip is.
    #[must_use]
    pub fn profile(&self) -> &TargetProfile {
        &self.main_product().profile
    }

    /// The release that units of its main product get.
    #[must_use]
    pub fn release(&self) -> &VerifiedRelease {
        &self.main_product().release
    }

    /// The key that signs checkpoints and batch tickets.
    #[must_use]
    pub fn audit_key(&self) -> &TokenKey {
        self.office.audit_key()
    }

    /// The certificate authority, for every ledger.
    #[must_use]
    pub fn authority(&self) -> &AuthorityConfig {
        &self.authority
    }

    /// Its slots.
    pub fn slots(&self) -> impl Iterator<Item = SlotInfo> + '_ {
        self.bench.slots()
    }

    /// Whether a board is in the slot; `None` while something works on it, or if that cannot be
    /// known. Takes as long as a probe takes to answer.
    #[must_use]
    pub fn senses_board(&self, slot: SlotId) -> Option<bool> {
        self.bench.senses_board(slot)
    }

    /// The emulated boards, if its bench is virtual.
    #[must_use]
    pub fn training(&self) -> Option<&Training> {
        self.training.as_ref()
    }

    /// Makes the emulated boards to come the same as with that seed before.
    pub fn reseed(&mut self, seed: u64) {
        if let Some(training) = &mut self.training {
            training.reseed(seed);
        }
    }

    /// Keeps what the board in a slot holds now, if it is an emulated one.
    fn settle(&self, slot: SlotId) -> Result<(), Fault> {
        self.training
            .as_ref()
            .map_or(Ok(()), |training| training.save(slot))
    }
}

impl AsRef<Office> for Station {
    fn as_ref(&self) -> &Office {
        &self.office
    }
}

/// Makes this process use the SoftHSM2 that the configuration names, if it names one. The first
/// thing to do in `main`: see [`softhsm::select`].
///
/// # Errors
/// `RUN-02` it is too late for that.
pub fn select_token(config: &Config) -> Result<(), Fault> {
    match &config.token.softhsm {
        Some(path) => softhsm::select(path),
        None => Ok(()),
    }
}

/// Opens the records. Tickets and checkpoints in them must verify with the audit key.
///
/// # Errors
/// `STO-…`.
pub fn open_store(config: &Config, audit: &TokenKey) -> Result<Store, Fault> {
    let options = StoreOptions {
        audit_key: Some(audit.public_key().to_vec()),
        sessions: config.sessions.limits(),
        ..StoreOptions::default()
    };
    Store::open(&config.records, now_ms, options)
}

/// Opens the records before there is an audit key: for the first two people, and for the key
/// ceremony that they hold. Nothing that an audit key signed can be used from it.
///
/// # Errors
/// `STO-…`.
pub fn open_unsigned_store(config: &Config) -> Result<Store, Fault> {
    Store::open(&config.records, now_ms, StoreOptions::default())
}

/// Reads the target profile.
///
/// # Errors
/// `CFG-02`, `PLN-01`.
pub fn load_profile(config: &Config) -> Result<TargetProfile, Fault> {
    read_profile(&config.profile)
}

pub(crate) fn read_profile(path: &Path) -> Result<TargetProfile, Fault> {
    let text = String::from_utf8(files::read(path)?).or_fault(Code::ProfileInvalid)?;
    TargetProfile::parse(&text)
}

/// Reads and verifies the release with the pinned key.
///
/// # Errors
/// `CFG-02` the pinned key, `REL-…` the release.
pub fn load_release(config: &Config, profile: &TargetProfile) -> Result<VerifiedRelease, Fault> {
    let key = files::read_public_key(&config.release.key)?;
    release_folder::verify(&config.release.folder, &key, profile)
}

/// Reads a certificate profile.
///
/// # Errors
/// `CFG-02`; `CFG-01` with the line that is wrong.
pub fn certificate_terms(path: &Path) -> Result<Terms, Fault> {
    let text = String::from_utf8(files::read(path)?).or_fault(Code::ConfigInvalid)?;
    Terms::parse(&text)
        .map_err(|fault| Fault::new(fault.code, format!("{}: {}", path.display(), fault.detail)))
}

/// The device authority's part of the configuration.
///
/// # Errors
/// `CA-05`, `TOK-03`, `CFG-01`.
pub fn authority(config: &Config, token: &Token) -> Result<AuthorityConfig, Fault> {
    let section = &config.authority;
    let files = CaFiles::in_dir(&section.files);
    let urls = Urls {
        crl: Some(section.crl_url.clone()),
        ocsp: Some(section.ocsp_url.clone()),
        issuer: Some(section.ca_issuers_url.clone()),
    };
    let mut profile = DeviceProfile::new(&config.organization, &section.hardware_type, &urls)?;
    if let Some(path) = &section.certificate_profile {
        profile = profile.with_terms(certificate_terms(path)?);
    }
    Ok(AuthorityConfig {
        ca: ceremony::issuing_ca(token, &files)?,
        profile,
        crl: CrlPolicy::weekly(files.crl),
        clock: Arc::new(now_ms),
    })
}

/// The slots that a configuration describes.
///
/// # Errors
/// `CFG-01`, `CFG-02`, `PLN-01`.
pub fn open_bench(config: &Config) -> Result<(Bench, Option<Training>), Fault> {
    match &config.bench {
        BenchSection::Hardware(hardware) => Ok((Bench::from_config(hardware.clone())?, None)),
        BenchSection::Virtual {
            virtual_slots,
            boards,
        } => {
            let model = BoardModel::of(&load_profile(config)?);
            let training = Training::open(*virtual_slots, boards, model)?;
            Ok((Bench::over_virtual(training.bench()), Some(training)))
        }
    }
}

/// Wall clock: milliseconds since 1970-01-01 UTC.
#[must_use]
pub fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Fills a buffer from the operating system's random source.
pub(crate) fn entropy(bytes: &mut [u8]) -> Result<(), Fault> {
    getrandom::fill(bytes).or_fault(Code::Internal)
}
