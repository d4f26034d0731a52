//! One decommissioning under way: its journal, and what became of each part.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::journal::{Done, Journal, Journaled, Outlets};
use cradle_procedure::ports::{Device, Earlier, UnitRecord};
use cradle_procedure::step::{Outcome, StepId, StepReport};
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
    /// The chip cannot say who it is any more, and a second person stands for it.
    pub(crate) vouched_for: bool,
    journal: Journal,
}

impl Journaled for Run<'_, '_> {
    fn journal(&mut self) -> (&mut Journal, Outlets<'_>) {
        let outlets = Outlets {
            log: &mut *self.world.ledger,
            clock: self.world.clock,
            events: &mut *self.world.events,
        };
        (&mut self.journal, outlets)
    }
}

impl<'r, 'w> Run<'r, 'w> {
    pub(crate) fn new(
        world: &'r mut World<'w>,
        order: &'r Order,
        unit: UnitRecord,
        earlier: Earlier,
        methods: &'static Methods,
    ) -> Self {
        let mut journal = Journal::new(world.pace, to_come(world));
        journal.bind(&unit.serial, &unit.uid, &mut *world.events);
        Self {
            world,
            order,
            unit,
            earlier,
            methods,
            parts: Vec::new(),
            vouched_for: false,
            journal,
        }
    }

    /// Runs the step that one part of the unit takes.
    pub(crate) fn step<T>(
        &mut self,
        id: StepId,
        intent: &str,
        work: impl FnOnce(&mut Self) -> Result<Done<T>, Fault>,
    ) -> Result<T, Fault> {
        let result = self.act(id, intent, work);
        self.close(PartOutcome::Failed, result.as_ref().err());
        result
    }

    /// A part that was not tried, and why.
    pub(crate) fn pass_over<T>(&mut self, id: StepId, why: Fault) -> Result<T, Fault> {
        let result = self.skip(id, why);
        self.close(PartOutcome::NotDone, result.as_ref().err());
        result
    }

    /// A part that was done in an earlier attempt.
    pub(crate) fn take_over(&mut self, report: &StepReport) {
        self.recall(report);
        self.close(PartOutcome::Done, None);
    }

    /// The chip in the slot.
    pub(crate) fn device(&mut self) -> Result<&mut dyn Device, Fault> {
        match &mut self.world.device {
            Some(device) => Ok(&mut **device),
            None => Err(no_board()),
        }
    }

    /// The chip in the slot, and for a step that works through so many bytes, how to say how far
    /// it is.
    pub(crate) fn metered(
        &mut self,
        step: StepId,
        total: u64,
    ) -> Result<(&mut dyn Device, impl FnMut(u64)), Fault> {
        let World {
            device,
            clock,
            events,
            ..
        } = &mut *self.world;
        let meter = self.journal.meter(step, total, *clock, &mut **events);
        match device {
            Some(device) => Ok((&mut **device, meter)),
            None => Err(no_board()),
        }
    }

    /// A fresh challenge.
    pub(crate) fn nonce(&mut self) -> Result<Nonce, Fault> {
        let mut nonce = [0; NONCE_LENGTH];
        (self.world.entropy)(&mut nonce)?;
        Ok(nonce)
    }

    /// Every step, in the order they were taken.
    pub(crate) fn into_reports(self) -> Vec<StepReport> {
        self.journal.into_steps()
    }

    /// Takes what became of the last step into the document, if it is a part of it.
    fn close(&mut self, if_not_done: PartOutcome, fault: Option<&Fault>) {
        let Some(report) = self.journal.steps().last() else {
            return;
        };
        if let Some(method) = self.methods.part(report.id) {
            let mut part = part(report, method);
            if let Some(fault) = fault {
                part.spoil(if_not_done, fault);
            }
            self.parts.push(part);
        }
    }
}

/// Steps that this attempt may take.
fn to_come(world: &World<'_>) -> Vec<StepId> {
    let on_a_board = [
        StepId::ProveIdentity,
        StepId::WipeKeys,
        StepId::MassErase,
        StepId::BlankCheck,
    ];
    let on_a_board = on_a_board.into_iter().filter(|_| world.device.is_some());
    let registries = [StepId::Deregister].into_iter();
    let registries = registries.filter(|_| !world.registries.is_empty());
    on_a_board
        .chain([StepId::Revoke])
        .chain(registries)
        .chain([StepId::Document])
        .collect()
}

/// Why nothing is done with a board.
pub(crate) fn no_board() -> Fault {
    Fault::new(Code::NoDevice, "no board is at hand")
}

fn part(report: &StepReport, method: &PartMethod) -> Part {
    let done = report.outcome != Outcome::Failed;
    Part {
        id: report.id.text().to_owned(),
        name: method.name.to_owned(),
        outcome: PartOutcome::Done,
        method: method.method.filter(|_| done),
        technique: method.technique.to_owned(),
        verification: report.verification,
        detail: report.detail.clone(),
        code: report.code.clone(),
        started_at: utc(report.started_ms),
        ended_at: utc(report.started_ms.saturating_add(report.duration_ms)),
    }
}
