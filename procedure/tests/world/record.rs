//! The system of record in memory.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use cradle_procedure::curve::SubjectKey;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{BatchId, ReleaseId, Serial, Sha256, SlotId, Uid};
use cradle_procedure::ports::{
    Admission, Authorization, History, IssuedCertificate, Ledger, StepLog,
};
use cradle_procedure::step::{StepId, StepReport, Verdict};

use super::Faults;

pub struct Record {
    manifest: Sha256,
    pub quota: u32,
    pub units: BTreeMap<Serial, Unit>,
}

pub struct Unit {
    pub uid: Uid,
    pub intents: Vec<StepId>,
    pub outcomes: Vec<StepReport>,
    pub verdict: Option<Verdict>,
    pub certificates: Vec<(SubjectKey, IssuedCertificate)>,
}

impl Record {
    pub fn new(manifest: Sha256) -> Self {
        Self {
            manifest,
            quota: 10,
            units: BTreeMap::new(),
        }
    }

    pub fn only_unit(&self) -> (&Serial, &Unit) {
        assert_eq!(self.units.len(), 1, "one chip, one serial");
        self.units.first_key_value().unwrap()
    }
}

pub struct FakeLedger {
    faults: Faults,
    record: Rc<RefCell<Record>>,
}

impl FakeLedger {
    pub fn new(faults: Faults, record: Rc<RefCell<Record>>) -> Self {
        Self { faults, record }
    }

    fn act<T>(&self, operation: impl FnOnce(&mut Record) -> Result<T, Fault>) -> Result<T, Fault> {
        self.faults.guard(Code::StoreFailed, || {
            operation(&mut self.record.borrow_mut())
        })
    }

    fn on_unit(&self, serial: &Serial, operation: impl FnOnce(&mut Unit)) -> Result<(), Fault> {
        self.act(|record| {
            operation(record.units.get_mut(serial).unwrap());
            Ok(())
        })
    }
}

impl StepLog for FakeLedger {
    fn intent(&mut self, serial: &Serial, step: StepId, _: &str) -> Result<(), Fault> {
        self.on_unit(serial, |unit| unit.intents.push(step))
    }

    fn outcome(&mut self, serial: &Serial, report: &StepReport) -> Result<(), Fault> {
        self.on_unit(serial, |unit| unit.outcomes.push(report.clone()))
    }
}

impl Ledger for FakeLedger {
    fn authorize(&mut self) -> Result<Authorization, Fault> {
        self.act(|record| {
            Ok(Authorization {
                batch: BatchId::new("b-1")?,
                release: ReleaseId::new("sensor-1.0.0")?,
                manifest: record.manifest,
                left: record.quota,
            })
        })
    }

    fn admit(
        &mut self,
        _: SlotId,
        uid: &Uid,
        scanned: Option<&Serial>,
    ) -> Result<Admission, Fault> {
        self.act(|record| {
            let known = record.units.iter().find(|(_, unit)| unit.uid == *uid);
            if let Some((serial, unit)) = known {
                if unit.verdict == Some(Verdict::Pass) {
                    return Err(Fault::new(Code::UidKnown, serial));
                }
                return Ok(Admission {
                    serial: serial.clone(),
                    history: History::Begun(unit.intents.clone()),
                });
            }
            let next = Serial::new(format!("SN{:04}", record.units.len() + 1))?;
            let serial = scanned.cloned().unwrap_or(next);
            let unit = Unit {
                uid: uid.clone(),
                intents: Vec::new(),
                outcomes: Vec::new(),
                verdict: None,
                certificates: Vec::new(),
            };
            record.units.insert(serial.clone(), unit);
            Ok(Admission {
                serial,
                history: History::New,
            })
        })
    }

    fn certificate(&mut self, serial: &Serial) -> Result<Option<IssuedCertificate>, Fault> {
        self.act(|record| {
            let unit = &record.units[serial];
            Ok(unit
                .certificates
                .last()
                .map(|(_, certificate)| certificate.clone()))
        })
    }

    fn conclude(
        &mut self,
        serial: &Serial,
        verdict: Verdict,
        _: Option<&Fault>,
    ) -> Result<(), Fault> {
        self.on_unit(serial, |unit| unit.verdict = Some(verdict))
    }
}
