//! A unit that was destroyed: what is written down about it, and who saw it.

use std::path::PathBuf;

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{OperatorName, Serial};
use eframe::egui::{RichText, TextEdit, Ui, vec2};
use zeroize::Zeroizing;

use super::Ask;
use crate::gui::backend::DestructionOrder;
use crate::gui::intent::Intent;
use crate::gui::paint::field::{name_ui, password_ui};
use crate::gui::paint::row::section_ui;
use crate::gui::paint::text::{danger, paragraph_ui, verdict_ui};
use crate::gui::paint::theme::{PASS, Palette, regular, strong};
use crate::gui::screens::{Around, remote_ui};
use crate::gui::view::remote::Remote;
use crate::gui::view::sign_in::empty;
use crate::gui::words;

/// The form, as typed, and what came of it.
pub(super) struct Destruction {
    pub(super) shown: bool,
    serial: String,
    reason: String,
    evidence: String,
    witness: String,
    password: Zeroizing<String>,
    destroyed: Remote<Serial>,
}

impl Default for Destruction {
    fn default() -> Self {
        Self {
            shown: false,
            serial: String::new(),
            reason: String::new(),
            evidence: String::new(),
            witness: String::new(),
            password: empty(),
            destroyed: Remote::default(),
        }
    }
}

impl Destruction {
    pub(super) fn look(&mut self) {
        self.destroyed.look();
    }

    /// Has it written down.
    ///
    /// # Errors
    /// `CFG-03` what was typed is not valid.
    pub(super) fn write_down(&mut self, around: &Around<'_>) -> Result<(), Fault> {
        let evidence = self.evidence.trim();
        let order = DestructionOrder {
            serial: Serial::new(self.serial.trim())?,
            reason: self.reason.trim().to_owned(),
            evidence: (!evidence.is_empty()).then(|| PathBuf::from(evidence)),
            witness: OperatorName::new(self.witness.trim())?,
        };
        let password = std::mem::replace(&mut self.password, empty());
        self.destroyed.ask(around.backend.destroy(order, password));
        Ok(())
    }
}

pub(super) fn destruction_ui(
    ui: &mut Ui,
    form: &mut Destruction,
    intents: &mut Vec<Intent>,
    asks: &mut Vec<Ask>,
) {
    if !form.shown {
        if ui.button(words::DESTROY_OPEN.of(ui)).clicked() {
            form.shown = true;
        }
        return;
    }
    section_ui(ui, words::DESTROY_TITLE.of(ui), |ui| {
        let palette = Palette::of(ui);
        let why = words::DESTROY_WHY.of(ui);
        paragraph_ui(ui, why, regular(15.0), palette.weak);
        ui.set_max_width(520.0);
        line_ui(ui, words::SERIAL.of(ui), &mut form.serial, 64);
        line_ui(ui, words::DESTROY_HOW.of(ui), &mut form.reason, 200);
        line_ui(ui, words::DESTROY_EVIDENCE.of(ui), &mut form.evidence, 400);
        name_ui(ui, words::DESTROY_WITNESS.of(ui), true, &mut form.witness);
        let label = words::DESTROY_PASSWORD.of(ui);
        password_ui(ui, label, true, &mut form.password);
        let idle = !form.destroyed.is_awaited();
        let write = danger(words::DESTROY_WRITE.of(ui));
        if ui.add_enabled(idle, write).clicked() {
            asks.push(Ask::Destroyed);
        }
        remote_ui(ui, &form.destroyed, intents, |ui, serial| {
            let done = words::DESTROY_DONE.with(ui, &[("serial", serial)]);
            verdict_ui(ui, PASS, &done, "");
        });
    });
}

fn line_ui(ui: &mut Ui, label: &str, text: &mut String, limit: usize) {
    let label = ui.label(RichText::new(label).font(strong(15.0)));
    let field = TextEdit::singleline(text)
        .font(regular(18.0))
        .margin(vec2(12.0, 10.0))
        .char_limit(limit)
        .desired_width(f32::INFINITY);
    ui.add(field).labelled_by(label.id);
    ui.add_space(4.0);
}
