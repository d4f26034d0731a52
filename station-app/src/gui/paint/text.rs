//! Small pieces that all screens are made of.

use std::sync::Arc;

use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Align, Button, Color32, CornerRadius, FontId, Frame, Galley, Label, Layout, Margin, Response,
    RichText, Role, Sense, Stroke, Ui, WidgetInfo, vec2,
};

use super::theme::{CAUTION, FAIL, Ink, PRIMARY, Palette, regular, strong};
use crate::gui::words;

/// A line or paragraph.
pub(in crate::gui) fn text_ui(ui: &mut Ui, text: &str, font: FontId, color: Color32) -> Response {
    ui.add(Label::new(RichText::new(text).font(font).color(color)))
}

/// A paragraph that wraps.
pub(in crate::gui) fn paragraph_ui(
    ui: &mut Ui,
    text: &str,
    font: FontId,
    color: Color32,
) -> Response {
    ui.add(Label::new(RichText::new(text).font(font).color(color)).wrap())
}

/// One line that ends in an ellipsis where there is no room; the pointer shows the rest.
pub(in crate::gui) fn line_ui(ui: &mut Ui, text: &str, font: FontId, color: Color32) -> Response {
    ui.add(Label::new(RichText::new(text).font(font).color(color)).truncate())
}

/// A paragraph of at most so many rows, painted where the caller wants it.
pub(in crate::gui) fn rows(
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
pub(in crate::gui) fn primary(text: &str) -> Button<'_> {
    Button::new(primary_label(text, 16.0)).fill(PRIMARY.fill)
}

/// A button for what cannot be undone.
pub(in crate::gui) fn danger(text: &str) -> Button<'_> {
    Button::new(primary_label(text, 16.0)).fill(FAIL.fill)
}

/// One of several to choose from.
pub(in crate::gui) fn choice(chosen: bool, text: &str) -> Button<'_> {
    let text = RichText::new(text);
    match chosen {
        true => Button::new(text.color(PRIMARY.text))
            .selected(true)
            .fill(PRIMARY.fill),
        false => Button::new(text),
    }
}

/// What is written on it.
pub(in crate::gui) fn primary_label(text: &str, size: f32) -> RichText {
    RichText::new(text).font(strong(size)).color(PRIMARY.text)
}

/// A framed area on the page.
pub(in crate::gui) fn surface(palette: &Palette) -> Frame {
    Frame::new()
        .fill(palette.surface)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(CornerRadius::same(12))
        .inner_margin(Margin::same(16))
}

/// A word on a coloured ground.
pub(in crate::gui) fn badge_ui(ui: &mut Ui, text: &str, ink: Ink) -> Response {
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
pub(in crate::gui) fn training_ui(ui: &mut Ui, roomy: bool) {
    let text = if roomy {
        words::TRAINING_LONG.of(ui)
    } else {
        words::TRAINING.of(ui)
    };
    badge_ui(ui, text, CAUTION);
}

/// What a screen says when it has nothing to show.
pub(in crate::gui) fn nothing_ui(ui: &mut Ui, what: &str, why: &str) {
    let palette = Palette::of(ui);
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.3).min(180.0));
        ui.set_max_width(520.0);
        text_ui(ui, what, strong(28.0), palette.text);
        ui.add_space(4.0);
        paragraph_ui(ui, why, regular(17.0), palette.weak);
    });
}

/// A verdict that is seen from afar: a word on its colour, and what it is about.
pub(in crate::gui) fn verdict_ui(ui: &mut Ui, ink: Ink, word: &str, detail: &str) {
    Frame::new()
        .fill(ink.fill)
        .corner_radius(CornerRadius::same(10))
        .inner_margin(Margin::same(14))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 4.0;
            paragraph_ui(ui, word, strong(24.0), ink.text);
            if !detail.is_empty() {
                paragraph_ui(ui, detail, regular(15.5), ink.text);
            }
        });
}

/// What a screen is called, at its top.
pub(in crate::gui) fn heading_ui(ui: &mut Ui, text: &str) {
    let color = Palette::of(ui).text;
    let heading = text_ui(ui, text, strong(28.0), color);
    heading.widget_info(|| WidgetInfo::labeled(Role::Heading, true, text));
    ui.add_space(6.0);
}

/// A name and a value, which wraps: a digest that is cut short cannot be compared.
pub(in crate::gui) fn fact_ui(ui: &mut Ui, what: &str, value: &str, font: FontId) {
    let palette = Palette::of(ui);
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.horizontal_top(|ui| {
            let width = vec2(FACT_WIDTH.min(ui.available_width() * 0.4), 20.0);
            ui.allocate_ui_with_layout(width, Layout::left_to_right(Align::Min), |ui| {
                ui.set_min_width(width.x);
                line_ui(ui, what, regular(14.5), palette.weak);
            });
            let value = RichText::new(value).font(font).color(palette.text);
            ui.add(Label::new(value).wrap().selectable(true));
        });
    });
}

/// Width of what is before the values of [`fact_ui`], where there is room.
const FACT_WIDTH: f32 = 170.0;
