//! Which units carry a component.

use cradle_records::Carrier;
use eframe::egui::{Align, Key, Rect, ScrollArea, Ui, vec2};

use super::{Ask, Releases};
use crate::gui::intent::Intent;
use crate::gui::paint::field::name_ui;
use crate::gui::paint::row::{ROW, cells_ui, section_ui};
use crate::gui::paint::text::{paragraph_ui, text_ui};
use crate::gui::paint::theme::{Palette, regular};
use crate::gui::screens::remote_ui;
use crate::gui::words;

/// Height of the list, in points.
const HEIGHT: f32 = 260.0;

pub(super) fn carriers_ui(
    ui: &mut Ui,
    releases: &mut Releases,
    intents: &mut Vec<Intent>,
    asks: &mut Vec<Ask>,
) {
    let top = ui.cursor().min;
    if std::mem::take(&mut releases.jump) {
        let rest = ui.available_width();
        let section = Rect::from_min_size(top, vec2(rest, HEIGHT + 180.0));
        ui.scroll_to_rect(section, Some(Align::BOTTOM));
    }
    section_ui(ui, words::CARRIERS.of(ui), |ui| {
        ui.horizontal_top(|ui| {
            let fields = [
                (words::CARRIERS_COMPONENT, &mut releases.component),
                (words::CARRIERS_BELOW, &mut releases.below),
            ];
            let mut enter = false;
            for (name, text) in fields {
                ui.allocate_ui(vec2(260.0, 70.0), |ui| {
                    ui.vertical(|ui| {
                        let field = name_ui(ui, name.of(ui), true, text);
                        let pressed = ui.input(|input| input.key_pressed(Key::Enter));
                        enter |= field.lost_focus() && pressed;
                    });
                });
            }
            ui.vertical(|ui| {
                // Beside the fields, not their labels.
                ui.add_space(28.0);
                if ui.button(words::SEARCH.of(ui)).clicked() || enter {
                    asks.push(Ask::Carriers);
                }
            });
        });
        let mut shown = None;
        remote_ui(ui, &releases.carriers, intents, |ui, carriers| {
            shown = list_ui(ui, carriers);
        });
        intents.extend(shown);
    });
}

/// The units; the one whose history is asked for.
fn list_ui(ui: &mut Ui, carriers: &[Carrier]) -> Option<Intent> {
    let palette = Palette::of(ui);
    let count = words::CARRIERS_COUNT.with(ui, &[("count", &carriers.len())]);
    text_ui(ui, &count, regular(15.0), palette.weak);
    if carriers.is_empty() {
        let none = words::CARRIERS_NONE.of(ui);
        paragraph_ui(ui, none, regular(15.0), palette.text);
        return None;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical()
        .id_salt("carriers")
        .max_height(HEIGHT);
    let mut wanted = None;
    area.show_rows(ui, ROW, carriers.len(), |ui, shown| {
        for carrier in &carriers[shown] {
            let row = cells_ui(
                ui,
                &[
                    (carrier.serial.as_str(), 0.24),
                    (words::unit_state(carrier.state).of(ui), 0.2),
                    (carrier.batch.as_str(), 0.2),
                    (carrier.release.as_str(), 0.2),
                    (&carrier.version, 0.16),
                ],
            );
            if row.clicked() {
                wanted = Some(Intent::ShowUnit(carrier.serial.clone()));
            }
        }
    });
    wanted
}
