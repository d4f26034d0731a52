//! Revoking one certificate by hand: which, why, and who is the second person.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::RevocationReason;
use eframe::egui::Ui;

use super::{Ask, Authority};
use crate::gui::backend::RevocationOrder;
use crate::gui::intent::Intent;
use crate::gui::paint::fault::fault_ui;
use crate::gui::paint::field::name_ui;
use crate::gui::paint::text::{choice, danger, paragraph_ui, surface, text_ui};
use crate::gui::paint::theme::{Palette, regular, strong};
use crate::gui::screens::two::{second_ui, settled_ui};
use crate::gui::words;

/// What is typed and chosen.
#[derive(Default)]
pub(super) struct Form {
    certificate: String,
    reason: Option<RevocationReason>,
}

impl Form {
    /// What it asks for.
    ///
    /// # Errors
    /// `CFG-03`.
    pub(super) fn order(&self) -> Result<RevocationOrder, Fault> {
        let invalid = |what: &str| Fault::new(Code::InputInvalid, what);
        let certificate = self.certificate.trim().to_lowercase();
        if certificate.is_empty() || !certificate.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(invalid("the serial number is not hexadecimal"));
        }
        let reason = self.reason.ok_or_else(|| invalid("no reason is chosen"))?;
        Ok(RevocationOrder {
            certificate,
            reason,
        })
    }
}

pub(super) fn revoke_ui(
    ui: &mut Ui,
    authority: &mut Authority,
    intents: &mut Vec<Intent>,
    asks: &mut Vec<Ask>,
) {
    let palette = Palette::of(ui);
    surface(palette).show(ui, |ui| {
        ui.set_width(ui.available_width());
        text_ui(ui, words::REVOKE_TITLE.of(ui), strong(20.0), palette.text);
        paragraph_ui(ui, words::REVOKE_WHY.of(ui), regular(15.0), palette.weak);
        ui.scope(|ui| {
            ui.set_max_width(460.0);
            let label = words::REVOKE_SERIAL.of(ui);
            name_ui(ui, label, true, &mut authority.form.certificate);
        });
        reasons_ui(ui, &mut authority.form.reason);
        ui.add_space(6.0);
        second_ui(ui, &mut authority.two);
        let busy = authority.revoked.is_awaited();
        let revoke = danger(words::REVOKE.of(ui));
        if ui.add_enabled(!busy, revoke).clicked() {
            asks.push(Ask::Revoke);
        }
        if let Some(fault) = &authority.refused {
            fault_ui(ui, fault, false);
        }
        settled_ui(ui, &authority.revoked, intents, |ui, bytes| {
            words::REVOKE_DONE.with(ui, &[("bytes", bytes)])
        });
    });
}

fn reasons_ui(ui: &mut Ui, chosen: &mut Option<RevocationReason>) {
    let palette = Palette::of(ui);
    text_ui(ui, words::RETIRE_BECAUSE.of(ui), strong(15.0), palette.text);
    ui.horizontal_wrapped(|ui| {
        for reason in RevocationReason::ALL {
            let name = words::revocation(*reason).of(ui);
            if ui.add(choice(*chosen == Some(*reason), name)).clicked() {
                *chosen = Some(*reason);
            }
        }
    });
}
