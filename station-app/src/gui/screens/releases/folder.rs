//! The release in the station's folder: every check, and putting it on record.

use cradle_procedure::fault::Code;
use cradle_procedure::role::Permission;
use eframe::egui::{Button, Ui};

use super::{Ask, Releases};
use crate::gui::backend::{ReleaseChecked, ReleaseFacts};
use crate::gui::intent::Intent;
use crate::gui::paint::fault::fault_ui;
use crate::gui::paint::icon::Icon;
use crate::gui::paint::row::{row_ui, section_ui};
use crate::gui::paint::text::{fact_ui, paragraph_ui, primary, verdict_ui};
use crate::gui::paint::theme::{FAIL, PASS, Palette, regular};
use crate::gui::screens::two::{second_ui, settled_ui};
use crate::gui::screens::{Around, remote_ui};
use crate::gui::view::release::{CheckState, checks};
use crate::gui::words;

pub(super) fn folder_ui(
    ui: &mut Ui,
    releases: &mut Releases,
    around: &Around<'_>,
    intents: &mut Vec<Intent>,
    asks: &mut Vec<Ask>,
) {
    let imports = around.may(Permission::ImportRelease);
    section_ui(ui, words::RELEASE_FOLDER.of(ui), |ui| {
        let why = words::RELEASE_FOLDER_WHY.of(ui);
        paragraph_ui(ui, why, regular(15.0), Palette::of(ui).weak);
        tools_ui(ui, releases, imports, asks);
        remote_ui(ui, &releases.checked, intents, checked_ui);
        let imported = &releases.imported;
        remote_ui(ui, imported, intents, |ui, id| {
            if imported.fault().is_none() {
                let text = words::RELEASE_IMPORTED_WHY.with(ui, &[("release", id)]);
                verdict_ui(ui, PASS, words::RELEASE_IMPORTED.of(ui), &text);
            }
        });
        let fault = imported.fault();
        let unknown_key = fault.is_some_and(|fault| fault.code == Code::ReleaseKeyUnknown);
        if imports && (unknown_key || releases.trusted.value().is_some()) {
            trust_ui(ui, releases, intents, asks);
        }
    });
}

fn tools_ui(ui: &mut Ui, releases: &Releases, imports: bool, asks: &mut Vec<Ask>) {
    ui.horizontal_wrapped(|ui| {
        let idle = !releases.checked.is_awaited();
        let check = Button::new(words::RELEASE_CHECK.of(ui));
        if ui.add_enabled(idle, check).clicked() {
            asks.push(Ask::Check);
        }
        let checked = releases.checked.value();
        let sound = checked.is_some_and(|checked| checked.verdict.is_ok());
        let idle = !releases.imported.is_awaited();
        let import = primary(words::RELEASE_IMPORT.of(ui));
        if imports && ui.add_enabled(sound && idle, import).clicked() {
            asks.push(Ask::Import);
        }
    });
}

/// Each check with what became of it.
fn checked_ui(ui: &mut Ui, checked: &ReleaseChecked) {
    let palette = Palette::of(ui);
    let folder = checked.folder.display().to_string();
    paragraph_ui(ui, &folder, regular(14.5), palette.weak);
    for (check, state) in checks(checked) {
        let (icon, color, word) = match state {
            CheckState::Passed => (Icon::Check, palette.good, words::CHECK_PASSED),
            CheckState::Failed => (Icon::Cross, palette.bad, words::CHECK_FAILED),
            CheckState::NotMade => (Icon::Empty, palette.weak, words::CHECK_NOT_MADE),
        };
        let name = words::release_check(check).of(ui);
        row_ui(ui, icon, color, name, word.of(ui));
    }
    match &checked.verdict {
        Ok(facts) => {
            verdict_ui(ui, PASS, words::RELEASE_SOUND.of(ui), facts.id.as_str());
            facts_ui(ui, facts);
        }
        Err(fault) => {
            verdict_ui(ui, FAIL, words::RELEASE_REFUSED.of(ui), "");
            fault_ui(ui, fault, false);
        }
    }
}

fn facts_ui(ui: &mut Ui, facts: &ReleaseFacts) {
    let facts = [
        (words::RELEASE_COUNTER, facts.minimum_version.to_string()),
        (words::RELEASE_MANIFEST, facts.manifest.to_string()),
        (words::RELEASE_KEY, facts.key.to_string()),
    ];
    for (what, value) in facts {
        fact_ui(ui, what.of(ui), &value, regular(14.5));
    }
}

/// Letting the release key in, which takes two people.
fn trust_ui(ui: &mut Ui, releases: &mut Releases, intents: &mut Vec<Intent>, asks: &mut Vec<Ask>) {
    ui.add_space(6.0);
    second_ui(ui, &mut releases.two);
    let idle = !releases.trusted.is_awaited();
    let trust = Button::new(words::RELEASE_TRUST.of(ui));
    if ui.add_enabled(idle, trust).clicked() {
        asks.push(Ask::Trust);
    }
    if let Some(fault) = &releases.refused {
        fault_ui(ui, fault, false);
    }
    settled_ui(ui, &releases.trusted, intents, |ui, key| {
        words::RELEASE_TRUSTED.with(ui, &[("key", key)])
    });
}
