//! One provisioning under way.

use super::{Conclusion, Job, Pass, World};
use crate::fault::{Code, Fault};
use crate::ids::{Serial, Uid};
use crate::journal::{Journal, Journaled, Outlets};
use crate::plan;
use crate::ports::Device;
use crate::step::{Event, StepId, Verdict};

pub(super) struct Run<'r, 'w> {
    pub(super) world: &'r mut World<'w>,
    pub(super) job: Job<'r>,
    uid: Option<Uid>,
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
    pub(super) fn new(world: &'r mut World<'w>, job: Job<'r>) -> Self {
        // A profile that cannot be planned is refused by the plan, with its reason.
        let to_come = plan::journey(job.profile).unwrap_or_default();
        Self {
            journal: Journal::new(world.pace, to_come),
            world,
            job,
            uid: None,
        }
    }

    /// The device, and for a step that works through so many bytes, how to say how far it is.
    pub(super) fn metered(
        &mut self,
        step: StepId,
        total: u64,
    ) -> (&mut dyn Device, impl FnMut(u64)) {
        let World {
            device,
            clock,
            events,
            ..
        } = &mut *self.world;
        let meter = self.journal.meter(step, total, *clock, &mut **events);
        (&mut **device, meter)
    }

    /// The chip's identifier was read; it is shown even if nothing else comes of the unit.
    pub(super) fn saw(&mut self, uid: &Uid) {
        self.uid = Some(uid.clone());
    }

    /// The unit has a name from now on.
    pub(super) fn bind(&mut self, serial: &Serial, uid: &Uid) {
        self.journal.bind(serial, uid, &mut *self.world.events);
    }

    /// The unit's serial number.
    pub(super) fn named(&self) -> Result<Serial, Fault> {
        self.journal.named().cloned()
    }

    /// A safe place to stop: the device is as the record says, and nothing is burnt half.
    pub(super) fn stop_if_asked(&self, next: StepId) -> Result<(), Fault> {
        if (self.world.cancelled)() {
            return Err(Fault::new(Code::Cancelled, format!("before {next}")));
        }
        Ok(())
    }

    pub(super) fn conclude(self, result: Result<Pass, Fault>) -> Conclusion {
        let (mut verdict, mut fault, mut certificate) = match result {
            Ok(pass) => (Verdict::Pass, None, Some(pass.certificate)),
            Err(fault) => (Verdict::from_fault(fault.code), Some(fault), None),
        };
        let serial = self.journal.unit().cloned();
        let recorded = match &serial {
            Some(serial) => self.world.ledger.conclude(serial, verdict, fault.as_ref()),
            None => Ok(()),
        };
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
            serial,
            uid: self.uid,
            verdict,
            fault,
            certificate,
            steps: self.journal.into_steps(),
        }
    }
}
