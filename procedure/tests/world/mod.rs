//! A world in memory for the journey: chip, record and authority, all of which can fail at any
//! numbered operation, before or after it took effect.

pub mod authority;
pub mod chip;
pub mod record;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{Serial, SlotId};
use cradle_procedure::pace::Pace;
use cradle_procedure::ports::Signer;
use cradle_procedure::profile::TargetProfile;
use cradle_procedure::provision::{Conclusion, Job, World, provision};
use cradle_procedure::release::{self, PRODUCTION, ReleaseKeys, ReleaseParts, VerifiedRelease};
use cradle_procedure::step::Event;
use cradle_protocol::message::PublicKey;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey as _;

use authority::FakeAuthority;
use chip::Chip;
use record::{FakeLedger, Record};

/// Counts every operation on chip, record and authority, and fails one of them.
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<Plan>>);

#[derive(Default)]
struct Plan {
    count: u32,
    strike: Option<Strike>,
}

#[derive(Clone, Copy, Debug)]
pub struct Strike {
    pub at: u32,
    /// Whether the operation takes effect before the failure is noticed.
    pub after: bool,
}

impl Faults {
    pub fn arm(&self, strike: Option<Strike>) {
        *self.0.lock().unwrap() = Plan { count: 0, strike };
    }

    pub fn count(&self) -> u32 {
        self.0.lock().unwrap().count
    }

    /// Runs one operation; the strike, if it is here, keeps it from happening or hides that it
    /// happened.
    pub fn guard<T>(
        &self,
        code: Code,
        operation: impl FnOnce() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let (number, struck) = {
            let mut plan = self.0.lock().unwrap();
            plan.count += 1;
            let number = plan.count - 1;
            (number, plan.strike.filter(|strike| strike.at == number))
        };
        let fault = || Err(Fault::new(code, format!("struck at {number}")));
        match struck {
            Some(strike) if strike.after => operation().and_then(|_| fault()),
            Some(_) => fault(),
            None => operation(),
        }
    }
}

/// A key in memory.
pub struct SoftKey {
    pub key: SigningKey,
    spki: Vec<u8>,
}

impl SoftKey {
    pub fn new(seed: u8) -> Self {
        let key = SigningKey::from_slice(&[seed; 32]).unwrap();
        let spki = key.verifying_key().to_public_key_der().unwrap();
        Self {
            spki: spki.as_bytes().to_vec(),
            key,
        }
    }

    pub fn point(&self) -> PublicKey {
        PublicKey::from_sec1(self.key.verifying_key().to_sec1_point(false).as_bytes()).unwrap()
    }
}

impl Signer for SoftKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let signature: Signature = self.key.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }
    fn public_key(&self) -> &[u8] {
        &self.spki
    }
}

/// Bench, record and authority of one test.
pub struct Factory {
    pub profile: TargetProfile,
    pub release: VerifiedRelease,
    pub faults: Faults,
    pub record: Rc<RefCell<Record>>,
    pub ca: SoftKey,
    pub events: Vec<Event>,
    pub pace: Pace,
    pub cancelled: bool,
}

impl Factory {
    pub fn new() -> Self {
        let text = include_str!("../../../profiles/stm32f405.toml");
        let profile = TargetProfile::parse(text).unwrap();
        let release = make_release(&profile);
        let record = Record::new(release.manifest_hash());
        Self {
            release,
            profile,
            faults: Faults::default(),
            record: Rc::new(RefCell::new(record)),
            ca: SoftKey::new(9),
            events: Vec::new(),
            pace: Pace::default(),
            cancelled: false,
        }
    }

    pub fn chip(&self) -> Chip {
        Chip::new(self.faults.clone(), self.profile.clone(), &self.release)
    }

    pub fn provision(&mut self, chip: &mut Chip, scanned: Option<&Serial>) -> Conclusion {
        let mut ledger = FakeLedger::new(self.faults.clone(), self.record.clone());
        let mut authority = FakeAuthority::new(self.faults.clone(), self.record.clone(), &self.ca);
        let wipe = SoftKey::new(8).point();
        let issuer = authority::certificate(&self.ca);
        let now = Cell::new(0);
        let clock = || {
            now.set(now.get() + 1);
            now.get()
        };
        let mut draws = 0u8;
        let mut world = World {
            device: chip,
            ledger: &mut ledger,
            authority: &mut authority,
            clock: &clock,
            pace: &self.pace,
            entropy: &mut |bytes| {
                draws += 1;
                bytes.fill(draws);
                Ok(())
            },
            events: &mut |event| self.events.push(event),
            cancelled: &|| self.cancelled,
        };
        let job = Job {
            slot: SlotId(1),
            scanned,
            profile: &self.profile,
            release: &self.release,
            wipe_authority: &wipe,
            issuer: &issuer,
        };
        provision(&mut world, &job)
    }
}

fn make_release(profile: &TargetProfile) -> VerifiedRelease {
    let key = SoftKey::new(1);
    let parts = ReleaseParts {
        product: "sensor",
        version: "1.0.0",
        build_profile: PRODUCTION,
        minimum_version: 3,
        bootloader: &[0xB0; 20_000],
        application: &[0xA0; 40_000],
        components: std::collections::BTreeMap::new(),
        provisioner: &[0xE1; 64],
        sbom: br#"{"bomFormat":"CycloneDX"}"#,
    };
    let files = release::sign(&parts, profile, &ReleaseKeys::release_alone(&key)).unwrap();
    let read = |name: &str| {
        let found = files.iter().find(|(file, _)| file == name);
        let missing = || Fault::new(Code::ReleaseUnreadable, name);
        found.map(|(_, bytes)| bytes.clone()).ok_or_else(missing)
    };
    release::verify(key.public_key(), profile, &read).unwrap()
}
