//! How fast the record is, beside what the disk and the hash alone give. `cargo xtask bench`
//! turns these into ratios.

mod figures;
mod scale;

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::{
    BatchId, OperatorName, ProfileId, ReleaseId, Sha256, SlotId, StationId, Uid,
};
use cradle_procedure::ports::{Ledger as _, Signer, StepLog as _};
use cradle_procedure::role::Role;
use cradle_procedure::step::StepId;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey as _;
use sha2::Digest as _;

use crate::audit::merkle::{Frontier, leaf_hash};
use crate::audit::note::TreeHead;
use crate::audit::verify_export;
use crate::{
    BatchRequest, NewOperator, NewRelease, PasswordCost, SerialScheme, Session, Store,
    StoreOptions, UnitLedger,
};

pub use figures::{Figures, figures};
pub use scale::Factory;

/// Everybody's password in a database that is made to be measured: `ada`, `ben`, `otto`.
pub const PASSWORD: &str = "violet tram over seven";
const GIVEN: &str = "a word to begin with";
const RELEASE: &str = "measured-1.0.0";

/// The same work done by us and by the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// Ours.
    pub ours: Duration,
    /// The reference.
    pub reference: Duration,
}

/// Durable intents of a provisioning, one commit each, against as many bare appends of as many
/// bytes, each followed by `fdatasync`. Both by turns, in the folder, which must be empty.
///
/// # Errors
/// `CFG-02`, `STO-02`.
pub fn append_pairs(folder: &Path, rounds: u32) -> Result<Vec<Pair>, Fault> {
    const PER_ROUND: u32 = 100;
    let bench = Bench::open(&folder.join("records.db"), &Key::new()?)?;
    let mut ledger = bench.ledger();
    let uid = Uid::new(&[1; 12]);
    let serial = ledger.admit(SlotId(1), &uid, None)?.serial;
    let mut bare = OpenOptions::new()
        .create_new(true)
        .append(true)
        .open(folder.join("bare"))
        .or_fault(Code::FileFailed)?;
    // About as long as the row and its entry.
    let line = [b'x'; 512];
    (0..rounds)
        .map(|_| {
            let reference = timed(|| {
                for _ in 0..PER_ROUND {
                    bare.write_all(&line)
                        .and_then(|()| bare.sync_data())
                        .or_fault(Code::FileFailed)?;
                }
                Ok(())
            })?;
            let ours = timed(|| {
                for _ in 0..PER_ROUND {
                    ledger.intent(&serial, StepId::MakeKey, "about to")?;
                }
                Ok(())
            })?;
            Ok(Pair { ours, reference })
        })
        .collect()
}

/// Verifying an export of so many entries against SHA-256 alone over the same file. By turns.
///
/// # Errors
/// `CFG-02`, `STO-04`.
pub fn verify_pairs(folder: &Path, entries: u64, rounds: u32) -> Result<Vec<Pair>, Fault> {
    let path = folder.join("entries.jsonl");
    let key = Key::new()?;
    let checkpoint = write_export(&path, &key, entries)?;
    let open = || File::open(&path).or_fault(Code::FileFailed);
    (0..rounds)
        .map(|_| {
            let reference = timed(|| hash_alone(open()?))?;
            let ours = timed(|| {
                verify_export(BufReader::new(open()?), &checkpoint, key.public_key()).map(|_| ())
            })?;
            Ok(Pair { ours, reference })
        })
        .collect()
}

fn hash_alone(mut file: File) -> Result<(), Fault> {
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut buffer).or_fault(Code::FileFailed)?;
        if read == 0 {
            std::hint::black_box(hasher.finalize());
            return Ok(());
        }
        hasher.update(&buffer[..read]);
    }
}

/// Entries as a provisioning leaves them most: step outcomes.
fn write_export(path: &Path, key: &dyn Signer, entries: u64) -> Result<String, Fault> {
    let mut file = BufWriter::new(File::create(path).or_fault(Code::FileFailed)?);
    let mut tree = Frontier::new();
    for n in 0..entries {
        let line = format!(
            "{{\"entry\":{n},\"event\":\"step.outcome\",\"facts\":{{\"code\":null,\"detail\":\
             \"as planned\",\"duration_ms\":5,\"outcome\":\"done\",\"run\":1,\"started_ms\":\
             1800000000000,\"step\":\"make-key\",\"verification\":\"read-back\"}},\"operator\":\
             \"otto\",\"role\":\"operator\",\"rows\":{{\"outcomes {n}\":\"{n:064x}\"}},\
             \"session\":6,\"station\":\"st-1\",\"subject\":\"SN-1\",\"time_ms\":1800000000000}}"
        );
        tree.push(leaf_hash(line.as_bytes()));
        writeln!(file, "{line}").or_fault(Code::FileFailed)?;
    }
    file.flush().or_fault(Code::FileFailed)?;
    TreeHead {
        origin: "cradle-log/measure".into(),
        size: tree.size(),
        root: tree.root(),
    }
    .sign(key)
}

fn timed(work: impl FnOnce() -> Result<(), Fault>) -> Result<Duration, Fault> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

/// An audit key in software: signing is not what is measured.
struct Key {
    secret: SigningKey,
    public: Vec<u8>,
}

impl Key {
    fn new() -> Result<Self, Fault> {
        let secret = SigningKey::from_slice(&[7; 32]).or_fault(Code::Internal)?;
        let public = secret
            .verifying_key()
            .to_public_key_der()
            .or_fault(Code::Internal)?
            .into_vec();
        Ok(Self { secret, public })
    }
}

impl Signer for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let signature: Signature = self.secret.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }

    fn public_key(&self) -> &[u8] {
        &self.public
    }
}

/// A store with an open batch and an operator signed in.
struct Bench {
    store: Store,
    operator: Session,
    batch: BatchId,
}

impl Bench {
    fn open(path: &Path, key: &dyn Signer) -> Result<Self, Fault> {
        let options = StoreOptions {
            audit_key: Some(key.public_key().to_vec()),
            // Nobody attacks a measurement; hashing would only make it longer.
            password_cost: PasswordCost {
                memory_kib: 64,
                passes: 1,
            },
            ..StoreOptions::default()
        };
        let store = Store::open(path, now_ms, options)?;
        let [ada, ben, otto] = ["ada", "ben", "otto"].map(OperatorName::new);
        let (ada, ben, otto) = (ada?, ben?, otto?);
        let person = |name| NewOperator {
            name,
            password: PASSWORD,
        };
        store.found(person(&ada), person(&ben))?;
        let station = StationId::new("measure")?;
        let admin = store.sign_in(&ada, PASSWORD, &station)?;
        let second = store.sign_in(&ben, PASSWORD, &station)?;
        employ(&store, &admin, &otto)?;
        let root_key = trust_key(&store, [&admin, &second], key)?;
        store.import_release(&admin, release(root_key)?)?;
        let batch = store.request_batch(&admin, request()?)?.id;
        store.approve_batch(&second, &batch, key)?;
        store.open_batch(&second, &batch)?;
        let operator = store.sign_in(&otto, PASSWORD, &station)?;
        Ok(Self {
            store,
            operator,
            batch,
        })
    }

    fn ledger(&self) -> UnitLedger {
        self.store.unit_ledger(&self.operator, &self.batch)
    }
}

/// Adds an operator who chooses the password of all.
fn employ(store: &Store, admin: &Session, name: &OperatorName) -> Result<(), Fault> {
    let given = NewOperator {
        name,
        password: GIVEN,
    };
    store.add_operator(admin, given, Role::Operator)?;
    store.change_password(name, GIVEN, PASSWORD, admin.station())
}

/// Lets the audit key sign releases as well: what is measured needs one that is let in.
fn trust_key(
    store: &Store,
    [admin, second]: [&Session; 2],
    key: &dyn Signer,
) -> Result<Sha256, Fault> {
    if let Some(asked) = store.ask_to_trust_key(admin, key.public_key())? {
        store.approve_request(second, asked.id, key)?;
    }
    store.trust_release_key(admin, key.public_key())
}

fn release(root_key: Sha256) -> Result<NewRelease, Fault> {
    Ok(NewRelease {
        id: ReleaseId::new(RELEASE)?,
        product: "measured".into(),
        version: "1.0.0".into(),
        profile: ProfileId::new("stm32f405")?,
        root_key,
        manifest: b"manifest".to_vec(),
        sbom: br#"{"bomFormat":"CycloneDX"}"#.to_vec(),
    })
}

fn request() -> Result<BatchRequest, Fault> {
    Ok(BatchRequest {
        id: BatchId::new("measured")?,
        release: ReleaseId::new(RELEASE)?,
        quota: 1,
        serials: SerialScheme {
            prefix: "M-".into(),
            width: 6,
            first: 1,
            check: false,
        },
        valid_until_ms: now_ms() + 24 * 3_600_000,
        site: "bench".into(),
    })
}

fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|time| u64::try_from(time.as_millis()).ok())
        .unwrap_or(0)
}
