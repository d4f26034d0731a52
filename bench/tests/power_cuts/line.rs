//! A production line in memory: a signed release of the real firmware, a ledger, an authority.

use std::cell::RefCell;
use std::rc::Rc;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::SlotId;
use cradle_procedure::pace::Pace;
use cradle_procedure::ports::{Authority, Device, IssuedCertificate, Subject};
use cradle_procedure::profile::TargetProfile;
use cradle_procedure::provision::{Conclusion, Job, World, provision};
use cradle_procedure::release::{self, PRODUCTION, ReleaseKeys, ReleaseParts, VerifiedRelease};
use cradle_procedure::step::Event;
use cradle_protocol::message::PublicKey;

use crate::driver_support::signed::request_info;
use crate::driver_support::{components, firmware, profile};
use crate::judge::Meant;
use crate::world::authority::{self, FakeAuthority};
use crate::world::record::{FakeLedger, Record, Unit};
use crate::world::{Faults, SoftKey};

/// What the anti-rollback counter is burnt to.
pub const COUNTER: u32 = 3;

pub struct Line {
    pub profile: TargetProfile,
    pub release: VerifiedRelease,
    ca: SoftKey,
}

/// The authority, with requests that a device can read before it signs them.
struct Requests<'a>(FakeAuthority<'a>);

impl Authority for Requests<'_> {
    fn prepare_request(&mut self, subject: &Subject) -> Result<Vec<u8>, Fault> {
        let key = PublicKey::from_sec1(subject.public_key.to_sec1()).unwrap();
        Ok(request_info(&key))
    }

    fn issue(
        &mut self,
        subject: &Subject,
        info: &[u8],
        signature: &[u8],
    ) -> Result<IssuedCertificate, Fault> {
        self.0.issue(subject, info, signature)
    }
}

/// How much was on record when so many operations had been asked of the chip.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OnRecord {
    operations: u64,
    intents: usize,
    certificates: usize,
}

impl Line {
    pub fn new() -> Self {
        let profile = profile();
        let key = SoftKey::new(1);
        let [bootloader, application, provisioner] =
            ["bootloader.bin", "application.bin", "provisioner.elf"].map(firmware);
        let parts = ReleaseParts {
            product: "sensor",
            version: "1.0.0",
            build_profile: PRODUCTION,
            minimum_version: COUNTER,
            bootloader: &bootloader,
            application: &application,
            components: components(),
            provisioner: &provisioner,
            sbom: br#"{"bomFormat":"CycloneDX"}"#,
        };
        let files = release::sign(&parts, &profile, &ReleaseKeys::release_alone(&key)).unwrap();
        let read = |name: &str| {
            let found = files.iter().find(|(file, _)| file == name);
            let missing = || Fault::new(Code::ReleaseUnreadable, name);
            found.map(|(_, bytes)| bytes.clone()).ok_or_else(missing)
        };
        let public = cradle_procedure::ports::Signer::public_key(&key).to_vec();
        let release = release::verify(&public, &profile, &read).unwrap();
        Self {
            profile,
            release,
            ca: SoftKey::new(9),
        }
    }

    pub fn new_record(&self) -> Rc<RefCell<Record>> {
        Rc::new(RefCell::new(Record::new(self.release.manifest_hash())))
    }

    /// The whole journey; `told` hears of everything that happens.
    pub fn provision(
        &self,
        device: &mut dyn Device,
        record: &Rc<RefCell<Record>>,
        told: &mut dyn FnMut(Event),
    ) -> Conclusion {
        let faults = Faults::default();
        let mut ledger = FakeLedger::new(faults.clone(), record.clone());
        let mut authority = Requests(FakeAuthority::new(faults, record.clone(), &self.ca));
        let wipe = SoftKey::new(8).point();
        let issuer = authority::certificate(&self.ca);
        let mut world = World {
            device,
            ledger: &mut ledger,
            authority: &mut authority,
            clock: &|| 1,
            pace: &Pace::default(),
            entropy: &mut |bytes| {
                bytes.fill(0x42);
                Ok(())
            },
            events: told,
            cancelled: &|| false,
        };
        let job = Job {
            slot: SlotId(1),
            scanned: None,
            profile: &self.profile,
            release: &self.release,
            wipe_authority: &wipe,
            issuer: &issuer,
        };
        provision(&mut world, &job)
    }

    /// What it makes of a chip.
    pub fn meant(&self) -> Meant {
        Meant {
            bootloader: self.release.bootloader().to_vec(),
            images: [self.release.application().to_vec(), Vec::new()],
            root_key: self.release.root_key_hash(),
            counter: COUNTER,
        }
    }
}

impl OnRecord {
    /// After so many operations on the chip.
    pub fn now(operations: u64, record: &RefCell<Record>) -> Self {
        let record = record.borrow();
        let unit = record.units.values().next();
        Self {
            operations,
            intents: unit.map_or(0, |unit| unit.intents.len()),
            certificates: unit.map_or(0, |unit| unit.certificates.len()),
        }
    }

    /// What was on record when the `nth` operation was under way.
    pub fn at(history: &[Self], nth: u64) -> Self {
        *history.iter().find(|on| on.operations >= nth).unwrap()
    }

    /// The record as it was then; `last` is what became of it.
    pub fn restore(self, line: &Line, last: &Record) -> Rc<RefCell<Record>> {
        let record = line.new_record();
        for (serial, unit) in &last.units {
            let unit = Unit {
                uid: unit.uid.clone(),
                intents: unit.intents[..self.intents].to_vec(),
                outcomes: Vec::new(),
                verdict: None,
                certificates: unit.certificates[..self.certificates].to_vec(),
            };
            record.borrow_mut().units.insert(serial.clone(), unit);
        }
        record
    }
}
