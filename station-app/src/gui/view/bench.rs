//! All slots together, and which of them a command for all means.

use cradle_procedure::ids::SlotId;
use cradle_procedure::step::{Event, StepId};

use super::slot::{Phase, SlotView, State};
use super::tally::Tally;
use crate::gui::backend::BenchFacts;

/// The slots of the bench, in the order that the bench gives them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BenchView {
    slots: Vec<SlotView>,
    tally: Tally,
    journey: Vec<StepId>,
    /// Slots in which a board waited when that was asked last.
    waited: Vec<SlotId>,
}

impl BenchView {
    /// Takes over what the bench says of its slots. A slot that went away while at work stays
    /// until it has ended.
    pub fn set_facts(&mut self, facts: &BenchFacts) {
        if self.journey != facts.journey {
            self.journey.clone_from(&facts.journey);
        }
        for fact in &facts.slots {
            let view = match self.slots.iter_mut().position(|v| v.slot == fact.id) {
                Some(at) => &mut self.slots[at],
                None => self.slots.push_mut(SlotView::new(fact.id)),
            };
            view.set_board(fact.occupied);
        }
        self.slots.retain(|view| {
            facts.slots.iter().any(|fact| fact.id == view.slot) || view.state() == State::Working
        });
        self.slots.sort_by_key(|view| view.slot);
    }

    /// Folds one event in. An event of a slot that the bench does not have is dropped.
    pub fn apply(&mut self, slot: SlotId, event: Event, now_ms: u64) {
        if let Event::Concluded { verdict, .. } = &event {
            self.tally.count(*verdict, now_ms);
        }
        if let Some(view) = self.get_mut(slot) {
            view.apply(event, now_ms);
        }
    }

    /// How the units went since the window was opened.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Steps that a unit goes through.
    #[must_use]
    pub fn journey(&self) -> &[StepId] {
        &self.journey
    }

    /// Slots in which a board waits that did not wait when this was asked last.
    pub fn newly_ready(&mut self) -> Vec<SlotId> {
        let ready = self.ready();
        let before = std::mem::replace(&mut self.waited, ready.clone());
        let new = |slot: &SlotId| !before.contains(slot);
        ready.into_iter().filter(new).collect()
    }

    /// All slots, in order.
    #[must_use]
    pub fn slots(&self) -> &[SlotView] {
        &self.slots
    }

    /// One slot.
    #[must_use]
    pub fn get(&self, slot: SlotId) -> Option<&SlotView> {
        self.slots.iter().find(|view| view.slot == slot)
    }

    /// One slot, to change.
    pub fn get_mut(&mut self, slot: SlotId) -> Option<&mut SlotView> {
        self.slots.iter_mut().find(|view| view.slot == slot)
    }

    /// Slots that "start all" means: a board waits. Not those that failed: what is in them is for
    /// a person to decide.
    #[must_use]
    pub fn ready(&self) -> Vec<SlotId> {
        self.in_state(State::Ready)
    }

    /// Slots at work.
    #[must_use]
    pub fn working(&self) -> Vec<SlotId> {
        self.in_state(State::Working)
    }

    /// Slots with a verdict.
    #[must_use]
    pub fn ended(&self) -> Vec<SlotId> {
        let ended = |view: &&SlotView| matches!(view.phase, Phase::Ended(..));
        self.slots.iter().filter(ended).map(|v| v.slot).collect()
    }

    fn in_state(&self, state: State) -> Vec<SlotId> {
        let wanted = self.slots.iter().filter(|view| view.state() == state);
        wanted.map(|view| view.slot).collect()
    }
}
