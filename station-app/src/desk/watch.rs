//! Boards that come and go on a real bench: each slot that nobody works on is looked at now and
//! then, on a thread of its own, so that a probe that hangs holds up no other.

use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use cradle_procedure::ids::SlotId;

use super::Shared;

/// Time between two looks. Two that agree are believed, so a board is noticed within two seconds.
const PAUSE: Duration = Duration::from_millis(700);

/// Whether a board is in a slot, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Presence {
    /// What two looks in a row have said.
    board: bool,
    /// Whether the last look said otherwise.
    doubt: bool,
}

impl Default for Presence {
    /// A slot of which nothing is known may be started.
    fn default() -> Self {
        Self {
            board: true,
            doubt: false,
        }
    }
}

impl Presence {
    /// Takes in one look. Contacts bounce while a board is put in, so one look alone changes
    /// nothing. Gives whether what is known has changed.
    fn saw(&mut self, board: Option<bool>) -> bool {
        let news = board.is_some_and(|board| board != self.board);
        let changes = news && self.doubt;
        self.board ^= changes;
        self.doubt = news && !changes;
        changes
    }
}

impl Shared {
    /// Slots that are known to be empty.
    pub(super) fn absent(&self) -> Vec<SlotId> {
        let state = self.state();
        let boards = state.boards.iter();
        let empty = boards.filter(|(_, presence)| !presence.board);
        empty.map(|(slot, _)| *slot).collect()
    }

    fn look_into(&self, slot: SlotId) {
        if self.state().busy.contains_key(&slot) {
            return;
        }
        let seen = self.station.senses_board(slot);
        if self.state().boards.entry(slot).or_default().saw(seen) {
            self.refresh();
            self.wake();
        }
    }
}

/// Starts to look. It ends with the desk.
pub(super) fn watch(shared: &Arc<Shared>) {
    for slot in shared.station.slots() {
        let shared = Arc::downgrade(shared);
        // Without the thread the slot stays one of which nothing is known.
        let _ = thread::Builder::new()
            .name(format!("sense-{}", slot.id))
            .spawn(move || look_on(&shared, slot.id));
    }
}

fn look_on(shared: &Weak<Shared>, slot: SlotId) {
    while let Some(shared) = shared.upgrade() {
        shared.look_into(slot);
        drop(shared);
        thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(looks: &[Option<bool>]) -> Presence {
        let mut presence = Presence::default();
        for look in looks {
            presence.saw(*look);
        }
        presence
    }

    #[test]
    fn two_looks_that_agree_are_believed_and_one_alone_is_not() {
        assert!(after(&[]).board);
        assert!(after(&[Some(false)]).board);
        assert!(!after(&[Some(false), Some(false)]).board);
        assert!(after(&[Some(false), Some(false), Some(true), Some(true)]).board);
    }

    #[test]
    fn contacts_that_bounce_and_looks_that_say_nothing_change_nothing() {
        assert!(after(&[Some(false), Some(true), Some(false), Some(true)]).board);
        assert!(after(&[Some(false), None, Some(false)]).board);
    }

    #[test]
    fn a_change_is_told_once() {
        let mut presence = after(&[Some(false)]);
        assert!(presence.saw(Some(false)));
        assert!(!presence.saw(Some(false)));
    }
}
