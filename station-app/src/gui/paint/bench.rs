//! The bench: the batch, the scan line, and a card for each slot.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::SlotId;
use eframe::egui::{
    Align, Button, CentralPanel, Frame, Id, Layout, Margin, Panel, Rect, RichText, ScrollArea,
    Stroke, TextEdit, Ui, UiBuilder, Vec2, pos2, vec2,
};

use super::batch::batch_ui;
use super::card::{Card, card_ui};
use super::detail::detail_ui;
use super::fault::fault_ui;
use super::text::{choice, nothing_ui, paragraph_ui, primary, surface};
use super::theme::{CAUTION, PRIMARY, Palette, regular, strong};
use crate::gui::backend::{BenchFacts, Unfinished};
use crate::gui::intent::Intent;
use crate::gui::view::bench::BenchView;
use crate::gui::view::grid::Grid;
use crate::gui::view::slot::State;
use crate::gui::words;

const GAP: f32 = 14.0;
/// Room around the cards for the frame of the one that is chosen.
const RIM: f32 = 8.0;

/// Width from which all tools stand beside the scan line, in points.
const ROOMY: f32 = 900.0;
/// Smallest size of a tool, in points: its text gives the width.
const TOOL: Vec2 = vec2(0.0, 48.0);

/// What the bench screen shows.
pub(in crate::gui) struct BenchScreen<'a> {
    pub(in crate::gui) facts: &'a BenchFacts,
    pub(in crate::gui) view: &'a BenchView,
    /// The chosen slot.
    pub(in crate::gui) chosen: Option<SlotId>,
    /// Whether the steps of the chosen slot are shown.
    pub(in crate::gui) detail: bool,
    /// What was refused last.
    pub(in crate::gui) notice: Option<&'a Fault>,
    /// Why nothing can be started now.
    pub(in crate::gui) obstacle: Option<&'a Fault>,
    pub(in crate::gui) now_ms: u64,
    /// Whether boards are started by themselves when they come in.
    pub(in crate::gui) auto: bool,
    /// What is on the scan line.
    pub(in crate::gui) scan: &'a mut String,
}

/// The scan line's identity: keys that no other widget wants go there.
pub(in crate::gui) fn scan_id() -> Id {
    Id::unique("scan line")
}

/// The bench screen.
pub(in crate::gui) fn bench_ui(
    ui: &mut Ui,
    mut screen: BenchScreen<'_>,
    intents: &mut Vec<Intent>,
) {
    let palette = Palette::of(ui);
    let bar = Frame::new()
        .fill(palette.surface)
        .inner_margin(Margin::symmetric(16, 10));
    if let Some(batch) = &screen.facts.batch {
        Panel::top("batch").frame(bar).show(ui, |ui| {
            batch_ui(ui, batch, screen.view.tally(), screen.now_ms);
        });
    }
    let tools = Frame::new().fill(palette.page).inner_margin(Margin {
        left: 16,
        right: 16,
        top: 12,
        bottom: 2,
    });
    Panel::top("tools")
        .frame(tools)
        .show_separator_line(false)
        .show(ui, |ui| {
            tools_ui(ui, &mut screen, intents);
            notices_ui(ui, &screen, intents);
        });
    if let Some(view) = screen
        .chosen
        .filter(|_| screen.detail)
        .and_then(|slot| screen.view.get(slot))
    {
        let width = (ui.available_width() * 0.4).clamp(340.0, 520.0);
        Panel::right("detail")
            .frame(bar)
            .resizable(false)
            .exact_size(width)
            .show(ui, |ui| {
                let may_start = screen.obstacle.is_none();
                detail_ui(ui, view, &screen, may_start, intents);
            });
    }
    let page = Frame::new()
        .fill(palette.page)
        .inner_margin(Margin::same(16 - RIM as i8));
    CentralPanel::no_frame()
        .frame(page)
        .show(ui, |ui| slots_ui(ui, &screen, intents));
}

/// Scan line and tools: side by side, or in a narrow window one above the other.
fn tools_ui(ui: &mut Ui, screen: &mut BenchScreen<'_>, intents: &mut Vec<Intent>) {
    if ui.available_width() > ROOMY {
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                next_ui(ui, screen, intents);
                stop_ui(ui, screen, intents);
                auto_ui(ui, screen.auto, intents);
                start_ui(ui, screen, intents);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    scan_ui(ui, screen);
                });
            });
        });
    } else {
        ui.horizontal(|ui| scan_ui(ui, screen));
        ui.horizontal_wrapped(|ui| {
            start_ui(ui, screen, intents);
            auto_ui(ui, screen.auto, intents);
            stop_ui(ui, screen, intents);
            next_ui(ui, screen, intents);
        });
    }
}

fn start_ui(ui: &mut Ui, screen: &BenchScreen<'_>, intents: &mut Vec<Intent>) {
    let may = !screen.view.ready().is_empty() && screen.obstacle.is_none();
    let start = primary(words::START_ALL.of(ui))
        .shortcut_text(RichText::new("F5").color(PRIMARY.text))
        .min_size(TOOL);
    if ui.add_enabled(may, start).clicked() {
        intents.push(Intent::StartAll);
    }
}

fn stop_ui(ui: &mut Ui, screen: &BenchScreen<'_>, intents: &mut Vec<Intent>) {
    let stop = Button::new(words::STOP_ALL.of(ui))
        .shortcut_text("Shift F8")
        .min_size(TOOL);
    let working = screen.view.working().len();
    if ui.add_enabled(working > 0, stop).clicked() {
        intents.push(Intent::StopAll);
    }
}

fn next_ui(ui: &mut Ui, screen: &BenchScreen<'_>, intents: &mut Vec<Intent>) {
    let next = Button::new(words::NEXT_BOARDS.of(ui))
        .shortcut_text("F6")
        .min_size(TOOL);
    let ended = screen.view.ended().len();
    if ui.add_enabled(ended > 0, next).clicked() {
        intents.push(Intent::NextBoards);
    }
}

/// Whether boards are started by themselves: a switch that says in words how it stands.
fn auto_ui(ui: &mut Ui, auto: bool, intents: &mut Vec<Intent>) {
    let word = match auto {
        true => words::AUTO_ON,
        false => words::AUTO_OFF,
    };
    let name = word.of(ui);
    let key = RichText::new("F7");
    let button = choice(auto, name).min_size(TOOL);
    let button = match auto {
        true => button.shortcut_text(key.color(PRIMARY.text)),
        false => button.shortcut_text(key),
    };
    let response = ui.add(button).on_hover_text(words::AUTO_WHY.of(ui));
    if response.clicked() {
        intents.push(Intent::ToggleAuto);
    }
}

fn scan_ui(ui: &mut Ui, screen: &mut BenchScreen<'_>) {
    let palette = Palette::of(ui);
    let hint = match screen.chosen {
        Some(slot) => words::SCAN_SERIAL.with(ui, &[("slot", &slot)]),
        None => words::SCAN_SLOT.of(ui).to_owned(),
    };
    let label = ui.label(RichText::new(words::SCAN.of(ui)).font(strong(16.0)));
    let field = TextEdit::singleline(screen.scan)
        .id(scan_id())
        .hint_text(RichText::new(hint).color(palette.weak))
        .font(regular(18.0))
        .margin(vec2(12.0, 12.0))
        .char_limit(64)
        .desired_width(f32::INFINITY);
    ui.add(field).labelled_by(label.id);
}

fn notices_ui(ui: &mut Ui, screen: &BenchScreen<'_>, intents: &mut Vec<Intent>) {
    let no_batch = screen.facts.batch.is_none();
    let obstacle = screen.obstacle.filter(|_| !no_batch);
    let notice = screen.notice.filter(|notice| Some(*notice) != obstacle);
    let left_behind = left_behind(screen);
    if !left_behind.is_empty() && screen.view.working().is_empty() {
        ui.add_space(4.0);
        resume_ui(ui, &left_behind);
    }
    if let Some(fault) = obstacle {
        ui.add_space(4.0);
        if fault.code == Code::NotPermitted {
            // Nothing went wrong: who audits a batch looks at the line as well.
            let palette = Palette::of(ui);
            paragraph_ui(
                ui,
                words::BENCH_LOOK_ONLY.of(ui),
                regular(16.0),
                palette.weak,
            );
        } else {
            fault_ui(ui, fault, false);
        }
    }
    if let Some(fault) = notice {
        ui.add_space(4.0);
        if fault_ui(ui, fault, true) {
            intents.push(Intent::Escape);
        }
    }
}

/// Units that are not finished and that no card tells of.
fn left_behind<'a>(screen: &BenchScreen<'a>) -> Vec<&'a Unfinished> {
    let slots = screen.view.slots();
    let told = |unit: &&Unfinished| {
        !slots
            .iter()
            .any(|view| view.serial.as_ref() == Some(&unit.serial))
    };
    screen.facts.unfinished.iter().filter(told).collect()
}

/// What was left behind when the station stopped.
fn resume_ui(ui: &mut Ui, unfinished: &[&Unfinished]) {
    let name = |unit: &&Unfinished| match unit.slot {
        Some(slot) => format!("{} ({})", unit.serial, words::slot(ui, slot)),
        None => unit.serial.to_string(),
    };
    let units: Vec<_> = unfinished.iter().map(name).collect();
    let palette = Palette::of(ui);
    surface(palette)
        .stroke(Stroke::new(2.0, CAUTION.fill))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            let what = words::RESUME.with(ui, &[("units", &units.join(", "))]);
            paragraph_ui(ui, &what, strong(17.0), palette.text);
            paragraph_ui(ui, words::RESUME_WHY.of(ui), regular(16.0), palette.text);
        });
}

fn slots_ui(ui: &mut Ui, screen: &BenchScreen<'_>, intents: &mut Vec<Intent>) {
    let slots = screen.view.slots();
    let quiet = |state| matches!(state, State::Empty | State::Ready);
    if slots.is_empty() {
        return nothing_ui(ui, words::NO_SLOTS.of(ui), words::NO_SLOTS_WHY.of(ui));
    }
    if screen.facts.batch.is_none() && slots.iter().all(|view| quiet(view.state())) {
        return nothing_ui(ui, words::NO_BATCH.of(ui), words::NO_BATCH_WHY.of(ui));
    }
    let area = ui.available_size() - vec2(2.0 * RIM, 2.0 * RIM);
    let grid = Grid::fit(slots.len(), (area.x, area.y), GAP);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let origin = ui.max_rect().min + vec2(RIM, RIM);
        let (width, height) = grid.card;
        for (at, view) in slots.iter().enumerate() {
            let (row, column) = (at / grid.columns, at % grid.columns);
            let min = pos2(
                origin.x + column as f32 * (width + GAP),
                origin.y + row as f32 * (height + GAP),
            );
            let rect = Rect::from_min_size(min, vec2(width, height));
            let card = Card {
                view,
                chosen: screen.chosen == Some(view.slot),
                may_start: screen.obstacle.is_none(),
                journey: screen.view.journey().len(),
                now_ms: screen.now_ms,
                scale: grid.scale,
            };
            ui.scope_builder(UiBuilder::new().max_rect(rect).id_salt(view.slot.0), |ui| {
                card_ui(ui, rect, &card, intents);
            });
        }
        ui.add_space(RIM);
    });
}
