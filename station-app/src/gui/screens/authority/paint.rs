//! The certificate authority on the screen.

use cradle_procedure::role::Permission;
use cradle_records::RequestKind;
use eframe::egui::{Button, ScrollArea, Ui};

use super::{Ask, Authority};
use crate::gui::intent::Intent;
use crate::gui::paint::icon::Icon;
use crate::gui::paint::row::{row_ui, section_ui};
use crate::gui::paint::text::{fact_ui, heading_ui, paragraph_ui, verdict_ui};
use crate::gui::paint::theme::{CAUTION, PASS, Palette, regular, strong};
use crate::gui::screens::revocation::{revocation_ui, which_ui};
use crate::gui::screens::two::requests_ui;
use crate::gui::screens::{Around, remote_ui};
use crate::gui::view::authority::{AuthorityView, End, KeyView, ListView, TokenView};
use crate::gui::words;

const KINDS: &[RequestKind] = &[RequestKind::RevokeCertificate, RequestKind::KeyCeremony];

pub(super) fn authority_ui(
    ui: &mut Ui,
    authority: &mut Authority,
    around: &Around<'_>,
    intents: &mut Vec<Intent>,
) -> Vec<Ask> {
    let mut asks = Vec::new();
    let manages = around.may(Permission::ManageAuthority);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        heading_ui(ui, words::PLACE_AUTHORITY.of(ui));
        tools_ui(ui, authority, manages, intents, &mut asks);
        asks.extend(
            requests_ui(ui, &authority.revocation.two, KINDS, around, intents).map(Ask::Two),
        );
        remote_ui(ui, &authority.state, intents, |_, _| {});
        if let Some(view) = &authority.view {
            state_ui(ui, view);
        }
        if manages {
            section_ui(ui, words::REVOKE_TITLE.of(ui), |ui| {
                which_ui(ui, &mut authority.revocation);
                if revocation_ui(ui, &mut authority.revocation, intents) {
                    asks.push(Ask::Revoke);
                }
            });
        }
    });
    asks
}

fn tools_ui(
    ui: &mut Ui,
    authority: &Authority,
    manages: bool,
    intents: &mut Vec<Intent>,
    asks: &mut Vec<Ask>,
) {
    ui.horizontal_wrapped(|ui| {
        let idle = !authority.state.is_awaited();
        let refresh = Button::new(words::REFRESH.of(ui));
        if ui.add_enabled(idle, refresh).clicked() {
            asks.push(Ask::Refresh);
        }
        let idle = !authority.published.is_awaited();
        let publish = Button::new(words::CRL_PUBLISH.of(ui));
        if manages && ui.add_enabled(idle, publish).clicked() {
            asks.push(Ask::Publish);
        }
    });
    remote_ui(ui, &authority.published, intents, |ui, bytes| {
        let text = words::CRL_PUBLISHED.with(ui, &[("bytes", bytes)]);
        paragraph_ui(ui, &text, regular(15.5), Palette::of(ui).text);
    });
    ui.add_space(6.0);
}

fn state_ui(ui: &mut Ui, view: &AuthorityView) {
    match view.is_sound() {
        true => verdict_ui(ui, PASS, words::AUTHORITY_SOUND.of(ui), ""),
        false => {
            let why = words::AUTHORITY_ALARM_WHY.of(ui);
            verdict_ui(ui, CAUTION, words::AUTHORITY_ALARM.of(ui), why);
        }
    }
    ui.add_space(10.0);
    section_ui(ui, words::AUTHORITY_ENDS.of(ui), |ui| {
        for end in &view.ends {
            end_ui(ui, end);
        }
    });
    section_ui(ui, words::AUTHORITY_LISTS.of(ui), |ui| {
        if view.lists.is_empty() {
            let none = words::AUTHORITY_NO_LIST.of(ui);
            paragraph_ui(ui, none, regular(15.0), Palette::of(ui).weak);
        }
        for list in &view.lists {
            list_ui(ui, list);
        }
    });
    for token in &view.tokens {
        let title = words::AUTHORITY_TOKEN.with(ui, &[("token", &token.label)]);
        section_ui(ui, &title, |ui| token_ui(ui, token));
    }
    if let Some(why) = &view.root_away {
        let text = words::AUTHORITY_ROOT_AWAY.with(ui, &[("why", why)]);
        section_ui(ui, words::AUTHORITY_ROOT.of(ui), |ui| {
            paragraph_ui(ui, &text, regular(15.0), Palette::of(ui).text);
        });
    }
    certificates_ui(ui, view);
}

fn end_ui(ui: &mut Ui, end: &End) {
    let palette = Palette::of(ui);
    let name = words::ending(ui, end.what);
    let (icon, color, when) = match end.when {
        None => (
            Icon::Empty,
            palette.weak,
            words::AUTHORITY_NOT_MADE.of(ui).to_owned(),
        ),
        Some((at_ms, left)) => {
            let (when, left) = (words::moment(at_ms), words::span(ui, left));
            let variables: [(_, &dyn ToString); 2] = [("when", &when), ("left", &left)];
            let text = words::AUTHORITY_ENDS_ON.with(ui, &variables);
            match end.alarm {
                true => (Icon::Caution, palette.bad, text),
                false => (Icon::Check, palette.good, text),
            }
        }
    };
    row_ui(ui, icon, color, name, &when);
}

fn list_ui(ui: &mut Ui, list: &ListView) {
    let palette = Palette::of(ui);
    let word = match list.delta {
        true => words::AUTHORITY_DELTA,
        false => words::AUTHORITY_CRL,
    };
    let name = word.with(ui, &[("number", &list.number)]);
    let (made, until) = (words::moment(list.made_ms), words::moment(list.until_ms));
    let age = words::span(ui, list.age_s);
    let variables: [(_, &dyn ToString); 3] = [("made", &made), ("age", &age), ("until", &until)];
    let text = words::AUTHORITY_LIST_AGE.with(ui, &variables);
    let (icon, color) = match list.over {
        true => (Icon::Cross, palette.bad),
        false => (Icon::Check, palette.good),
    };
    row_ui(ui, icon, color, &name, &text);
}

fn token_ui(ui: &mut Ui, token: &TokenView) {
    let palette = Palette::of(ui);
    let facts = [
        (words::AUTHORITY_MODEL, &token.model),
        (words::AUTHORITY_MODULE, &token.module),
    ];
    for (what, value) in facts {
        fact_ui(ui, what.of(ui), value, regular(14.5));
    }
    if token.keys.is_empty() {
        let none = words::AUTHORITY_NO_KEYS.of(ui);
        paragraph_ui(ui, none, regular(15.0), palette.weak);
    }
    for key in &token.keys {
        key_ui(ui, key);
    }
    for label in &token.missing {
        let missing = words::AUTHORITY_MISSING.of(ui);
        row_ui(ui, Icon::Cross, palette.bad, label, missing);
    }
}

fn key_ui(ui: &mut Ui, key: &KeyView) {
    let palette = Palette::of(ui);
    let attributes = key.attributes.join(", ");
    match key.problems.as_slice() {
        [] => row_ui(ui, Icon::Check, palette.good, &key.label, &attributes),
        problems => {
            let text = format!("{}\n{attributes}", problems.join("; "));
            row_ui(ui, Icon::Caution, palette.bad, &key.label, &text);
        }
    }
}

fn certificates_ui(ui: &mut Ui, view: &AuthorityView) {
    if view.certificates.is_empty() {
        return;
    }
    section_ui(ui, words::AUTHORITY_CERTIFICATES.of(ui), |ui| {
        for certificate in &view.certificates {
            let color = Palette::of(ui).text;
            paragraph_ui(ui, &certificate.subject, strong(16.0), color);
            let validity = format!("{} – {}", certificate.validity.0, certificate.validity.1);
            let facts = [
                (words::SERIAL, &certificate.serial_number),
                (words::CERTIFICATE_ISSUER, &certificate.issuer),
                (words::CERTIFICATE_VALID, &validity),
            ];
            for (what, value) in facts {
                fact_ui(ui, what.of(ui), value, regular(14.5));
            }
            ui.add_space(6.0);
        }
    });
}
