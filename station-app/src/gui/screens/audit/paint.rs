//! The audit log on the screen.

use cradle_procedure::fault::Code;
use cradle_records::audit::AuditLine;
use eframe::egui::{
    Align, Align2, Button, Key, Layout, RichText, Role, ScrollArea, Sense, TextEdit, Ui,
    WidgetInfo, pos2, vec2,
};

use super::{Ask, Audit};
use crate::gui::intent::Intent;
use crate::gui::paint::fault::fault_ui;
use crate::gui::paint::text::{heading_ui, nothing_ui, paragraph_ui, surface, text_ui, verdict_ui};
use crate::gui::paint::theme::{FAIL, PASS, Palette, regular, strong};
use crate::gui::screens::{awaited_ui, end_of_session};
use crate::gui::words;

const ROW: f32 = 30.0;

pub(super) fn audit_ui(ui: &mut Ui, audit: &mut Audit, intents: &mut Vec<Intent>) -> Vec<Ask> {
    let mut asks = Vec::new();
    heading_ui(ui, words::PLACE_AUDIT.of(ui));
    tools_ui(ui, audit, &mut asks);
    verdict_box_ui(ui, audit, intents);
    exported_ui(ui, audit, intents);
    search_ui(ui, audit, &mut asks);
    if let Some(fault) = audit.pages.fault() {
        end_of_session(fault, intents);
        fault_ui(ui, fault, false);
        return asks;
    }
    match audit.pages.matching() {
        None => awaited_ui(ui),
        Some(0) => nothing_ui(
            ui,
            words::AUDIT_NOTHING.of(ui),
            words::AUDIT_NOTHING_WHY.of(ui),
        ),
        Some(matching) => table_ui(ui, audit, matching, &mut asks),
    }
    asks
}

fn tools_ui(ui: &mut Ui, audit: &Audit, asks: &mut Vec<Ask>) {
    let palette = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        let tools = [
            (words::AUDIT_VERIFY, audit.verdict.is_awaited(), Ask::Verify),
            (words::AUDIT_SIGN, audit.signed.is_awaited(), Ask::Sign),
            (
                words::AUDIT_EXPORT,
                audit.exported.is_awaited(),
                Ask::Export,
            ),
        ];
        for (name, busy, ask) in tools {
            if ui.add_enabled(!busy, Button::new(name.of(ui))).clicked() {
                asks.push(ask);
            }
        }
        if let Some(last) = audit.checkpoints.value().and_then(|all| all.last()) {
            let when = words::moment(last.at_ms);
            let kept = audit.checkpoints.value().map_or(0, Vec::len);
            let text = words::AUDIT_CHECKPOINTS.with(
                ui,
                &[("count", &kept), ("size", &last.size), ("when", &when)],
            );
            text_ui(ui, &text, regular(15.0), palette.weak);
        }
    });
}

/// The verdict on the whole log, as clear as a slot's.
fn verdict_box_ui(ui: &mut Ui, audit: &Audit, intents: &mut Vec<Intent>) {
    let verdict = &audit.verdict;
    if verdict.is_awaited() {
        ui.horizontal(|ui| {
            awaited_ui(ui);
            text_ui(
                ui,
                words::AUDIT_VERIFYING.of(ui),
                regular(16.0),
                Palette::of(ui).text,
            );
        });
        return;
    }
    if let Some(fault) = verdict.fault() {
        end_of_session(fault, intents);
        if fault.code == Code::AuditBroken {
            verdict_ui(ui, FAIL, words::AUDIT_BROKEN.of(ui), &fault.detail);
        }
        fault_ui(ui, fault, false);
    } else if let Some(report) = verdict.value() {
        let detail = words::AUDIT_HOLDS_WHY
            .with(ui, &[("entries", &report.entries), ("root", &report.root)]);
        verdict_ui(ui, PASS, words::AUDIT_HOLDS.of(ui), &detail);
    }
}

fn exported_ui(ui: &mut Ui, audit: &Audit, intents: &mut Vec<Intent>) {
    for fault in [audit.exported.fault(), audit.signed.fault()]
        .into_iter()
        .flatten()
    {
        end_of_session(fault, intents);
        fault_ui(ui, fault, false);
    }
    if let Some(folder) = audit.export_folder() {
        let path = folder.display();
        let text = words::EXPORTED.with(ui, &[("path", &path)]);
        paragraph_ui(ui, &text, regular(15.5), Palette::of(ui).text);
    }
}

fn search_ui(ui: &mut Ui, audit: &mut Audit, asks: &mut Vec<Ask>) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        let label = ui.label(RichText::new(words::SEARCH.of(ui)).font(strong(16.0)));
        let hint = RichText::new(words::AUDIT_SEARCH_HINT.of(ui)).color(palette.weak);
        let field = TextEdit::singleline(&mut audit.search)
            .hint_text(hint)
            .font(regular(17.0))
            .margin(vec2(12.0, 9.0))
            .char_limit(200)
            .desired_width(420.0);
        let field = ui.add(field).labelled_by(label.id);
        let enter = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if ui.button(words::SEARCH.of(ui)).clicked() || enter {
            asks.push(Ask::Search);
        }
        if ui.button(words::REFRESH.of(ui)).clicked() {
            asks.push(Ask::Refresh);
        }
        if let Some(matching) = audit.pages.matching() {
            let text = words::AUDIT_MATCHING.with(ui, &[("count", &matching)]);
            text_ui(ui, &text, regular(15.0), palette.weak);
        }
        if audit.pages.is_awaited() {
            awaited_ui(ui);
        }
    });
}

/// Left edges of the columns, as parts of the width; entry number and time are fixed.
fn columns(left: f32, width: f32) -> [f32; 5] {
    let rest = width - 290.0;
    [
        left + 8.0,
        left + 100.0,
        left + 290.0,
        left + 290.0 + rest * 0.38,
        left + 290.0 + rest * 0.74,
    ]
}

fn table_ui(ui: &mut Ui, audit: &Audit, matching: u64, asks: &mut Vec<Ask>) {
    let palette = Palette::of(ui);
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    let names = [
        words::AUDIT_ENTRY,
        words::TIME,
        words::AUDIT_EVENT,
        words::AUDIT_SUBJECT,
        words::AUDIT_WHO,
    ];
    for (x, name) in columns(head.left(), head.width()).into_iter().zip(names) {
        let at = pos2(x, head.center().y);
        let name = name.of(ui);
        ui.painter()
            .text(at, Align2::LEFT_CENTER, name, strong(14.5), palette.weak);
    }
    if let Some(line) = audit.open.and_then(|entry| audit.pages.entry(entry)) {
        surface(palette).show(ui, |ui| {
            ui.set_width(ui.available_width());
            particulars_ui(ui, line);
        });
    }
    let rows = usize::try_from(matching).unwrap_or(usize::MAX);
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical()
        .auto_shrink(false)
        .show_rows(ui, ROW, rows, |ui, shown| {
            asks.push(Ask::Rows(shown.start as u64..shown.end as u64));
            for row in shown {
                row_ui(ui, audit, row as u64, asks);
            }
        });
}

fn row_ui(ui: &mut Ui, audit: &Audit, row: u64, asks: &mut Vec<Ask>) {
    let palette = Palette::of(ui);
    let size = vec2(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let Some(line) = audit.pages.line(row) else {
        response.widget_info(|| WidgetInfo::labeled(Role::Row, true, "…"));
        let at = pos2(rect.left() + 8.0, rect.center().y);
        ui.painter()
            .text(at, Align2::LEFT_CENTER, "…", regular(15.0), palette.weak);
        return;
    };
    let who = line.operator.as_deref().unwrap_or("–");
    let cells = [
        line.entry.to_string(),
        words::moment(line.time_ms),
        line.event.clone(),
        line.subject.clone(),
        who.to_owned(),
    ];
    response.widget_info(|| WidgetInfo::labeled(Role::Row, true, cells.join(", ")));
    let open = audit.open == Some(line.entry);
    if open || response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 4.0, palette.raised);
    }
    if response.has_focus() {
        let stroke = eframe::egui::Stroke::new(2.0, palette.accent);
        let inside = eframe::egui::StrokeKind::Inside;
        ui.painter().rect_stroke(rect, 4.0, stroke, inside);
    }
    let lefts = columns(rect.left(), rect.width());
    for (at, cell) in cells.iter().enumerate() {
        let right = lefts.get(at + 1).map_or(rect.right(), |next| next - 10.0);
        let clip = eframe::egui::Rect::from_min_max(
            pos2(lefts[at], rect.top()),
            pos2(right, rect.bottom()),
        );
        let color = if at < 2 { palette.weak } else { palette.text };
        ui.painter()
            .with_clip_rect(clip.intersect(ui.clip_rect()))
            .text(
                pos2(lefts[at], rect.center().y),
                Align2::LEFT_CENTER,
                cell,
                regular(15.0),
                color,
            );
    }
    if response.clicked() {
        asks.push(Ask::Open(line.entry));
    }
}

fn particulars_ui(ui: &mut Ui, line: &AuditLine) {
    let palette = Palette::of(ui);
    ui.with_layout(Layout::top_down(Align::Min), |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        let title = format!("{} · {} {}", line.entry, line.event, line.subject);
        text_ui(ui, &title, strong(16.0), palette.text);
        let station = line.station.as_deref().unwrap_or("–");
        let who = line.operator.as_deref().unwrap_or("–");
        let whence = format!("{} · {who} · {station}", words::moment(line.time_ms));
        text_ui(ui, &whence, regular(14.5), palette.weak);
        let facts = RichText::new(&line.facts).monospace().size(13.0);
        ui.add(eframe::egui::Label::new(facts).wrap().selectable(true));
    });
}
