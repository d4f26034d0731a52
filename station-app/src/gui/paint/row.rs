//! Sections of a page, and what stands in them: rows with an icon, rows of a table.

use eframe::egui::{
    Align2, Color32, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::icon::Icon;
use super::text::{paragraph_ui, surface, text_ui};
use super::theme::{Palette, regular, strong};

/// Height of a row of a table, in points.
pub(in crate::gui) const ROW: f32 = 30.0;

/// A framed part of a page under its title.
pub(in crate::gui) fn section_ui(ui: &mut Ui, title: &str, add: impl FnOnce(&mut Ui)) {
    let palette = Palette::of(ui);
    surface(palette).show(ui, |ui| {
        ui.set_width(ui.available_width());
        text_ui(ui, title, strong(20.0), palette.text);
        add(ui);
    });
    ui.add_space(10.0);
}

/// An icon, a title, and what there is to say about it.
pub(in crate::gui) fn row_ui(ui: &mut Ui, icon: Icon, color: Color32, title: &str, detail: &str) {
    let palette = Palette::of(ui);
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(22.0, 22.0), Sense::hover());
        icon.paint(ui.painter(), rect, color);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            paragraph_ui(ui, title, strong(16.0), palette.text);
            if !detail.is_empty() {
                paragraph_ui(ui, detail, regular(14.5), palette.weak);
            }
        });
    });
}

/// A row of a table that can be pressed: each cell with its share of the width.
pub(in crate::gui) fn cells_ui(ui: &mut Ui, cells: &[(&str, f32)]) -> Response {
    let palette = Palette::of(ui);
    let size = vec2(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let said: Vec<_> = cells.iter().map(|(text, _)| *text).collect();
    response.widget_info(|| WidgetInfo::labeled(Role::Row, true, said.join(", ")));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 4.0, palette.raised);
    }
    if response.has_focus() {
        response.scroll_to_me(None);
        let stroke = Stroke::new(2.0, palette.accent);
        ui.painter()
            .rect_stroke(rect, 4.0, stroke, StrokeKind::Inside);
    }
    let mut left = rect.left() + 8.0;
    for (text, share) in cells {
        let right = left + (rect.width() - 16.0) * share;
        let clip = Rect::from_min_max(pos2(left, rect.top()), pos2(right - 8.0, rect.bottom()));
        ui.painter()
            .with_clip_rect(clip.intersect(ui.clip_rect()))
            .text(
                pos2(left, rect.center().y),
                Align2::LEFT_CENTER,
                text,
                regular(15.0),
                palette.text,
            );
        left = right;
    }
    response
}
