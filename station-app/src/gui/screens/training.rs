//! The virtual bench: boards put in and taken out, and what is to go wrong, for training.

mod paint;

use cradle_procedure::ids::SlotId;
use eframe::egui::Ui;

use super::{Around, Screen};
use crate::gui::backend::{TrainingBoard, TrainingOrder};
use crate::gui::intent::Intent;
use crate::gui::view::remote::Remote;

/// The virtual bench.
#[derive(Default)]
pub(super) struct Training {
    boards: Remote<Vec<TrainingBoard>>,
    chosen: Option<SlotId>,
    /// What was asked for last, and what came of it.
    order: Option<(SlotId, TrainingOrder)>,
    done: Remote<()>,
    /// The slot that another board was put into just now.
    inserted: Option<SlotId>,
}

#[derive(Clone, Copy)]
enum Ask {
    Choose(SlotId),
    Order(SlotId, TrainingOrder),
}

impl Training {
    fn execute(&mut self, ask: Ask, around: &Around<'_>) {
        match ask {
            Ask::Choose(slot) => {
                self.chosen = Some(slot);
                self.order = None;
                self.done.clear();
                // What is in the slots may have been changed at the bench meanwhile.
                self.enter(around);
            }
            Ask::Order(slot, order) => {
                self.order = Some((slot, order));
                self.done.clear();
                self.done.ask(around.backend.train(slot, order));
            }
        }
    }

    fn board(&self) -> Option<&TrainingBoard> {
        let boards = self.boards.value()?;
        boards.iter().find(|board| Some(board.slot) == self.chosen)
    }
}

impl Screen for Training {
    fn enter(&mut self, around: &Around<'_>) {
        self.boards.ask(around.backend.boards());
    }

    fn look(&mut self, around: &Around<'_>) {
        if self.boards.look() && self.chosen.is_none() {
            let first = self.boards.value().and_then(|boards| boards.first());
            self.chosen = first.map(|board| board.slot);
        }
        if self.done.look() {
            self.inserted = match self.order {
                Some((slot, TrainingOrder::Insert(_))) if self.done.fault().is_none() => Some(slot),
                _ => None,
            };
            self.enter(around);
        }
    }

    fn ui(&mut self, ui: &mut Ui, around: &Around<'_>, intents: &mut Vec<Intent>) {
        intents.extend(self.inserted.take().map(Intent::NewBoard));
        for ask in paint::training_ui(ui, self, intents) {
            self.execute(ask, around);
        }
    }
}
