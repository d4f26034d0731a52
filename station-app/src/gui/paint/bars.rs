//! Plots: one bar for each figure, with its number beside it, so that no axis has to be read.

use eframe::egui::{Align2, Color32, FontId, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::text::text_ui;
use super::theme::{Palette, regular, strong};

/// One bar.
pub(in crate::gui) struct Bar {
    /// What it stands for.
    pub(in crate::gui) name: String,
    /// Its parts, in the same unit, with their colours.
    pub(in crate::gui) parts: Vec<(f32, Color32)>,
    /// The figure in words.
    pub(in crate::gui) figure: String,
}

const ROW: f32 = 26.0;

/// Bars under a title; nothing at all when there is none.
pub(in crate::gui) fn bars_ui(ui: &mut Ui, title: &str, bars: &[Bar]) {
    if bars.is_empty() {
        return;
    }
    let palette = Palette::of(ui);
    ui.add_space(10.0);
    text_ui(ui, title, strong(16.0), palette.text);
    let whole = |bar: &Bar| bar.parts.iter().map(|(part, _)| part).sum::<f32>();
    let largest = bars
        .iter()
        .map(whole)
        .fold(0.0, f32::max)
        .max(f32::MIN_POSITIVE);
    let font = regular(14.5);
    let width = |ui: &Ui, text: &str| layout_width(ui, text, &font);
    let widest = |ui: &Ui, text: fn(&Bar) -> &str| {
        bars.iter()
            .map(|bar| width(ui, text(bar)))
            .fold(0.0, f32::max)
    };
    let names = widest(ui, |bar| &bar.name).min(ui.available_width() * 0.45) + 12.0;
    let figures = widest(ui, |bar| &bar.figure) + 12.0;
    ui.spacing_mut().item_spacing.y = 0.0;
    for bar in bars {
        let size = vec2(ui.available_width(), ROW);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let spoken = format!("{}: {}", bar.name, bar.figure);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
        let middle = rect.center().y;
        let name = Rect::from_min_max(rect.min, pos2(rect.left() + names - 8.0, rect.bottom()));
        ui.painter()
            .with_clip_rect(name.intersect(ui.clip_rect()))
            .text(
                pos2(rect.left(), middle),
                Align2::LEFT_CENTER,
                &bar.name,
                font.clone(),
                palette.text,
            );
        let room = (rect.width() - names - figures).max(20.0);
        let mut left = rect.left() + names;
        for (part, color) in &bar.parts {
            let length = part / largest * room;
            let size = vec2(length, ROW - 10.0);
            let piece = Rect::from_min_size(pos2(left, middle - size.y / 2.0), size);
            ui.painter().rect_filled(piece, 3.0, *color);
            left += length;
        }
        ui.painter().text(
            pos2(left + 8.0, middle),
            Align2::LEFT_CENTER,
            &bar.figure,
            font.clone(),
            palette.text,
        );
    }
}

fn layout_width(ui: &Ui, text: &str, font: &FontId) -> f32 {
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), font.clone(), Color32::WHITE);
    galley.size().x
}
