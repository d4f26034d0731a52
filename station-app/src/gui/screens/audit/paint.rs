//! The audit log on the screen.

use eframe::egui::{Button, Key, ProgressBar, RichText, ScrollArea, TextEdit, Ui, vec2};

use super::table::table_ui;
use super::verdict::verdict_box_ui;
use super::{Ask, Audit};
use crate::gui::intent::Intent;
use crate::gui::paint::fault::fault_ui;
use crate::gui::paint::text::{heading_ui, nothing_ui, paragraph_ui, surface, text_ui};
use crate::gui::paint::theme::{PRIMARY, Palette, regular, strong};
use crate::gui::screens::{awaited_ui, end_of_session};
use crate::gui::view::log::MOST_FOUND;
use crate::gui::words;

/// Below this height the list would have no room under the tools: the page scrolls then; in
/// points.
const LOW: f32 = 480.0;

pub(super) fn audit_ui(ui: &mut Ui, audit: &mut Audit, intents: &mut Vec<Intent>) -> Vec<Ask> {
    let height = ui.available_height();
    if height >= LOW {
        return page_ui(ui, audit, None, intents);
    }
    let page = ScrollArea::vertical().auto_shrink(false);
    page.show(ui, |ui| page_ui(ui, audit, Some(height), intents))
        .inner
}

/// `list` is the height of the list where it does not simply take what is left.
fn page_ui(
    ui: &mut Ui,
    audit: &mut Audit,
    list: Option<f32>,
    intents: &mut Vec<Intent>,
) -> Vec<Ask> {
    let mut asks = Vec::new();
    heading_ui(ui, words::PLACE_AUDIT.of(ui));
    tools_ui(ui, audit, &mut asks);
    if audit.listed {
        checkpoints_ui(ui, audit);
    }
    verdict_box_ui(ui, &audit.verification, intents, &mut asks);
    exported_ui(ui, audit, intents);
    search_ui(ui, audit, &mut asks);
    if let Some(fault) = audit.log.fault() {
        end_of_session(fault, intents);
        fault_ui(ui, fault, false);
        return asks;
    }
    found_ui(ui, audit, &mut asks);
    match audit.log.count() {
        None => awaited_ui(ui),
        Some(0) if audit.log.is_searching() => {}
        Some(0) => nothing_ui(
            ui,
            words::AUDIT_NOTHING.of(ui),
            words::AUDIT_NOTHING_WHY.of(ui),
        ),
        Some(rows) => {
            let size = vec2(
                ui.available_width(),
                list.unwrap_or_else(|| ui.available_height()),
            );
            ui.allocate_ui(size, |ui| table_ui(ui, audit, rows, &mut asks));
        }
    }
    asks
}

fn tools_ui(ui: &mut Ui, audit: &Audit, asks: &mut Vec<Ask>) {
    let palette = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        let tools = [
            (
                words::AUDIT_VERIFY,
                audit.verification.is_under_way(),
                Ask::Verify,
            ),
            (words::AUDIT_SIGN, audit.signed.is_awaited(), Ask::Sign),
            (
                words::AUDIT_EXPORT,
                audit.exported.is_awaited(),
                Ask::Export,
            ),
            (words::AUDIT_LIST, false, Ask::ListCheckpoints),
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

/// All checkpoints, newest first, each as it was signed.
fn checkpoints_ui(ui: &mut Ui, audit: &Audit) {
    let palette = Palette::of(ui);
    let checkpoints = audit.checkpoints.value().map_or(&[][..], Vec::as_slice);
    surface(palette).show(ui, |ui| {
        ui.set_width(ui.available_width());
        if checkpoints.is_empty() {
            let none = words::AUDIT_NO_CHECKPOINT.of(ui);
            paragraph_ui(ui, none, regular(15.5), palette.weak);
        }
        let list = ScrollArea::vertical()
            .id_salt("checkpoints")
            .max_height(220.0);
        list.show(ui, |ui| {
            ui.set_width(ui.available_width());
            for checkpoint in checkpoints.iter().rev() {
                let when = words::moment(checkpoint.at_ms);
                let variables: [(_, &dyn ToString); 2] =
                    [("size", &checkpoint.size), ("when", &when)];
                let title = words::AUDIT_COVERS.with(ui, &variables);
                text_ui(ui, &title, strong(15.5), palette.text);
                let note = RichText::new(checkpoint.note.trim_end()).monospace();
                let note = eframe::egui::Label::new(note.size(12.5)).wrap();
                ui.add(note.selectable(true));
                ui.add_space(6.0);
            }
        });
    });
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
        let text = words::EXPORTED.with(ui, &[("path", &words::path(&folder))]);
        paragraph_ui(ui, &text, regular(15.5), Palette::of(ui).text);
    }
}

fn search_ui(ui: &mut Ui, audit: &mut Audit, asks: &mut Vec<Ask>) {
    let palette = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        let label = ui.label(RichText::new(words::SEARCH.of(ui)).font(strong(16.0)));
        let hint = RichText::new(words::AUDIT_SEARCH_HINT.of(ui)).color(palette.weak);
        let width = (ui.available_width() - 240.0).clamp(220.0, 560.0);
        let field = TextEdit::singleline(&mut audit.search)
            .hint_text(hint)
            .font(regular(17.0))
            .margin(vec2(12.0, 9.0))
            .char_limit(200)
            .desired_width(width);
        let field = ui.add(field).labelled_by(label.id);
        let enter = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if ui.button(words::SEARCH.of(ui)).clicked() || enter {
            asks.push(Ask::Search);
        }
        if ui.button(words::REFRESH.of(ui)).clicked() {
            asks.push(Ask::Refresh);
        }
    });
}

/// How many, and how far the search has come.
fn found_ui(ui: &mut Ui, audit: &Audit, asks: &mut Vec<Ask>) {
    let palette = Palette::of(ui);
    let Some(count) = audit.log.count() else {
        return;
    };
    ui.horizontal_wrapped(|ui| {
        let text = words::AUDIT_MATCHING.with(ui, &[("count", &count)]);
        text_ui(ui, &text, regular(15.0), palette.weak);
        if audit.log.is_cut() {
            let text = words::AUDIT_CUT.with(ui, &[("count", &MOST_FOUND)]);
            text_ui(ui, &text, regular(15.0), palette.bad);
        }
        if !audit.log.is_searching() {
            return;
        }
        let bar = ProgressBar::new(audit.log.searched().unwrap_or(0.0))
            .desired_width(220.0)
            .desired_height(10.0)
            .corner_radius(5)
            .fill(PRIMARY.fill);
        ui.add(bar);
        if ui.button(words::AUDIT_STOP.of(ui)).clicked() {
            asks.push(Ask::StopSearch);
        }
    });
}
