//! The rail at the left: the screens that the person may use.

use cradle_procedure::role::Role;
use eframe::egui::{
    Align2, Frame, Margin, Panel, Role as WidgetRole, ScrollArea, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, vec2,
};

use super::theme::{PRIMARY, Palette, regular, strong};
use crate::gui::intent::Intent;
use crate::gui::place::Place;

/// Room for the longest name in any language, and its key.
const WIDTH: f32 = 172.0;

/// The rail; `here` is the screen that is shown.
pub(in crate::gui) fn rail_ui(
    ui: &mut Ui,
    (role, training): (Role, bool),
    here: Place,
    intents: &mut Vec<Intent>,
) {
    let palette = Palette::of(ui);
    let frame = Frame::new()
        .fill(palette.surface)
        .inner_margin(Margin::symmetric(8, 10));
    Panel::left("rail")
        .frame(frame)
        .resizable(false)
        .exact_size(WIDTH)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            // At twice the size a small screen does not hold all of them.
            ScrollArea::vertical().show(ui, |ui| {
                for (at, place) in Place::of(role, training).into_iter().enumerate() {
                    if entry_ui(ui, at + 1, place, place == here) {
                        intents.push(Intent::Go(place));
                    }
                }
            });
        });
}

/// One entry; whether it was pressed.
fn entry_ui(ui: &mut Ui, number: usize, place: Place, here: bool) -> bool {
    let palette = Palette::of(ui);
    let name = place.word().of(ui);
    let size = vec2(ui.available_width(), 44.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(WidgetRole::Tab, true, here, name));
    let ink = if here { PRIMARY.text } else { palette.text };
    if here {
        ui.painter().rect_filled(rect, 8.0, PRIMARY.fill);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 8.0, palette.raised);
    }
    if response.has_focus() {
        response.scroll_to_me(None);
        let stroke = Stroke::new(2.5, palette.text);
        ui.painter()
            .rect_stroke(rect, 8.0, stroke, StrokeKind::Inside);
    }
    let font = if here { strong(16.0) } else { regular(16.0) };
    let left = rect.left_center() + vec2(12.0, 0.0);
    ui.painter()
        .text(left, Align2::LEFT_CENTER, name, font, ink);
    let weak = if here { PRIMARY.text } else { palette.weak };
    let right = rect.right_center() - vec2(10.0, 0.0);
    ui.painter()
        .text(right, Align2::RIGHT_CENTER, number, regular(13.0), weak);
    response.clicked()
}
