//! Small pieces that all screens are made of.

use std::sync::Arc;

use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Button, Color32, CornerRadius, FontId, Frame, Galley, Label, Margin, Response, RichText, Role,
    Sense, Stroke, Ui, WidgetInfo, vec2,
};

use super::theme::{CAUTION, Ink, PRIMARY, Palette, regular, strong};
use crate::gui::words;

/// A line or paragraph.
pub(super) fn text_ui(ui: &mut Ui, text: &str, font: FontId, color: Color32) -> Response {
    ui.add(Label::new(RichText::new(text).font(font).color(color)))
}

/// A paragraph that wraps.
pub(super) fn paragraph_ui(ui: &mut Ui, text: &str, font: FontId, color: Color32) -> Response {
    ui.add(Label::new(RichText::new(text).font(font).color(color)).wrap())
}

/// One line that ends in an ellipsis where there is no room; the pointer shows the rest.
pub(super) fn line_ui(ui: &mut Ui, text: &str, font: FontId, color: Color32) -> Response {
    ui.add(Label::new(RichText::new(text).font(font).color(color)).truncate())
}

/// A paragraph of at most so many rows, painted where the caller wants it.
pub(super) fn rows(
    ui: &Ui,
    text: &str,
    font: FontId,
    color: Color32,
    width: f32,
    max_rows: usize,
) -> Arc<Galley> {
    let mut job = LayoutJob::simple(text.to_owned(), font, color, width);
    job.wrap.max_rows = max_rows;
    ui.painter().layout_job(job)
}

/// The one button of a screen that matters most.
pub(super) fn primary(text: &str) -> Button<'_> {
    Button::new(primary_label(text, 16.0)).fill(PRIMARY.fill)
}

/// What is written on it.
pub(super) fn primary_label(text: &str, size: f32) -> RichText {
    RichText::new(text).font(strong(size)).color(PRIMARY.text)
}

/// A framed area on the page.
pub(super) fn surface(palette: &Palette) -> Frame {
    Frame::new()
        .fill(palette.surface)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(CornerRadius::same(12))
        .inner_margin(Margin::same(16))
}

/// A word on a coloured ground.
pub(super) fn badge_ui(ui: &mut Ui, text: &str, ink: Ink) -> Response {
    let font = strong(14.0);
    let word = ui.painter().layout_no_wrap(text.to_owned(), font, ink.text);
    let pad = vec2(10.0, 5.0);
    let (rect, response) = ui.allocate_exact_size(word.size() + 2.0 * pad, Sense::hover());
    ui.painter().rect_filled(rect, 6.0, ink.fill);
    ui.painter().galley(rect.min + pad, word, ink.text);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    response
}

/// Says that this is the virtual bench.
pub(super) fn training_ui(ui: &mut Ui, roomy: bool) {
    let text = if roomy {
        words::TRAINING_LONG
    } else {
        words::TRAINING
    };
    badge_ui(ui, text, CAUTION);
}

/// What a screen says when it has nothing to show.
pub(super) fn nothing_ui(ui: &mut Ui, what: &str, why: &str) {
    let palette = Palette::of(ui);
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.3).min(180.0));
        ui.set_max_width(520.0);
        text_ui(ui, what, strong(28.0), palette.text);
        ui.add_space(4.0);
        paragraph_ui(ui, why, regular(17.0), palette.weak);
    });
}
