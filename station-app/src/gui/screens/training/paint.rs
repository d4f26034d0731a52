//! The virtual bench on the screen.

use cradle_procedure::ids::SlotId;
use eframe::egui::{Button, ScrollArea, Ui};

use super::{Ask, Training};
use crate::gui::backend::{BoardChoice, Mishap, TrainingBoard, TrainingOrder};
use crate::gui::intent::Intent;
use crate::gui::paint::row::section_ui;
use crate::gui::paint::text::{choice, fact_ui, heading_ui, nothing_ui, paragraph_ui, verdict_ui};
use crate::gui::paint::theme::{PASS, Palette, regular};
use crate::gui::screens::remote_ui;
use crate::gui::words;

/// Clones that are offered: enough to try it, on a bench of 32 slots as well.
const CLONES: usize = 4;

pub(super) fn training_ui(ui: &mut Ui, training: &Training, intents: &mut Vec<Intent>) -> Vec<Ask> {
    let mut asks = Vec::new();
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        heading_ui(ui, words::PLACE_TRAINING.of(ui));
        let why = words::TRAIN_WHY.of(ui);
        paragraph_ui(ui, why, regular(16.0), Palette::of(ui).weak);
        ui.add_space(6.0);
        remote_ui(ui, &training.boards, intents, |ui, boards| {
            slots_ui(ui, training, boards, &mut asks);
            if let Some(board) = training.board() {
                board_ui(ui, board, boards, &mut asks);
            }
        });
        done_ui(ui, training, intents);
    });
    asks
}

fn slots_ui(ui: &mut Ui, training: &Training, boards: &[TrainingBoard], asks: &mut Vec<Ask>) {
    if boards.is_empty() {
        nothing_ui(ui, words::NO_SLOTS.of(ui), words::NO_SLOTS_WHY.of(ui));
    }
    ui.horizontal_wrapped(|ui| {
        for board in boards {
            let name = words::slot(ui, board.slot);
            let here = training.chosen == Some(board.slot);
            if ui.add(choice(here, &name)).clicked() {
                asks.push(Ask::Choose(board.slot));
            }
        }
    });
    ui.add_space(8.0);
}

fn board_ui(ui: &mut Ui, board: &TrainingBoard, all: &[TrainingBoard], asks: &mut Vec<Ask>) {
    let slot = board.slot;
    section_ui(ui, &words::slot(ui, slot), |ui| match &board.board {
        None => {
            let none = words::NO_BOARD.of(ui);
            paragraph_ui(ui, none, regular(15.5), Palette::of(ui).text);
        }
        Some(chip) => {
            fact_ui(ui, words::CHIP.of(ui), &chip.uid.to_string(), regular(15.5));
            let supply = match chip.powered {
                true => words::TRAIN_ON,
                false => words::TRAIN_OFF,
            };
            let name = words::TRAIN_SUPPLY.of(ui);
            fact_ui(ui, name, supply.of(ui), regular(15.5));
            offers_ui(
                ui,
                slot,
                &[
                    (words::TRAIN_PULL.of(ui).to_owned(), TrainingOrder::Pull),
                    (
                        words::TRAIN_RECONNECT.of(ui).to_owned(),
                        TrainingOrder::Reconnect,
                    ),
                ],
                asks,
            );
        }
    });
    section_ui(ui, words::TRAIN_INSERT.of(ui), |ui| {
        offers_ui(ui, slot, &choices(ui, slot, all), asks);
    });
    if board.board.is_some() {
        section_ui(ui, words::TRAIN_MISHAP.of(ui), |ui| {
            let why = words::TRAIN_MISHAP_WHY.of(ui);
            paragraph_ui(ui, why, regular(15.0), Palette::of(ui).weak);
            let name = |mishap| words::mishap(mishap).of(ui).to_owned();
            let offers = Mishap::ALL.map(|mishap| (name(mishap), TrainingOrder::Arm(mishap)));
            offers_ui(ui, slot, &offers, asks);
        });
    }
}

/// The boards that can be put in, with a clone of each that is in another slot.
fn choices(ui: &Ui, slot: SlotId, all: &[TrainingBoard]) -> Vec<(String, TrainingOrder)> {
    let kinds = [
        (words::BOARD_GENUINE, BoardChoice::Genuine),
        (words::BOARD_USED, BoardChoice::UsedMemory),
        (words::BOARD_OTHER_CHIP, BoardChoice::OtherChip),
        (words::BOARD_SMALL, BoardChoice::SmallFlash),
    ];
    let mut offers: Vec<_> = kinds
        .into_iter()
        .map(|(word, kind)| (word.of(ui).to_owned(), TrainingOrder::Insert(kind)))
        .collect();
    let others = all.iter().filter(|one| one.slot != slot);
    for one in others.filter(|one| one.board.is_some()).take(CLONES) {
        let name = words::BOARD_CLONE.with(ui, &[("slot", &one.slot)]);
        let order = TrainingOrder::Insert(BoardChoice::CloneOf(one.slot));
        offers.push((name, order));
    }
    offers
}

fn offers_ui(ui: &mut Ui, slot: SlotId, offers: &[(String, TrainingOrder)], asks: &mut Vec<Ask>) {
    ui.horizontal_wrapped(|ui| {
        for (name, order) in offers {
            if ui.add(Button::new(name)).clicked() {
                asks.push(Ask::Order(slot, *order));
            }
        }
    });
}

/// What came of the last order.
fn done_ui(ui: &mut Ui, training: &Training, intents: &mut Vec<Intent>) {
    remote_ui(ui, &training.done, intents, |ui, ()| {
        let Some((slot, order)) = training.order else {
            return;
        };
        let word = match order {
            TrainingOrder::Insert(_) => words::TRAIN_INSERTED,
            TrainingOrder::Pull => words::TRAIN_PULLED,
            TrainingOrder::Reconnect => words::TRAIN_RECONNECTED,
            TrainingOrder::Arm(_) => words::TRAIN_ARMED,
        };
        verdict_ui(ui, PASS, &words::slot(ui, slot), word.of(ui));
    });
}
