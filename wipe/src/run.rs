//! One decommissioning under way: runs a step between its intent and its outcome, and keeps
//! what became of each part.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::{Device, Earlier, UnitRecord};
use cradle_procedure::step::{Event, Outcome, StepId, StepReport, Verification};
use cradle_protocol::message::{NONCE_LENGTH, Nonce};

use crate::contents::{Part, PartOutcome};
use crate::journey::World;
use crate::methods::{Methods, PartMethod};
use crate::order::Order;
use crate::time::utc;

pub(crate) struct Run<'r, 'w> {
    pub(crate) world: &'r mut World<'w>,
    pub(crate) order: &'r Order,
    pub(crate) unit: UnitRecord,
    /// What was done before.
    pub(crate) earlier: Earlier,
    pub(crate) methods: &'static Methods,
    pub(crate) parts: Vec<Part>,
    pub(crate) reports: Vec<StepReport>,
}

/// What a step found.
pub(crate) struct Found<T> {
    pub(crate) proof: T,
    pub(crate) verification: Verification,
    pub(crate) detail: String,
}

impl<'r, 'w> Run<'r, 'w> {
    pub(crate) fn new(
        world: &'r mut World<'w>,
        order: &'r Order,
        unit: UnitRecord,
        earlier: Earlier,
        methods: &'static Methods,
    ) -> Self {
        Self {
            world,
            order,
            unit,
            earlier,
            methods,
            parts: Vec::new(),
            reports: Vec::new(),
        }
    }

    /// Runs one step: intent, work, outcome. Without a durable intent the work is not begun;
    /// without a durable outcome its proof does not count.
    pub(crate) fn step<T>(
        &mut self,
        id: StepId,
        intent: &str,
        work: impl FnOnce(&mut Self) -> Result<Found<T>, Fault>,
    ) -> Result<T, Fault> {
        let started_ms = (self.world.clock)();
        (self.world.events)(Event::Started {
            step: id,
            at_ms: started_ms,
        });
        let serial = self.unit.serial.clone();
        let (result, report) = match self.world.ledger.intent(&serial, id, intent) {
            Ok(()) => self.recorded(id, started_ms, work),
            Err(fault) => {
                let report = self.report::<T>(id, started_ms, Err(&fault));
                (Err(fault), report)
            }
        };
        self.close(report, PartOutcome::Failed);
        result.map(|found| found.proof)
    }

    /// Says that a step was not tried, and why. Nothing happened, so the journal is not told.
    pub(crate) fn skip<T>(&mut self, id: StepId, why: Fault) -> Result<T, Fault> {
        let now = (self.world.clock)();
        let report = self.report::<T>(id, now, Err(&why));
        self.close(report, PartOutcome::NotDone);
        Err(why)
    }

    /// Takes a result from the record: it was done in an earlier attempt.
    pub(crate) fn recall(&mut self, report: &StepReport) {
        let report = StepReport {
            outcome: Outcome::Already,
            ..report.clone()
        };
        self.close(report, PartOutcome::Failed);
    }

    /// The chip in the slot.
    pub(crate) fn device(&mut self) -> Result<&mut dyn Device, Fault> {
        match &mut self.world.device {
            Some(device) => Ok(&mut **device),
            None => Err(no_board()),
        }
    }

    /// A fresh challenge.
    pub(crate) fn nonce(&mut self) -> Result<Nonce, Fault> {
        let mut nonce = [0; NONCE_LENGTH];
        (self.world.entropy)(&mut nonce)?;
        Ok(nonce)
    }

    fn recorded<T>(
        &mut self,
        id: StepId,
        started_ms: u64,
        work: impl FnOnce(&mut Self) -> Result<Found<T>, Fault>,
    ) -> (Result<Found<T>, Fault>, StepReport) {
        let result = work(self);
        let report = self.report(id, started_ms, result.as_ref());
        let kept = self.world.ledger.outcome(&self.unit.serial, &report);
        match (result, kept) {
            (Ok(found), Err(fault)) => {
                let (why, what) = (fault.detail, found.detail);
                let detail = format!("outcome not recorded: {why}; it was: {what}");
                let fault = Fault::new(fault.code, detail);
                let report = self.report::<T>(id, started_ms, Err(&fault));
                (Err(fault), report)
            }
            (result, _) => (result, report),
        }
    }

    fn report<T>(
        &self,
        id: StepId,
        started_ms: u64,
        result: Result<&Found<T>, &Fault>,
    ) -> StepReport {
        let (outcome, verification, detail, code) = match result {
            Ok(found) => {
                let detail = found.detail.clone();
                (Outcome::Done, Some(found.verification), detail, None)
            }
            Err(fault) => {
                let code = fault.code.id().to_owned();
                (Outcome::Failed, None, fault.to_string(), Some(code))
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

    fn close(&mut self, report: StepReport, if_not_done: PartOutcome) {
        if let Some(method) = self.methods.part(report.id) {
            self.parts.push(part(&report, method, if_not_done));
        }
        (self.world.events)(Event::Ended(report.clone()));
        self.reports.push(report);
    }
}

/// Why nothing is done with a board.
pub(crate) fn no_board() -> Fault {
    Fault::new(Code::NoDevice, "no board is at hand")
}

fn part(report: &StepReport, method: &PartMethod, if_not_done: PartOutcome) -> Part {
    let done = report.outcome != Outcome::Failed;
    Part {
        id: report.id.text().to_owned(),
        name: method.name.to_owned(),
        outcome: if done { PartOutcome::Done } else { if_not_done },
        method: method.method.filter(|_| done),
        technique: method.technique.to_owned(),
        verification: report.verification,
        detail: report.detail.clone(),
        code: report.code.clone(),
        started_at: utc(report.started_ms),
        ended_at: utc(report.started_ms.saturating_add(report.duration_ms)),
    }
}
