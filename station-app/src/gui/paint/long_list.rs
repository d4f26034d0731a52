//! A list of any length, of which only the rows that are seen are painted.
//!
//! A scroll area measures its content in 32-bit pixels, which from half a million rows on are
//! coarser than a row. Here the place is kept as a row number instead.

use std::ops::Range;

use eframe::egui::{Key, Modifiers, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::theme::Palette;

/// Width of the bar at the right.
pub(in crate::gui) const BAR: f32 = 16.0;
/// Smallest length of its handle: a gloved finger has to find it.
const HANDLE: f32 = 44.0;

/// Where in the list the person is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(in crate::gui) struct Place {
    /// First row that is seen, with the part of it that is not.
    top: f64,
}

/// Shows the rows around the place and moves it as wheel, bar and keys (Page Up, Page Down,
/// Ctrl Home, Ctrl End) say. Gives the rows that are seen.
pub(in crate::gui) fn long_list_ui(
    ui: &mut Ui,
    place: &mut Place,
    rows: u64,
    height: f32,
    name: &str,
    mut row_ui: impl FnMut(&mut Ui, u64),
) -> Range<u64> {
    let area = ui.available_rect_before_wrap();
    let page = f64::from(area.height() / height);
    let most = (rows as f64 - page).max(0.0);
    let (list, bar) = area.split_left_right_at_x(area.right() - BAR);
    moved(ui, place, area, page, height);
    if most > 0.0 {
        bar_ui(ui, bar, place, most, page, name);
    }
    place.top = place.top.clamp(0.0, most);

    let first = place.top.floor() as u64;
    let last = ((place.top + page).ceil() as u64).min(rows);
    let hidden = (place.top.fract() as f32) * height;
    ui.scope_builder(UiBuilder::new().max_rect(list), |ui| {
        ui.set_clip_rect(list.intersect(ui.clip_rect()));
        for row in first..last {
            let y = list.top() - hidden + (row - first) as f32 * height;
            let rect = Rect::from_min_size(pos2(list.left(), y), vec2(list.width(), height));
            ui.scope_builder(UiBuilder::new().max_rect(rect).id_salt(row), |ui| {
                row_ui(ui, row);
            });
        }
    });
    ui.advance_cursor_after_rect(area);
    first..last
}

/// Wheel and keys.
fn moved(ui: &Ui, place: &mut Place, area: Rect, page: f64, height: f32) {
    if ui.rect_contains_pointer(area) {
        let wheel = ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta.y));
        place.top -= f64::from(wheel / height);
    }
    let keys = [
        (Modifiers::NONE, Key::PageUp, -(page - 1.0).max(1.0)),
        (Modifiers::NONE, Key::PageDown, (page - 1.0).max(1.0)),
        (Modifiers::COMMAND, Key::Home, f64::NEG_INFINITY),
        (Modifiers::COMMAND, Key::End, f64::INFINITY),
    ];
    for (modifiers, key, by) in keys {
        if ui.input_mut(|input| input.consume_key(modifiers, key)) {
            place.top += by;
        }
    }
}

fn bar_ui(ui: &Ui, bar: Rect, place: &mut Place, most: f64, page: f64, name: &str) {
    let palette = Palette::of(ui);
    let share = (page / (most + page)) as f32;
    let length = (bar.height() * share).max(HANDLE).min(bar.height());
    let way = bar.height() - length;
    let id = ui.scope_id().with("bar");
    let response = ui.interact(bar, id, Sense::drag());
    response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, name));
    if let Some(pointer) = response.interact_pointer_pos()
        && way > 0.0
    {
        let at = (pointer.y - bar.top() - length / 2.0) / way;
        place.top = f64::from(at.clamp(0.0, 1.0)) * most;
    }
    let part = (place.top.clamp(0.0, most) / most) as f32;
    let top = bar.top() + way * part;
    let handle = Rect::from_min_size(pos2(bar.left() + 4.0, top), vec2(BAR - 6.0, length));
    let color = match response.hovered() || response.dragged() || response.has_focus() {
        true => palette.accent,
        false => palette.weak,
    };
    ui.painter().rect_filled(handle, 5.0, color);
}
