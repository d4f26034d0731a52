//! A founded store with one person of each role and a release on record.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{
    BatchId, OperatorName, ProfileId, ReleaseId, Serial, Sha256, SlotId, StationId, Uid,
};
use cradle_procedure::ports::{
    IssuanceLedger, IssuedCertificate, Ledger, SealedDocument, Signer, Subject,
};
use cradle_procedure::role::Role;
use cradle_procedure::step::{Outcome, StepId, StepReport, Verdict, Verification};
use cradle_protocol::message::PublicKey;
use cradle_records::{
    BatchRequest, NewOperator, NewRelease, PasswordCost, PersonChange, Request, SerialScheme,
    Session, Store, StoreOptions, UnitLedger,
};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey as _;

pub(crate) const NOW: u64 = 1_800_000_000_000;
pub(crate) const DAY: u64 = 86_400_000;
pub(crate) const PASSWORD: &str = "violet tram over seven";
/// What an admin gives to those whom they add.
pub(crate) const GIVEN: &str = "a word to begin with";

/// A key in software, in place of the token's.
pub(crate) struct Key {
    secret: SigningKey,
    public: Vec<u8>,
}

impl Key {
    pub(crate) fn new(seed: u8) -> Self {
        let secret = SigningKey::from_slice(&[seed; 32]).unwrap();
        let public = secret.verifying_key().to_public_key_der().unwrap();
        Self {
            secret,
            public: public.as_bytes().to_vec(),
        }
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

pub(crate) struct Fixture {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) store: Store,
    pub(crate) key: Key,
    pub(crate) now: Arc<AtomicU64>,
}

pub(crate) fn name(text: &str) -> OperatorName {
    OperatorName::new(text).unwrap()
}

pub(crate) fn station() -> StationId {
    StationId::new("st-1").unwrap()
}

pub(crate) fn batch_id(text: &str) -> BatchId {
    BatchId::new(text).unwrap()
}

pub(crate) fn serial(text: &str) -> Serial {
    Serial::new(text).unwrap()
}

pub(crate) fn uid(n: u8) -> Uid {
    Uid::new(&[n; 12])
}

pub(crate) fn public_key(n: u8) -> PublicKey {
    PublicKey {
        x: [n; 32],
        y: [n ^ 0xFF; 32],
    }
}

pub(crate) fn options(key: &Key) -> StoreOptions {
    StoreOptions {
        audit_key: Some(key.public_key().to_vec()),
        password_cost: PasswordCost {
            memory_kib: 64,
            passes: 1,
        },
        ..StoreOptions::default()
    }
}

pub(crate) fn new(name: &OperatorName) -> NewOperator<'_> {
    NewOperator {
        name,
        password: PASSWORD,
    }
}

pub(crate) fn given(name: &OperatorName) -> NewOperator<'_> {
    NewOperator {
        name,
        password: GIVEN,
    }
}

impl Fixture {
    /// A store with nobody in it.
    pub(crate) fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = Key::new(7);
        let now = Arc::new(AtomicU64::new(NOW));
        let store = open(&dir.path().join("records.db"), &key, &now).unwrap();
        Self {
            dir,
            store,
            key,
            now,
        }
    }

    /// A store with admins `ada` and `ben`, `otto` the operator, `sue` the supervisor, `tess` the
    /// technician and `art` the auditor, and a release.
    pub(crate) fn founded() -> Self {
        let fixture = Self::empty();
        let (ada, ben) = (name("ada"), name("ben"));
        fixture.store.found(new(&ada), new(&ben)).unwrap();
        let admin = fixture.session("ada");
        for (person, role) in [
            ("otto", Role::Operator),
            ("sue", Role::Supervisor),
            ("tess", Role::ServiceTechnician),
            ("art", Role::Auditor),
        ] {
            fixture.add(person, role);
        }
        let asked = fixture
            .store
            .ask_to_trust_key(&admin, Key::new(1).public_key());
        fixture.approve(asked.unwrap(), "ben");
        let key = Key::new(1);
        fixture
            .store
            .trust_release_key(&admin, key.public_key())
            .unwrap();
        fixture.store.import_release(&admin, release()).unwrap();
        fixture
    }

    /// Adds a person who chooses a password at once; `ada` asks and `ben` confirms.
    pub(crate) fn add(&self, person: &str, role: Role) {
        let (admin, person) = (self.session("ada"), name(person));
        let asked = self
            .store
            .ask_for_change(&admin, &person, PersonChange::Add(role));
        self.approve(asked.unwrap(), "ben");
        self.store
            .add_operator(&admin, given(&person), role)
            .unwrap();
        self.store
            .change_password(&person, GIVEN, PASSWORD, &station())
            .unwrap();
    }

    /// Approves a request, if there is one.
    pub(crate) fn approve(&self, asked: Option<Request>, who: &str) {
        if let Some(request) = asked {
            self.store
                .approve_request(&self.session(who), request.id, &self.key)
                .unwrap();
        }
    }

    /// With batch `b-1` open for so many units.
    pub(crate) fn with_batch(quota: u32) -> Self {
        let fixture = Self::founded();
        fixture.open_batch("b-1", quota);
        fixture
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("records.db")
    }

    /// Closes the store and opens it again.
    pub(crate) fn reopened(self) -> Self {
        let path = self.path();
        let Self {
            dir,
            store,
            key,
            now,
        } = self;
        drop(store);
        let store = open(&path, &key, &now).unwrap();
        Self {
            dir,
            store,
            key,
            now,
        }
    }

    pub(crate) fn pass(&self, milliseconds: u64) {
        self.now.fetch_add(milliseconds, Ordering::SeqCst);
    }

    pub(crate) fn session(&self, person: &str) -> Session {
        self.store
            .sign_in(&name(person), PASSWORD, &station())
            .unwrap()
    }

    pub(crate) fn open_batch(&self, id: &str, quota: u32) {
        let (ada, ben) = (self.session("ada"), self.session("ben"));
        self.store.request_batch(&ada, request(id, quota)).unwrap();
        let id = batch_id(id);
        self.store.approve_batch(&ben, &id, &self.key).unwrap();
        self.store.open_batch(&ben, &id).unwrap();
    }

    pub(crate) fn ledger(&self) -> UnitLedger {
        self.store
            .unit_ledger(&self.session("otto"), &batch_id("b-1"))
    }

    /// Makes a unit of chip `n`, with key `n`, to its PASS.
    pub(crate) fn make_unit(&self, n: u8) -> Serial {
        let session = self.session("otto");
        let mut ledger = self.store.unit_ledger(&session, &batch_id("b-1"));
        ledger.authorize().unwrap();
        let serial = ledger
            .admit(SlotId(u16::from(n)), &uid(n), None)
            .unwrap()
            .serial;
        work(&mut ledger, &serial, StepId::BurnRootKey);
        let subject = subject(&serial, n, n);
        self.store
            .issuance(&session)
            .issue(&subject, &mut || Ok(certificate(&subject)))
            .unwrap();
        ledger.conclude(&serial, Verdict::Pass, None).unwrap();
        serial
    }

    /// Opens the file behind the store's back.
    pub(crate) fn tamper(&self, sql: &str) {
        let connection = rusqlite::Connection::open(self.path()).unwrap();
        connection.execute_batch(sql).unwrap();
    }
}

pub(crate) fn open(
    path: &std::path::Path,
    key: &Key,
    now: &Arc<AtomicU64>,
) -> Result<Store, Fault> {
    let now = Arc::clone(now);
    Store::open(path, move || now.load(Ordering::SeqCst), options(key))
}

pub(crate) fn release() -> NewRelease {
    NewRelease {
        id: ReleaseId::new("sensor-1.4.2").unwrap(),
        product: "sensor".into(),
        version: "1.4.2".into(),
        profile: ProfileId::new("stm32f405").unwrap(),
        root_key: Sha256::of(Key::new(1).public_key()),
        manifest: b"manifest".to_vec(),
        sbom: br#"{"bomFormat": "CycloneDX", "components": [
            {"name": "heapless", "version": "0.9.1", "purl": "pkg:cargo/heapless@0.9.1"},
            {"name": "p256", "version": "0.14.0", "components": [
                {"name": "sec1", "version": "0.8.0-rc.10"}]}]}"#
            .to_vec(),
    }
}

pub(crate) fn request(id: &str, quota: u32) -> BatchRequest {
    BatchRequest {
        id: batch_id(id),
        release: release().id,
        quota,
        serials: SerialScheme {
            prefix: format!("{id}-"),
            width: 4,
            first: 1,
            check: false,
        },
        valid_until_ms: NOW + 30 * DAY,
        site: "Hall 3".into(),
    }
}

pub(crate) fn subject(serial: &Serial, chip: u8, key: u8) -> Subject {
    Subject {
        batch: batch_id("b-1"),
        serial: serial.clone(),
        uid: uid(chip),
        public_key: public_key(key).into(),
    }
}

/// Stands for the CA's: unique per key.
pub(crate) fn certificate(subject: &Subject) -> IssuedCertificate {
    let der = subject.public_key.to_sec1().to_vec();
    let serial_number = Sha256::of(&der).to_string()[..16].to_owned();
    IssuedCertificate { der, serial_number }
}

/// A document as it is kept.
pub(crate) fn sealed(json: &[u8]) -> SealedDocument {
    SealedDocument {
        sha256: Sha256::of(json),
        json: json.to_vec(),
    }
}

pub(crate) fn done(step: StepId) -> StepReport {
    StepReport {
        id: step,
        outcome: Outcome::Done,
        verification: Some(Verification::ReadBack),
        detail: "as planned".into(),
        code: None,
        started_ms: NOW,
        duration_ms: 5,
    }
}

pub(crate) fn work(ledger: &mut UnitLedger, serial: &Serial, step: StepId) {
    use cradle_procedure::ports::StepLog as _;
    ledger.intent(serial, step, "about to").unwrap();
    ledger.outcome(serial, &done(step)).unwrap();
}
