//! A line set up from nothing: token, keys, people, release, approved batch.

use std::fs;
use std::path::{Path, PathBuf};

use cradle_ca::ceremony::{AUDIT_KEY, RELEASE_KEY};
use cradle_ca::issue::DeviceAuthority;
use cradle_ca::softhsm;
use cradle_ca::token::{Pin, initialise_token};
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::{BatchId, OperatorName};
use cradle_procedure::ports::Signer;
use cradle_procedure::release::PRODUCTION;
use cradle_procedure::role::Role;
use cradle_records::{
    BatchRequest, NewOperator, PersonChange, Request, SerialScheme, Session, Store,
};
use zeroize::Zeroizing;

use super::Options;
use crate::config::{Config, FILE_NAME};
use crate::files;
use crate::key_ceremony::KeyCeremony;
use crate::release_folder::{self, Build};
use crate::station::{self, entropy, now_ms};

/// Marks a folder as the demo's own, which may be cleared.
const MARKER: &str = ".cradle-demo";
/// Names and passwords of the demo's people.
pub(crate) const PEOPLE_FILE: &str = "people.txt";
const PIN_FILE: &str = "token/pin";
const TOKEN_LABEL: &str = "cradle";
/// Serial numbers of a product's batch begin here, counted from the product before.
const SERIALS: u64 = 100_000;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Target profiles that the demo can be run for.
const PROFILES: [(&str, &str); 4] = [
    (
        "stm32f405",
        include_str!("../../../profiles/stm32f405.toml"),
    ),
    (
        "stm32f405-se",
        include_str!("../../../profiles/stm32f405-se.toml"),
    ),
    ("esp32c3", include_str!("../../../profiles/esp32c3.toml")),
    (
        "esp32c3-encrypted",
        include_str!("../../../profiles/esp32c3-encrypted.toml"),
    ),
];

/// Somebody with a password.
pub(crate) struct Person {
    pub(crate) name: OperatorName,
    pub(crate) password: Zeroizing<String>,
}

/// The people of the line, and its batches, one for each product.
pub(crate) struct People {
    pub(crate) admin: Person,
    pub(crate) operator: Person,
    pub(crate) technician: Person,
    pub(crate) verifier: Person,
    pub(crate) batches: Vec<BatchId>,
}

impl Person {
    fn new(name: &str) -> Result<Self, Fault> {
        Ok(Self {
            name: OperatorName::new(name)?,
            password: secret()?,
        })
    }

    fn as_new(&self) -> NewOperator<'_> {
        NewOperator {
            name: &self.name,
            password: &self.password,
        }
    }

    /// Signs in at the demo's station.
    pub(crate) fn sign_in(&self, store: &Store, config: &Config) -> Result<Session, Fault> {
        store.sign_in(&self.name, &self.password, &config.station)
    }
}

/// Empties the folder if the demo made it, or makes it. Gives its absolute path.
pub(crate) fn clear(out: &Path) -> Result<PathBuf, Fault> {
    let out = std::path::absolute(out).or_fault(Code::FileFailed)?;
    if out.join(MARKER).exists() {
        fs::remove_dir_all(&out).or_fault(Code::FileFailed)?;
    } else if out
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some())
    {
        let detail = format!("{} holds something that is not the demo's", out.display());
        return Err(Fault::new(Code::InputInvalid, detail));
    }
    files::make_folder(&out)?;
    files::write(&out.join(MARKER), b"")?;
    Ok(out)
}

/// The configuration that [`set_up`] wrote.
pub(crate) fn load(out: &Path) -> Result<Config, Fault> {
    Config::load(&out.join(FILE_NAME))
}

/// The PIN that [`set_up`] drew.
pub(crate) fn pin(out: &Path) -> Result<Pin, Fault> {
    Pin::from_file(&out.join(PIN_FILE))
}

/// Makes everything a station needs to open: as its administrators would, in their order.
pub(crate) fn set_up(out: &Path, options: &Options) -> Result<People, Fault> {
    write_config(out, options)?;
    let config = load(out)?;
    files::write_private(&out.join(PIN_FILE), secret()?.as_bytes())?;
    let so_pin = Pin::new(secret()?.to_string())?;
    initialise_token(&softhsm::module()?, TOKEN_LABEL, &so_pin, &pin(out)?)?;
    let mut ceremony = KeyCeremony::open(load(out)?, pin(out)?)?;
    let second = Person::new("bob")?;
    let people = People {
        admin: Person::new("alice")?,
        operator: Person::new("olga")?,
        technician: Person::new("tariq")?,
        verifier: Person::new("vera")?,
        batches: (1..=options.targets.len())
            .map(|number| BatchId::new(format!("demo-{number}")))
            .collect::<Result<_, _>>()?,
    };
    let store = ceremony.store();
    store.found(people.admin.as_new(), second.as_new())?;
    let alice = people.admin.sign_in(store, &config)?;
    let bob = second.sign_in(store, &config)?;
    ceremony.hold(&alice, Some(&bob), None, &|config| {
        station::open_root_token(config, pin(out)?)
    })?;
    let (store, token) = (ceremony.store().clone(), ceremony.token().clone());

    let release_key = token.key(RELEASE_KEY)?;
    for (product, target) in config.products().iter().zip(&options.targets) {
        let build = Build {
            folder: &options.firmware.with_file_name(firmware_of(target)),
            product: &product_name(&options.targets, target),
            version: "1.0.0",
            build_profile: PRODUCTION,
            minimum_version: 3,
        };
        let profile = station::read_profile(&product.profile)?;
        release_folder::sign(&build, &profile, &token, &product.release.folder)?;
    }
    let pinned = files::public_key_pem(release_key.public_key())?;
    files::write(&config.release.key, pinned.as_bytes())?;

    let audit = token.key(AUDIT_KEY)?;
    let admins = Admins {
        store: &store,
        config: &config,
        asks: &alice,
        approves: &bob,
        key: &audit,
    };
    admins.employ(&people.operator, Role::Operator)?;
    admins.employ(&people.technician, Role::ServiceTechnician)?;
    admins.employ(&people.verifier, Role::ServiceTechnician)?;
    write_people(out, &people, &second)?;

    admins.trust(release_key.public_key())?;
    let batches = people.batches.iter().zip((1..).step_by(SERIALS as usize));
    for (product, (batch, first)) in config.products().iter().zip(batches) {
        let profile = station::read_profile(&product.profile)?;
        let key = release_key.public_key();
        let release = release_folder::verify(&product.release.folder, key, &profile)?;
        store.import_release(&alice, release_folder::for_the_record(&release)?)?;
        let request = BatchRequest {
            id: batch.clone(),
            release: release.id()?,
            quota: options.units.max(50),
            serials: SerialScheme {
                prefix: "SN-".to_owned(),
                width: 6,
                first,
                check: false,
            },
            valid_until_ms: now_ms() + 30 * DAY_MS,
            site: config.site.clone(),
        };
        store.request_batch(&alice, request)?;
        store.approve_batch(&bob, batch, &audit)?;
        store.open_batch(&bob, batch)?;
    }

    let authority = station::authority(&config, &token)?;
    DeviceAuthority::new(authority, store.revocations(&alice)).publish_crl()?;
    store.sign_out(&alice)?;
    store.sign_out(&bob)?;
    Ok(people)
}

/// Two security admins at one table.
struct Admins<'a> {
    store: &'a Store,
    config: &'a Config,
    asks: &'a Session,
    approves: &'a Session,
    key: &'a dyn Signer,
}

impl Admins<'_> {
    /// Adds a person, who then chooses a password.
    fn employ(&self, person: &Person, role: Role) -> Result<(), Fault> {
        let (store, name) = (self.store, &person.name);
        self.approve(store.ask_for_change(self.asks, name, PersonChange::Add(role))?)?;
        let given = secret()?;
        let new = NewOperator {
            name,
            password: &given,
        };
        store.add_operator(self.asks, new, role)?;
        store.change_password(name, &given, &person.password, &self.config.station)
    }

    /// Lets a release key in.
    fn trust(&self, public_key: &[u8]) -> Result<(), Fault> {
        self.approve(self.store.ask_to_trust_key(self.asks, public_key)?)?;
        self.store.trust_release_key(self.asks, public_key)?;
        Ok(())
    }

    fn approve(&self, asked: Option<Request>) -> Result<(), Fault> {
        if let Some(request) = asked {
            self.store
                .approve_request(self.approves, request.id, self.key)?;
        }
        Ok(())
    }
}

/// The folder of the firmware for a target: encrypted flash takes the same programs.
fn firmware_of(target: &str) -> &str {
    target.strip_suffix("-encrypted").unwrap_or(target)
}

/// The main product is the sensor; the others are named by their chip, too.
fn product_name(targets: &[String], target: &str) -> String {
    match targets.first().is_some_and(|main| main == target) {
        true => "sensor".to_owned(),
        false => format!("sensor-{target}"),
    }
}

fn write_config(out: &Path, options: &Options) -> Result<(), Fault> {
    let known = |target: &String| {
        let profile = PROFILES.iter().find(|(name, _)| name == target);
        profile.map(|(_, text)| *text).ok_or_else(|| {
            let known = PROFILES.map(|(name, _)| name).join(", ");
            let detail = format!("target {target:?}; known: {known}");
            Fault::new(Code::InputInvalid, detail)
        })
    };
    for target in &options.targets {
        let file = out.join(format!("{target}.toml"));
        files::write(&file, known(target)?.as_bytes())?;
    }
    let missing = || Fault::new(Code::InputInvalid, "no target");
    let (target, others) = options.targets.split_first().ok_or_else(missing)?;
    let slots = options.slots;
    let further: String = others
        .iter()
        .map(|target| {
            format!(
                "\n[[target]]\nprofile = \"{target}.toml\"\n\
                 release = {{ folder = \"release-{target}\", key = \"pinned-release-key.pem\" }}\n"
            )
        })
        .collect();
    let text = format!(
        r#"# Written by the demo: a training line on the virtual bench.
station = "bench-1"
organization = "Example Works"
site = "Training line"
contact = "line@example.com"
profile = "{target}.toml"
records = "records.db"
documents = "decommission"

[token]
uri = "pkcs11:token={TOKEN_LABEL}"
pin_file = "{PIN_FILE}"
softhsm = "token/softhsm2.conf"

[authority]
files = "pki"
crl_url = "http://pki.example.com/issuing-ca.crl"
ocsp_url = "http://ocsp.example.com"
ca_issuers_url = "http://pki.example.com/issuing-ca.cer"
hardware_type = "1.3.6.1.4.1.32473.1.1" # 32473: enterprise number for examples (RFC 5612)

[release]
folder = "release"
key = "pinned-release-key.pem"

[bench]
virtual_slots = {slots}
boards = "boards"
{further}"#
    );
    files::write(&out.join(FILE_NAME), text.as_bytes())
}

fn write_people(out: &Path, people: &People, second: &Person) -> Result<(), Fault> {
    let lines = [
        (&people.admin, Role::SecurityAdmin),
        (second, Role::SecurityAdmin),
        (&people.operator, Role::Operator),
        (&people.technician, Role::ServiceTechnician),
        (&people.verifier, Role::ServiceTechnician),
    ];
    let mut text = Zeroizing::new(String::new());
    for (person, role) in lines {
        text.push_str(person.name.as_str());
        text.push('\t');
        text.push_str(&person.password);
        text.push('\t');
        text.push_str(role.text());
        text.push('\n');
    }
    files::write_private(&out.join(PEOPLE_FILE), text.as_bytes())
}

/// 16 characters of 5 random bits each, easy to type: no upper case, no look-alikes.
fn secret() -> Result<Zeroizing<String>, Fault> {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = Zeroizing::new([0; 16]);
    entropy(bytes.as_mut_slice())?;
    let letters = bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    Ok(Zeroizing::new(letters.collect()))
}
