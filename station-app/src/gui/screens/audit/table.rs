//! The entries that are seen, as a table.

use cradle_records::audit::{AuditLine, AuditRow};
use eframe::egui::{
    Align, Align2, Color32, Label, Layout, Rect, Response, RichText, Role, ScrollArea, Sense,
    Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::{Ask, Audit};
use crate::gui::paint::long_list::{BAR, long_list_ui};
use crate::gui::paint::text::{surface, text_ui};
use crate::gui::paint::theme::{Palette, regular, strong};
use crate::gui::words;

const ROW: f32 = 30.0;

/// Below this width there is room for number, time and event only; in points.
const NARROW: f32 = 620.0;

/// Left edges of the columns; number and time are as wide as they are, the rest shares the room.
/// A column that begins at the right edge is not shown: pressing the row tells it.
fn columns(left: f32, width: f32) -> [f32; 5] {
    if width < NARROW {
        let right = left + width;
        return [left + 8.0, left + 84.0, left + 250.0, right, right];
    }
    let rest = width - 310.0;
    [
        left + 8.0,
        left + 110.0,
        left + 310.0,
        left + 310.0 + rest * 0.38,
        left + 310.0 + rest * 0.74,
    ]
}

pub(super) fn table_ui(ui: &mut Ui, audit: &mut Audit, rows: u64, asks: &mut Vec<Ask>) {
    if let Some((entry, row)) = audit.open.and_then(|e| Some((e, audit.log.entry(e)?))) {
        surface(Palette::of(ui)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            particulars_ui(ui, entry, row);
        });
    }
    head_ui(ui);
    let (log, open) = (&audit.log, audit.open);
    let name = words::PLACE_AUDIT.of(ui);
    let seen = long_list_ui(ui, &mut audit.place, rows, ROW, name, |ui, row| {
        if let Some(entry) = log.entry_in(row) {
            row_ui(ui, entry, log.entry(entry), open == Some(entry), asks);
        }
    });
    asks.push(Ask::Rows(seen));
}

fn head_ui(ui: &mut Ui) {
    let palette = Palette::of(ui);
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    let names = [
        words::AUDIT_ENTRY,
        words::TIME,
        words::AUDIT_EVENT,
        words::AUDIT_SUBJECT,
        words::AUDIT_WHO,
    ];
    let width = head.width() - BAR;
    for (x, name) in columns(head.left(), width).into_iter().zip(names) {
        if x >= head.left() + width {
            break;
        }
        let at = pos2(x, head.center().y);
        let name = name.of(ui);
        ui.painter()
            .text(at, Align2::LEFT_CENTER, name, strong(14.5), palette.weak);
    }
}

fn row_ui(ui: &mut Ui, entry: u64, row: Option<&AuditRow>, open: bool, asks: &mut Vec<Ask>) {
    let palette = Palette::of(ui);
    let size = vec2(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let number = entry.to_string();
    let (cells, color): ([&str; 5], Color32) = match row {
        Some(AuditRow::Line(line)) => {
            let when = words::moment(line.time_ms);
            let who = line.operator.as_deref().unwrap_or("–");
            let cells = [&number, &when, &*line.event, &*line.subject, who];
            return line_ui(ui, rect, &response, &cells, palette.text, open, entry, asks);
        }
        Some(AuditRow::Gone) => ([&number, "", words::AUDIT_GONE.of(ui), "", ""], palette.bad),
        Some(AuditRow::Unreadable(_)) => (
            [&number, "", words::AUDIT_UNREADABLE.of(ui), "", ""],
            palette.bad,
        ),
        None => ([&number, "…", "", "", ""], palette.weak),
    };
    line_ui(ui, rect, &response, &cells, color, open, entry, asks);
}

#[allow(clippy::too_many_arguments, reason = "one row, painted in one place")]
fn line_ui(
    ui: &Ui,
    rect: Rect,
    response: &Response,
    cells: &[&str; 5],
    color: Color32,
    open: bool,
    entry: u64,
    asks: &mut Vec<Ask>,
) {
    let palette = Palette::of(ui);
    response.widget_info(|| WidgetInfo::labeled(Role::Row, true, cells.join(", ")));
    if open || response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 4.0, palette.raised);
    }
    if response.has_focus() {
        let stroke = Stroke::new(2.0, palette.accent);
        ui.painter()
            .rect_stroke(rect, 4.0, stroke, StrokeKind::Inside);
    }
    let lefts = columns(rect.left(), rect.width());
    for (at, cell) in cells.iter().enumerate() {
        let right = lefts.get(at + 1).map_or(rect.right(), |next| next - 10.0);
        let room = Rect::from_min_max(pos2(lefts[at], rect.top()), pos2(right, rect.bottom()));
        let color = if at < 2 { palette.weak } else { color };
        let painter = ui.painter().with_clip_rect(room.intersect(ui.clip_rect()));
        let place = pos2(lefts[at], rect.center().y);
        painter.text(place, Align2::LEFT_CENTER, cell, regular(15.0), color);
    }
    if response.clicked() {
        asks.push(Ask::Open(entry));
    }
}

fn particulars_ui(ui: &mut Ui, entry: u64, row: &AuditRow) {
    let palette = Palette::of(ui);
    ui.with_layout(Layout::top_down(Align::Min), |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        match row {
            AuditRow::Line(line) => line_particulars_ui(ui, line),
            AuditRow::Gone => {
                let title = format!("{entry} · {}", words::AUDIT_GONE.of(ui));
                text_ui(ui, &title, strong(16.0), palette.bad);
            }
            AuditRow::Unreadable(text) => {
                let title = format!("{entry} · {}", words::AUDIT_UNREADABLE.of(ui));
                text_ui(ui, &title, strong(16.0), palette.bad);
                raw_ui(ui, text);
            }
        }
    });
}

fn line_particulars_ui(ui: &mut Ui, line: &AuditLine) {
    let palette = Palette::of(ui);
    let title = format!("{} · {} {}", line.entry, line.event, line.subject);
    text_ui(ui, &title, strong(16.0), palette.text);
    let station = line.station.as_deref().unwrap_or("–");
    let who = line.operator.as_deref().unwrap_or("–");
    let whence = format!("{} · {who} · {station}", words::moment(line.time_ms));
    text_ui(ui, &whence, regular(14.5), palette.weak);
    raw_ui(ui, &line.facts);
}

fn raw_ui(ui: &mut Ui, text: &str) {
    ScrollArea::vertical().max_height(140.0).show(ui, |ui| {
        let text = RichText::new(text).monospace().size(13.0);
        ui.add(Label::new(text).wrap().selectable(true));
    });
}
