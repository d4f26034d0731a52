//! One unit: its whole history.

mod certificate;
mod inspection;
mod paint;

use std::path::PathBuf;

use cradle_procedure::attestation::Finding;
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{Serial, SlotId};
use cradle_records::UnitHistory;
use eframe::egui::Ui;

use super::revocation::Revocation;
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
    /// The board in which slot is held against the record.
    slot: Option<SlotId>,
    findings: Remote<Vec<Finding>>,
    /// The revocation of one of its certificates that somebody thinks of.
    revocation: Option<Revocation>,
}

enum Ask {
    Look,
    Export(Serial),
    Slot(SlotId),
    Inspect(Serial, SlotId),
    /// Think of revoking that certificate, or no more.
    ThinkOf(String),
    Revoke,
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
            Ask::Slot(slot) => self.slot = Some(slot),
            Ask::Inspect(serial, slot) => {
                self.findings.clear();
                let findings = around.backend.inspect_unit(serial, slot);
                self.findings.ask(findings);
            }
            Ask::ThinkOf(certificate) => {
                let same = |one: &Revocation| one.is_of(&certificate);
                self.revocation = match self.revocation.take() {
                    Some(one) if same(&one) => None,
                    _ => Some(Revocation::of(&certificate)),
                };
            }
            Ask::Revoke => {
                if let Some(revocation) = &mut self.revocation {
                    revocation.execute(around);
                }
            }
        }
    }

    fn find(&mut self, around: &Around<'_>) {
        self.view = None;
        self.exported.clear();
        self.findings.clear();
        self.history.clear();
        self.revocation = None;
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

    fn look(&mut self, around: &Around<'_>) {
        if self.history.look() {
            self.view = self.history.value().map(UnitView::new);
        }
        self.exported.look();
        self.findings.look();
        if self.revocation.as_mut().is_some_and(Revocation::look)
            && let Some(view) = &self.view
        {
            self.history.ask(around.backend.unit(view.serial.clone()));
        }
    }

    fn escape(&mut self) -> bool {
        self.revocation.take().is_some()
    }

    fn ui(&mut self, ui: &mut Ui, around: &Around<'_>, intents: &mut Vec<Intent>) {
        for ask in paint::unit_ui(ui, self, around, intents) {
            self.execute(ask, around);
        }
    }

    fn is_at_work(&self) -> bool {
        self.findings.is_awaited()
    }
}
