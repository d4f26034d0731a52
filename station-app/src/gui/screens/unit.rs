//! One unit: its whole history.

mod paint;

use std::path::PathBuf;

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::Serial;
use cradle_records::UnitHistory;
use eframe::egui::Ui;

use super::{Around, Screen};
use crate::gui::intent::Intent;
use crate::gui::view::remote::Remote;
use crate::gui::view::unit::UnitView;

/// One unit.
#[derive(Default)]
pub(in crate::gui) struct Unit {
    /// What is typed or scanned.
    typed: String,
    /// Whether the keyboard goes to the field next.
    focus: bool,
    refused: Option<Fault>,
    history: Remote<UnitHistory>,
    view: Option<UnitView>,
    exported: Remote<PathBuf>,
}

enum Ask {
    Look,
    Export(Serial),
}

impl Unit {
    /// Which unit is to be shown when the person comes here.
    pub(in crate::gui) fn choose(&mut self, serial: &Serial) {
        self.typed = serial.to_string();
    }

    fn execute(&mut self, ask: Ask, around: &Around<'_>) {
        match ask {
            Ask::Look => self.find(around),
            Ask::Export(serial) => self.exported.ask(around.backend.export_unit(serial)),
        }
    }

    fn find(&mut self, around: &Around<'_>) {
        self.view = None;
        self.exported.clear();
        self.history.clear();
        match Serial::new(self.typed.trim()) {
            Ok(serial) => {
                self.refused = None;
                self.history.ask(around.backend.unit(serial));
            }
            Err(fault) => self.refused = Some(fault),
        }
    }
}

impl Screen for Unit {
    fn enter(&mut self, around: &Around<'_>) {
        self.focus = true;
        if !self.typed.trim().is_empty() {
            self.find(around);
        }
    }

    fn look(&mut self, _: &Around<'_>) {
        if self.history.look() {
            self.view = self.history.value().map(UnitView::new);
        }
        self.exported.look();
    }

    fn ui(&mut self, ui: &mut Ui, around: &Around<'_>, intents: &mut Vec<Intent>) {
        for ask in paint::unit_ui(ui, self, intents) {
            self.execute(ask, around);
        }
    }
}
