//! A certificate in words, and revoking it.

use eframe::egui::{Button, Ui};

use super::Ask;
use crate::gui::intent::Intent;
use crate::gui::paint::text::{fact_ui, text_ui};
use crate::gui::paint::theme::{Palette, regular, strong};
use crate::gui::screens::revocation::{Revocation, revocation_ui};
use crate::gui::view::unit::{CertificateView, NO_END};
use crate::gui::words;

pub(super) fn certificate_ui(ui: &mut Ui, certificate: &CertificateView) {
    let palette = Palette::of(ui);
    let title = words::CERTIFICATE.with(ui, &[("serial", &certificate.serial_number)]);
    text_ui(ui, &title, strong(17.0), palette.text);
    let (status, color) = match certificate.revoked {
        Some((at_ms, reason)) => {
            let (when, why) = (words::moment(at_ms), words::revocation(reason).of(ui));
            let variables: [(_, &dyn ToString); 2] = [("when", &when), ("reason", &why)];
            (words::CERTIFICATE_REVOKED.with(ui, &variables), palette.bad)
        }
        None => (words::CERTIFICATE_GOOD.of(ui).to_owned(), palette.good),
    };
    text_ui(ui, &status, strong(15.5), color);
    let (from, until) = &certificate.validity;
    let until = match until.as_str() {
        NO_END => words::CERTIFICATE_NO_END.of(ui),
        until => until,
    };
    let validity = format!("{from} – {until}");
    let extensions = certificate.extensions.join(", ");
    let facts = [
        (words::CERTIFICATE_SUBJECT, &certificate.subject),
        (words::CERTIFICATE_ISSUER, &certificate.issuer),
        (words::CERTIFICATE_VALID, &validity),
        (words::CERTIFICATE_EXTENSIONS, &extensions),
    ];
    for (what, value) in facts {
        fact_ui(ui, what.of(ui), value, regular(14.5));
    }
}

/// A button that opens the questions, and the questions once it was pressed.
pub(super) fn revoke_ui(
    ui: &mut Ui,
    certificate: &CertificateView,
    revocation: &mut Option<Revocation>,
    intents: &mut Vec<Intent>,
    asks: &mut Vec<Ask>,
) {
    let name = &certificate.serial_number;
    ui.add_space(6.0);
    let open = revocation.as_mut().filter(|one| one.is_of(name));
    let button = Button::new(words::REVOKE_TITLE.of(ui)).selected(open.is_some());
    if ui.add(button).clicked() {
        asks.push(Ask::ThinkOf(name.clone()));
    }
    if let Some(revocation) = open
        && revocation_ui(ui, revocation, intents)
    {
        asks.push(Ask::Revoke);
    }
}
