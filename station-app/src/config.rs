//! The station's configuration: one TOML file. Relative paths start at the file's own folder.

use std::fs;
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};

use cradle_bench::BenchConfig;
use cradle_ca::token::TokenUri;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::StationId;
use cradle_records::SessionLimits;
use cradle_wipe::{Person, Registries};
use serde::Deserialize;

/// File name looked for where none is named.
pub const FILE_NAME: &str = "cradle.toml";

/// Everything a station is told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of the station.
    pub station: StationId,
    /// Who runs it; stands in certificates and documents.
    pub organization: String,
    /// Where it stands.
    pub site: String,
    /// How its people are reached; stands in documents.
    pub contact: String,
    /// Target profile, TOML.
    pub profile: PathBuf,
    /// Database file.
    pub records: PathBuf,
    /// PKCS#11 token.
    pub token: TokenSection,
    /// Certificate authority.
    pub authority: AuthoritySection,
    /// Release.
    pub release: ReleaseSection,
    /// Further products of the line, each with a chip and a release of its own. Which one a unit
    /// is, its batch says.
    #[serde(default)]
    pub target: Vec<ProductSection>,
    /// Registries outside the house that have to forget a unit; often none.
    #[serde(default)]
    pub registries: Registries,
    /// Folder for certificates of sanitization.
    pub documents: PathBuf,
    /// Slots: hardware, or the virtual bench.
    pub bench: BenchSection,
    /// Cards that people sign in with at the window; without it, passwords only.
    pub cards: Option<CardsSection>,
    /// How long sessions last.
    #[serde(default)]
    pub sessions: SessionsSection,
    /// The file that it was read from, for the record.
    #[serde(skip)]
    pub file: PathBuf,
}

/// Where the cards of people are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardsSection {
    /// PKCS#11 module of the reader, such as `/usr/lib/opensc-pkcs11.so`; without it, SoftHSM2.
    pub module: Option<PathBuf>,
}

/// How long sessions last.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionsSection {
    /// Minutes without anything done after which a session ends, and the window asks to sign in
    /// again. Units that are being worked on go on.
    pub idle_minutes: NonZeroU32,
    /// Hours after which a session ends in any case.
    pub longest_hours: NonZeroU32,
}

impl Default for SessionsSection {
    /// A quarter of an hour, half a day.
    fn default() -> Self {
        const fn whole(number: u32) -> NonZeroU32 {
            NonZeroU32::MIN.saturating_add(number - 1)
        }
        Self {
            idle_minutes: whole(15),
            longest_hours: whole(12),
        }
    }
}

impl SessionsSection {
    /// As the records want it.
    #[must_use]
    pub fn limits(&self) -> SessionLimits {
        SessionLimits {
            idle_ms: u64::from(self.idle_minutes.get()) * 60_000,
            longest_ms: u64::from(self.longest_hours.get()) * 3_600_000,
        }
    }
}

/// Where the keys are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSection {
    /// RFC 7512 URI with the token's label and, unless it is SoftHSM2, the module's path.
    pub uri: TokenUri,
    /// File with the PIN, readable by its owner alone. Without it the PIN is asked for.
    pub pin_file: Option<PathBuf>,
    /// Configuration file of SoftHSM2, for the embedded token.
    pub softhsm: Option<PathBuf>,
    /// What the module wants to be told when it is initialised. NSS wants something, most want
    /// nothing.
    pub arguments: Option<String>,
    /// Most sessions at the same time, if not four.
    pub sessions: Option<NonZeroUsize>,
    /// Seconds after which the token counts as stuck, if not 30.
    pub answer_within_s: Option<NonZeroU64>,
    /// The root CA's own token, if it has one.
    pub root: Option<RootTokenSection>,
}

/// Where the root CA's key is. Needed for a key ceremony, and locked away otherwise.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootTokenSection {
    /// As in `[token]`.
    pub uri: TokenUri,
    /// As in `[token]`.
    pub pin_file: Option<PathBuf>,
    /// As in `[token]`, from where it is taken if the module is the same.
    pub arguments: Option<String>,
}

/// What the CA publishes, and where.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthoritySection {
    /// Folder with `root-ca.pem`, `issuing-ca.pem` and `issuing-ca.crl`.
    pub files: PathBuf,
    /// Where relying parties fetch the CRL (HTTP URL).
    pub crl_url: String,
    /// OCSP responder (HTTP URL).
    pub ocsp_url: String,
    /// Where relying parties fetch the issuing CA's certificate (HTTP URL).
    pub ca_issuers_url: String,
    /// `hwType` of the hardwareModuleName (RFC 4108 §5): an OID of the manufacturer's arc.
    pub hardware_type: String,
    /// What kind of certificate devices get: a TOML file such as `profiles/ca/station-client.toml`.
    /// Without it, the IDevID of IEEE 802.1AR.
    pub certificate_profile: Option<PathBuf>,
}

/// A product: its chip, and what goes onto it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductSection {
    /// Target profile, TOML.
    pub profile: PathBuf,
    /// Release.
    pub release: ReleaseSection,
}

/// What goes onto the devices.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseSection {
    /// Folder of the release.
    pub folder: PathBuf,
    /// The pinned release key, PEM. Never taken from the release itself.
    pub key: PathBuf,
}

/// One kind of bench or the other.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum BenchSection {
    /// Emulated boards, for training and tests.
    Virtual {
        /// How many slots.
        virtual_slots: u16,
        /// Folder that keeps what the boards' memories hold.
        boards: PathBuf,
    },
    /// Probes, serial ports and power switches.
    Hardware(BenchConfig),
}

impl Config {
    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// `CFG-02` it cannot be read; `CFG-01` with the line that is wrong.
    pub fn load(path: &Path) -> Result<Self, Fault> {
        let text = fs::read_to_string(path).map_err(|error| {
            Fault::new(Code::FileFailed, format!("{}: {error}", path.display()))
        })?;
        let mut config: Self = toml::from_str(&text).map_err(|error| {
            let detail = format!("{}: {}", path.display(), error.to_string().trim());
            Fault::new(Code::ConfigInvalid, detail)
        })?;
        let path = std::path::absolute(path).or_fault(Code::FileFailed)?;
        config.file.clone_from(&path);
        config.anchor(path.parent().unwrap_or(Path::new("/")));
        Ok(config)
    }

    /// The file to use where none is named: here, or in the user's configuration folder
    /// (XDG Base Directory Specification).
    #[must_use]
    pub fn default_path() -> PathBuf {
        let here = PathBuf::from(FILE_NAME);
        if here.exists() {
            return here;
        }
        let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
        let folder = std::env::var_os("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .or_else(home);
        folder.map_or(here, |folder| folder.join("cradle").join(FILE_NAME))
    }

    /// Every product, the main one first.
    #[must_use]
    pub fn products(&self) -> Vec<ProductSection> {
        let main = ProductSection {
            profile: self.profile.clone(),
            release: self.release.clone(),
        };
        let mut products = vec![main];
        products.extend_from_slice(&self.target);
        products
    }

    /// A person of this station as documents name them.
    #[must_use]
    pub fn person(&self, name: &str, title: &str) -> Person {
        Person {
            name: name.to_owned(),
            title: title.to_owned(),
            organisation: self.organization.clone(),
            place: self.site.clone(),
            contact: self.contact.clone(),
        }
    }

    fn anchor(&mut self, folder: &Path) {
        self.registries.anchor(folder);
        let paths = [
            &mut self.profile,
            &mut self.records,
            &mut self.authority.files,
            &mut self.release.folder,
            &mut self.release.key,
            &mut self.documents,
        ];
        let boards = match &mut self.bench {
            BenchSection::Virtual { boards, .. } => Some(boards),
            BenchSection::Hardware(_) => None,
        };
        let root = self.token.root.as_mut();
        let optional = [
            root.and_then(|root| root.pin_file.as_mut()),
            self.token.pin_file.as_mut(),
            self.token.softhsm.as_mut(),
            self.authority.certificate_profile.as_mut(),
            boards,
        ];
        let further = self.target.iter_mut().flat_map(|product| {
            let release = &mut product.release;
            [&mut product.profile, &mut release.folder, &mut release.key]
        });
        let all = paths.into_iter().chain(optional.into_iter().flatten());
        for path in all.chain(further) {
            *path = folder.join(&*path);
        }
    }
}
