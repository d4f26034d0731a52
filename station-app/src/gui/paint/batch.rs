//! The bar above the slots: the batch at work, and how it goes.

use eframe::egui::{Align, Layout, ProgressBar, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::text::{line_ui, text_ui};
use super::theme::{PRIMARY, Palette, regular, strong};
use crate::gui::backend::BatchFacts;
use crate::gui::view::tally::{PIECES, Tally};
use crate::gui::words;

/// Below this width five columns are too many; in points.
const NARROW: f32 = 900.0;

/// The batch, and how the units went since the window was opened.
pub(super) fn batch_ui(ui: &mut Ui, batch: &BatchFacts, tally: &Tally, now_ms: u64) {
    if ui.available_width() < NARROW {
        let what = format!("{} · {}", batch.product, batch.release);
        ui.columns(2, |columns| {
            fact_ui(&mut columns[0], &what, batch.id.as_str());
            units_ui(&mut columns[1], batch);
        });
        return tally_text_ui(ui, tally, now_ms);
    }
    let facts = [
        (words::PRODUCT.of(ui), batch.product.as_str()),
        (words::RELEASE.of(ui), batch.release.as_str()),
        (words::BATCH.of(ui), batch.id.as_str()),
    ];
    ui.columns(5, |columns| {
        for (column, (what, value)) in columns.iter_mut().zip(facts) {
            fact_ui(column, what, value);
        }
        units_ui(&mut columns[3], batch);
        tally_ui(&mut columns[4], tally, now_ms);
    });
}

fn fact_ui(ui: &mut Ui, what: &str, value: &str) {
    let palette = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    line_ui(ui, what, regular(14.0), palette.weak);
    line_ui(ui, value, strong(20.0), palette.text);
}

/// Done and left of the quota.
fn units_ui(ui: &mut Ui, batch: &BatchFacts) {
    let palette = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = 8.0;
    ui.spacing_mut().interact_size.y = 18.0;
    ui.horizontal(|ui| {
        text_ui(ui, words::UNITS.of(ui), regular(14.0), palette.weak);
        let left = words::quota(ui, batch.done, batch.quota);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            line_ui(ui, &left, strong(15.0), palette.text);
        });
    });
    let part = batch.done as f32 / batch.quota.max(1) as f32;
    ui.add(
        ProgressBar::new(part)
            .desired_height(14.0)
            .corner_radius(7)
            .fill(PRIMARY.fill),
    );
}

fn tally_text_ui(ui: &mut Ui, tally: &Tally, now_ms: u64) {
    let palette = Palette::of(ui);
    let percent = tally.yield_percent();
    let percent = percent.map_or("–".to_owned(), |percent| format!("{percent} %"));
    let takt = tally.takt_ms(now_ms);
    let takt = takt.map_or("–".to_owned(), |ms| words::duration(ui, ms));
    let text = words::TALLY.with(ui, &[("yield", &percent), ("takt", &takt)]);
    line_ui(ui, &text, strong(15.0), palette.text);
}

/// Yield, takt, and a bar for each twelfth of the last hour.
fn tally_ui(ui: &mut Ui, tally: &Tally, now_ms: u64) {
    let palette = Palette::of(ui);
    ui.spacing_mut().item_spacing.y = 4.0;
    tally_text_ui(ui, tally, now_ms);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    let pieces = tally.last_hour(now_ms);
    let sum: u32 = pieces.iter().sum();
    let name = words::TALLY_HOUR.with(ui, &[("count", &sum)]);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    response.on_hover_text(&name);
    let most = pieces.iter().copied().max().unwrap_or(0).max(1) as f32;
    let width = rect.width() / PIECES as f32;
    for (at, units) in pieces.iter().enumerate() {
        let left = rect.left() + at as f32 * width;
        let height = (*units as f32 / most * rect.height()).max(2.0);
        let bar = Rect::from_min_max(
            pos2(left, rect.bottom() - height),
            pos2(left + width - 3.0, rect.bottom()),
        );
        let color = if *units > 0 {
            PRIMARY.fill
        } else {
            palette.line
        };
        ui.painter().rect_filled(bar, 1.0, color);
    }
}
