//! Units that wait for a registry or for the revocation list, and what another person asked for.

use cradle_procedure::ids::Serial;
use cradle_records::RequestKind;
use eframe::egui::{Button, Ui};

use super::Ask;
use crate::gui::backend::SettledUnit;
use crate::gui::intent::Intent;
use crate::gui::paint::icon::Icon;
use crate::gui::paint::row::{row_ui, section_ui};
use crate::gui::paint::text::paragraph_ui;
use crate::gui::paint::theme::{Palette, regular};
use crate::gui::screens::two::{Two, requests_ui};
use crate::gui::screens::{Around, remote_ui};
use crate::gui::view::remote::Remote;
use crate::gui::words;

/// Units whose document is not complete.
#[derive(Default)]
pub(super) struct Waiting {
    units: Remote<Vec<Serial>>,
    settled: Remote<Vec<SettledUnit>>,
    pub(super) two: Two,
}

impl Waiting {
    pub(super) fn enter(&mut self, around: &Around<'_>) {
        self.units.ask(around.backend.waiting_units());
        self.two.enter(around);
    }

    pub(super) fn look(&mut self, around: &Around<'_>) {
        self.units.look();
        self.two.look(around);
        if self.settled.look() {
            self.units.ask(around.backend.waiting_units());
        }
    }

    pub(super) fn settle(&mut self, around: &Around<'_>) {
        self.settled.ask(around.backend.settle_units());
    }
}

pub(super) fn waiting_ui(
    ui: &mut Ui,
    waiting: &Waiting,
    around: &Around<'_>,
    intents: &mut Vec<Intent>,
    asks: &mut Vec<Ask>,
) {
    let kinds = [RequestKind::WipeWaiver];
    let wanted = requests_ui(ui, &waiting.two, &kinds, around, intents);
    asks.extend(wanted.map(Ask::Two));
    let none = Vec::new();
    let units = waiting.units.value().unwrap_or(&none);
    if units.is_empty() && waiting.settled.value().is_none() {
        return;
    }
    section_ui(ui, words::RETIRE_WAITING.of(ui), |ui| {
        let palette = Palette::of(ui);
        let why = words::RETIRE_WAITING_WHY.of(ui);
        paragraph_ui(ui, why, regular(15.0), palette.weak);
        for serial in units {
            row_ui(ui, Icon::Caution, palette.bad, serial.as_str(), "");
        }
        let idle = !waiting.settled.is_awaited();
        let go_on = Button::new(words::RETIRE_SETTLE.of(ui));
        if !units.is_empty() && ui.add_enabled(idle, go_on).clicked() {
            asks.push(Ask::Settle);
        }
        remote_ui(ui, &waiting.settled, intents, |ui, settled| {
            for unit in settled {
                settled_ui(ui, unit);
            }
        });
    });
}

fn settled_ui(ui: &mut Ui, unit: &SettledUnit) {
    let palette = Palette::of(ui);
    let (icon, color, word) = match unit.missing.is_empty() {
        true => (Icon::Check, palette.good, words::RETIRE_COMPLETE),
        false => (Icon::Caution, palette.bad, words::RETIRE_PENDING),
    };
    let title = format!("{}: {}", unit.serial, word.of(ui));
    row_ui(ui, icon, color, &title, &unit.missing.join("; "));
}
