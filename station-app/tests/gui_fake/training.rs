//! The fake's loudspeaker, and its virtual bench: boards are where the facts say.

use std::path::PathBuf;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{SlotId, Uid};
use cradle_station::gui::backend::{
    Pending, Speaker, Tone, TrainingBench, TrainingBoard, TrainingChip, TrainingOrder,
};

use super::{Asked, Fake};

impl TrainingBench for Fake {
    fn boards(&self) -> Pending<Vec<TrainingBoard>> {
        let slots = self.inner().facts.slots.clone();
        let board = slots.into_iter().map(|slot| TrainingBoard {
            board: slot.occupied.then(|| TrainingChip {
                uid: Uid::new(&[slot.id.0 as u8; 12]),
                powered: true,
            }),
            slot: slot.id,
        });
        self.answer(Ok(board.collect()))
    }

    fn train(&self, slot: SlotId, order: TrainingOrder) -> Pending<()> {
        if order == TrainingOrder::Pull {
            let occupied = self.inner().facts.slots[usize::from(slot.0) - 1].occupied;
            if !occupied {
                return self.answer(Err(Fault::new(Code::NoDevice, slot)));
            }
            self.set_board(slot.0, false);
        }
        self.inner().asked.push(Asked::Train(slot, order));
        self.answer(Ok(()))
    }
}

impl Speaker for Fake {
    fn play(&self, tone: Tone) -> Pending<()> {
        self.inner().asked.push(Asked::Play(tone));
        self.answer(Ok(()))
    }
}

pub(crate) fn diagnostics(fake: &Fake) -> Pending<PathBuf> {
    fake.answer(Ok(PathBuf::from("/exports/diagnostics/diagnostics.json")))
}
