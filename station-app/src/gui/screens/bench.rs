//! The bench as the window works it: what was scanned and chosen, and what may be started.

use std::sync::Arc;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{Serial, SlotId};
use cradle_procedure::role::{Permission, Role};
use cradle_procedure::step::{Event, Verdict};

use crate::gui::backend::{Backend, BenchFacts, Tone};
use crate::gui::view::bench::BenchView;
use crate::gui::view::scan::{self, Scan};
use crate::gui::view::slot::State;

/// The bench. It works on whichever screen is shown, and whoever is signed in.
pub(in crate::gui) struct Bench {
    pub(in crate::gui) facts: Arc<BenchFacts>,
    pub(in crate::gui) view: BenchView,
    pub(in crate::gui) desk: Desk,
}

/// What belongs to the person at the bench.
#[derive(Default)]
pub(in crate::gui) struct Desk {
    pub(in crate::gui) scan: String,
    pub(in crate::gui) chosen: Option<SlotId>,
    pub(in crate::gui) detail: bool,
    pub(in crate::gui) notice: Option<Fault>,
    /// Whether a board that comes in is started by itself.
    pub(in crate::gui) auto: bool,
}

impl Bench {
    pub(in crate::gui) fn new(backend: &dyn Backend) -> Self {
        Self {
            facts: backend.bench(),
            view: BenchView::default(),
            desk: Desk::default(),
        }
    }

    /// Takes in what happened since the last frame. Gives the tone for it, if a unit ended; one
    /// that failed is heard before those that passed.
    pub(in crate::gui) fn look(&mut self, backend: &dyn Backend, now_ms: u64) -> Option<Tone> {
        let mut tone = None;
        self.facts = backend.bench();
        self.view.set_facts(&self.facts);
        for (slot, event) in backend.drain() {
            if let Event::Concluded { verdict, .. } = &event {
                tone = match verdict {
                    Verdict::Pass => tone.or(Some(Tone::Good)),
                    Verdict::Fail | Verdict::Quarantine => Some(Tone::Bad),
                };
            }
            self.view.apply(slot, event, now_ms);
        }
        tone
    }

    /// Slots to start by themselves: a board came in since this was asked last, and the person
    /// at the bench wants that.
    pub(in crate::gui) fn came_in(&mut self) -> Vec<SlotId> {
        let new = self.view.newly_ready();
        match self.desk.auto {
            true => new,
            false => Vec::new(),
        }
    }

    /// Why a person of that role cannot start a unit now.
    pub(in crate::gui) fn obstacle(&self, role: Role) -> Option<Fault> {
        let no_batch = || Fault::new(Code::BatchNotOpen, "");
        role.require(Permission::Provision)
            .err()
            .or_else(|| self.facts.obstacle.clone())
            .or_else(|| self.facts.batch.is_none().then(no_batch))
    }

    /// Starts one slot if that makes sense, and says why when it does not.
    ///
    /// # Errors
    /// `AUT-06`: the session has ended, which is for the whole window to deal with.
    pub(in crate::gui) fn start(
        &mut self,
        backend: &dyn Backend,
        role: Role,
        slot: SlotId,
        scanned: Option<Serial>,
        now_ms: u64,
    ) -> Result<(), Fault> {
        let refused = match self.obstacle(role) {
            Some(fault) => Err(fault),
            None => self.make_startable(backend, slot, scanned.as_ref()),
        };
        match refused.and_then(|()| backend.start(slot, scanned.clone())) {
            Ok(()) => {
                if let Some(view) = self.view.get_mut(slot) {
                    view.begin(scanned, now_ms);
                }
                self.desk.notice = None;
            }
            Err(fault) if fault.code == Code::SessionEnded => return Err(fault),
            Err(fault) => self.desk.notice = Some(fault),
        }
        Ok(())
    }

    /// A serial number scanned for a slot that has ended says that the next board is in it.
    fn make_startable(
        &mut self,
        backend: &dyn Backend,
        slot: SlotId,
        scanned: Option<&Serial>,
    ) -> Result<(), Fault> {
        let Some(view) = self.view.get(slot) else {
            return Err(Fault::new(Code::SlotUnknown, slot));
        };
        match view.state() {
            _ if view.startable() => Ok(()),
            State::Pass | State::Quarantine
                if scanned.is_some() && scanned != view.serial.as_ref() =>
            {
                self.next_board(backend, slot);
                Ok(())
            }
            State::Working => Err(Fault::new(
                Code::InputInvalid,
                format!("slot {slot} is at work"),
            )),
            State::Pass | State::Quarantine => Err(Fault::new(
                Code::InputInvalid,
                format!("slot {slot} has ended: put the next board in and press Next board"),
            )),
            _ => Err(Fault::new(Code::NoDevice, format!("slot {slot}"))),
        }
    }

    pub(in crate::gui) fn stop(&mut self, backend: &dyn Backend, slot: SlotId) {
        if let Some(view) = self.view.get_mut(slot)
            && view.state() == State::Working
        {
            view.stopping();
            backend.stop(slot);
        }
    }

    pub(in crate::gui) fn stop_all(&mut self, backend: &dyn Backend) {
        for slot in self.view.working() {
            self.stop(backend, slot);
        }
    }

    /// Another board is in the slot: its verdict is the last one's.
    pub(in crate::gui) fn forget(&mut self, slot: SlotId) {
        if let Some(view) = self.view.get_mut(slot) {
            view.clear();
        }
    }

    pub(in crate::gui) fn next_board(&mut self, backend: &dyn Backend, slot: SlotId) {
        if let Some(view) = self.view.get_mut(slot) {
            view.clear();
            backend.next_board(slot);
        }
    }

    /// Reads a scanned line; gives what is to be started, if that is what it says.
    pub(in crate::gui) fn scanned(&mut self, line: &str) -> Option<(SlotId, Option<Serial>)> {
        let desk = &mut self.desk;
        if line.is_empty() && desk.chosen.is_none() {
            return None;
        }
        let slots: Vec<_> = self.view.slots().iter().map(|view| view.slot).collect();
        match scan::read(line, desk.chosen, &slots) {
            Ok(Scan::Slot(slot)) => {
                desk.chosen = Some(slot);
                desk.notice = None;
                None
            }
            Ok(Scan::Start(slot, serial)) => Some((slot, serial)),
            Err(fault) => {
                desk.notice = Some(fault);
                None
            }
        }
    }
}

impl Desk {
    /// Closes the topmost thing.
    pub(in crate::gui) fn escape(&mut self) {
        if !std::mem::take(&mut self.scan).is_empty() || self.notice.take().is_some() {
            return;
        }
        if !std::mem::take(&mut self.detail) {
            self.chosen = None;
        }
    }

    /// Chooses a slot and shows its steps.
    pub(in crate::gui) const fn open(&mut self, slot: SlotId) {
        self.chosen = Some(slot);
        self.detail = true;
    }

    /// Shows or hides the steps of the chosen slot.
    pub(in crate::gui) const fn toggle_detail(&mut self) {
        self.detail = !self.detail && self.chosen.is_some();
    }
}
