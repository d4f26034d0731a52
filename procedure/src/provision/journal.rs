//! One run of the journey: events out, intents before, outcomes after.

use super::{Conclusion, Job, Pass, World};
use crate::fault::{Code, Fault};
use crate::ids::{Serial, Uid};
use crate::step::{Event, Outcome, StepId, StepReport, Verdict, Verification};

/// What a step hands back: its proof, and what to write down.
pub(super) struct Done<T> {
    pub(super) proof: T,
    pub(super) outcome: Outcome,
    pub(super) verification: Verification,
    pub(super) detail: String,
}

impl<T> Done<T> {
    pub(super) fn new(proof: T, verification: Verification, detail: impl Into<String>) -> Self {
        Self {
            proof,
            outcome: Outcome::Done,
            verification,
            detail: detail.into(),
        }
    }

    /// It was so already.
    pub(super) fn already(self) -> Self {
        Self {
            outcome: Outcome::Already,
            ..self
        }
    }
}

pub(super) struct Run<'r, 'w> {
    pub(super) world: &'r mut World<'w>,
    pub(super) job: Job<'r>,
    uid: Option<Uid>,
    serial: Option<Serial>,
    steps: Vec<StepReport>,
    /// How many of `steps` are on record. Steps before the unit has a name wait until it has.
    recorded: usize,
}

impl<'r, 'w> Run<'r, 'w> {
    pub(super) fn new(world: &'r mut World<'w>, job: Job<'r>) -> Self {
        Self {
            world,
            job,
            uid: None,
            serial: None,
            steps: Vec::new(),
            recorded: 0,
        }
    }

    /// Runs a step that only looks. No intent is needed for that.
    pub(super) fn look<T>(
        &mut self,
        id: StepId,
        body: impl FnOnce(&mut Self) -> Result<Done<T>, Fault>,
    ) -> Result<T, Fault> {
        let started_ms = (self.world.clock)();
        (self.world.events)(Event::Started {
            step: id,
            at_ms: started_ms,
        });
        let result = body(self);
        let report = self.report(id, started_ms, &result);
        self.steps.push(report.clone());
        (self.world.events)(Event::Ended(report));
        let proof = result?.proof;
        self.record()?;
        Ok(proof)
    }

    /// Runs a step that changes the device: the intent is durable before it begins.
    pub(super) fn act<T>(
        &mut self,
        id: StepId,
        intent: &str,
        body: impl FnOnce(&mut Self) -> Result<Done<T>, Fault>,
    ) -> Result<T, Fault> {
        let serial = self.named()?;
        self.world.ledger.intent(&serial, id, intent)?;
        self.look(id, body)
    }

    /// Tells how far a long step has come.
    pub(super) fn progress(events: &mut dyn FnMut(Event), step: StepId, done: u64, total: u64) {
        events(Event::Progress { step, done, total });
    }

    /// The chip's identifier was read; it is shown even if nothing else comes of the unit.
    pub(super) fn saw(&mut self, uid: &Uid) {
        self.uid = Some(uid.clone());
    }

    /// The unit has a name from now on.
    pub(super) fn bind(&mut self, serial: &Serial, uid: &Uid) {
        self.serial = Some(serial.clone());
        (self.world.events)(Event::Bound {
            serial: serial.clone(),
            uid: uid.clone(),
        });
    }

    /// The unit's serial number.
    pub(super) fn named(&self) -> Result<Serial, Fault> {
        let serial = self.serial.clone();
        serial.ok_or_else(|| Fault::new(Code::Internal, "the unit has no serial number yet"))
    }

    /// A safe place to stop: the device is as the record says, and nothing is burnt half.
    pub(super) fn stop_if_asked(&self, next: StepId) -> Result<(), Fault> {
        if (self.world.cancelled)() {
            return Err(Fault::new(Code::Cancelled, format!("before {next}")));
        }
        Ok(())
    }

    pub(super) fn conclude(mut self, result: Result<Pass, Fault>) -> Conclusion {
        let (mut verdict, mut fault, mut certificate) = match result {
            Ok(pass) => (Verdict::Pass, None, Some(pass.certificate)),
            Err(fault) => (Verdict::from_fault(fault.code), Some(fault), None),
        };
        let recorded = self.record().and_then(|()| match &self.serial {
            Some(serial) => self.world.ledger.conclude(serial, verdict, fault.as_ref()),
            None => Ok(()),
        });
        if let Err(failed) = recorded {
            // A PASS that is not on record is none.
            if fault.is_none() {
                (verdict, fault, certificate) = (Verdict::Fail, Some(failed), None);
            }
        }
        (self.world.events)(Event::Concluded {
            verdict,
            fault: fault.clone(),
        });
        Conclusion {
            serial: self.serial,
            uid: self.uid,
            verdict,
            fault,
            certificate,
            steps: self.steps,
        }
    }

    fn record(&mut self) -> Result<(), Fault> {
        let Some(serial) = &self.serial else {
            return Ok(());
        };
        while let Some(report) = self.steps.get(self.recorded) {
            self.world.ledger.outcome(serial, report)?;
            self.recorded += 1;
        }
        Ok(())
    }

    fn report<T>(
        &self,
        id: StepId,
        started_ms: u64,
        result: &Result<Done<T>, Fault>,
    ) -> StepReport {
        let (outcome, verification, detail, code) = match result {
            Ok(done) => (
                done.outcome,
                Some(done.verification),
                done.detail.clone(),
                None,
            ),
            Err(fault) => {
                let code = fault.code.id().to_owned();
                (Outcome::Failed, None, fault.detail.clone(), Some(code))
            }
        };
        StepReport {
            id,
            outcome,
            verification,
            detail,
            code,
            started_ms,
            duration_ms: (self.world.clock)().saturating_sub(started_ms),
        }
    }
}
