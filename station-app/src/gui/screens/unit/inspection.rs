//! Is the unit in a slot what its record says?

use cradle_procedure::attestation::Finding;
use eframe::egui::{Button, Ui};

use super::{Ask, Unit};
use crate::gui::intent::Intent;
use crate::gui::paint::icon::Icon;
use crate::gui::paint::row::{row_ui, section_ui};
use crate::gui::paint::text::{choice, paragraph_ui, verdict_ui};
use crate::gui::paint::theme::{FAIL, PASS, Palette, regular};
use crate::gui::screens::{Around, remote_ui};
use crate::gui::view::unit::UnitView;
use crate::gui::words;

pub(super) fn inspection_ui(
    ui: &mut Ui,
    unit: &Unit,
    view: &UnitView,
    around: &Around<'_>,
    intents: &mut Vec<Intent>,
    asks: &mut Vec<Ask>,
) {
    let bench = around.backend.bench();
    section_ui(ui, words::INSPECT_TITLE.of(ui), |ui| {
        let palette = Palette::of(ui);
        let why = words::INSPECT_WHY.of(ui);
        paragraph_ui(ui, why, regular(15.0), palette.weak);
        let busy = unit.findings.is_awaited();
        ui.horizontal_wrapped(|ui| {
            for slot in bench.slots.iter().filter(|slot| slot.occupied) {
                let name = words::slot(ui, slot.id);
                let button = choice(unit.slot == Some(slot.id), &name).frame(true);
                if ui.add_enabled(!busy, button).clicked() {
                    asks.push(Ask::Slot(slot.id));
                }
            }
            let begin = Button::new(words::INSPECT_BEGIN.of(ui));
            let may = unit.slot.is_some() && !busy;
            if ui.add_enabled(may, begin).clicked()
                && let Some(slot) = unit.slot
            {
                asks.push(Ask::Inspect(view.serial.clone(), slot));
            }
        });
        remote_ui(ui, &unit.findings, intents, |ui, findings| {
            findings_ui(ui, findings);
        });
    });
}

fn findings_ui(ui: &mut Ui, findings: &[Finding]) {
    let palette = Palette::of(ui);
    let differ = findings.iter().filter(|finding| !finding.holds()).count();
    match differ {
        0 => verdict_ui(ui, PASS, words::INSPECT_HOLDS.of(ui), ""),
        _ => {
            let text = words::INSPECT_DIFFERS.with(ui, &[("count", &differ)]);
            verdict_ui(ui, FAIL, &text, "");
        }
    }
    for finding in findings {
        let (icon, color, detail) = match finding.holds() {
            true => (Icon::Check, palette.good, finding.found.clone()),
            false => {
                let variables: [(_, &dyn ToString); 2] =
                    [("found", &finding.found), ("expected", &finding.expected)];
                let text = words::INSPECT_IS.with(ui, &variables);
                (Icon::Cross, palette.bad, text)
            }
        };
        row_ui(ui, icon, color, &finding.item, &detail);
    }
}
