//! Revoking one certificate by hand: which, why, and who is the second person. The same wherever
//! it is offered.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::RevocationReason;
use eframe::egui::Ui;

use super::Around;
use super::two::{Two, second_ui, settled_ui};
use crate::gui::backend::RevocationOrder;
use crate::gui::intent::Intent;
use crate::gui::paint::fault::fault_ui;
use crate::gui::paint::field::name_ui;
use crate::gui::paint::text::{choice, danger, paragraph_ui, text_ui};
use crate::gui::paint::theme::{Palette, regular, strong};
use crate::gui::view::remote::Remote;
use crate::gui::words;
use crate::two_people::Settled;

/// A revocation that somebody thinks of.
#[derive(Default)]
pub(super) struct Revocation {
    certificate: String,
    reason: Option<RevocationReason>,
    pub(super) two: Two,
    /// What was typed is not valid.
    refused: Option<Fault>,
    revoked: Remote<Settled<usize>>,
}

impl Revocation {
    /// The one of that certificate (serial number, hexadecimal).
    pub(super) fn of(certificate: &str) -> Self {
        Self {
            certificate: certificate.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn is_of(&self, certificate: &str) -> bool {
        self.certificate == certificate
    }

    /// Takes in what was answered; whether anything was.
    pub(super) fn look(&mut self) -> bool {
        self.revoked.look()
    }

    /// Asks for it.
    pub(super) fn execute(&mut self, around: &Around<'_>) {
        self.refused = self.ask(around).err();
    }

    fn ask(&mut self, around: &Around<'_>) -> Result<(), Fault> {
        let order = self.order()?;
        let second = self.two.second()?;
        self.revoked.clear();
        self.revoked.ask(around.backend.revoke(order, second));
        Ok(())
    }

    fn order(&self) -> Result<RevocationOrder, Fault> {
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

/// The field for the certificate, where it is not known which.
pub(super) fn which_ui(ui: &mut Ui, revocation: &mut Revocation) {
    ui.scope(|ui| {
        ui.set_max_width(460.0);
        let label = words::REVOKE_SERIAL.of(ui);
        name_ui(ui, label, true, &mut revocation.certificate);
    });
}

/// Reason, second person, and what came of it; whether it is to be done.
pub(super) fn revocation_ui(
    ui: &mut Ui,
    revocation: &mut Revocation,
    intents: &mut Vec<Intent>,
) -> bool {
    let palette = Palette::of(ui);
    paragraph_ui(ui, words::REVOKE_WHY.of(ui), regular(15.0), palette.weak);
    reasons_ui(ui, &mut revocation.reason);
    ui.add_space(6.0);
    second_ui(ui, &mut revocation.two);
    let busy = revocation.revoked.is_awaited();
    let revoke = danger(words::REVOKE.of(ui));
    let wanted = ui.add_enabled(!busy, revoke).clicked();
    if let Some(fault) = &revocation.refused {
        fault_ui(ui, fault, false);
    }
    settled_ui(ui, &revocation.revoked, intents, |ui, bytes| {
        words::REVOKE_DONE.with(ui, &[("bytes", bytes)])
    });
    wanted
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
