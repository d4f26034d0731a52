//! The steps of one slot, and what to do when one failed.

use cradle_procedure::step::{Outcome, StepReport};
use eframe::egui::{Align, Button, Layout, ProgressBar, RichText, ScrollArea, Sense, Ui, vec2};

use super::bench::BenchScreen;
use super::card::{progress_text, slot_buttons_ui};
use super::fault::fault_ui;
use super::icon::Icon;
use super::text::{badge_ui, line_ui, text_ui};
use super::theme::{PRIMARY, Palette, regular, strong};
use crate::gui::intent::Intent;
use crate::gui::view::slot::{SlotView, part};
use crate::gui::words;

/// The pane beside the cards.
pub(super) fn detail_ui(
    ui: &mut Ui,
    view: &SlotView,
    screen: &BenchScreen<'_>,
    may_start: bool,
    intents: &mut Vec<Intent>,
) {
    head_ui(ui, view, screen, intents);
    ui.add_space(4.0);
    ui.horizontal(|ui| slot_buttons_ui(ui, view, may_start, 42.0, intents));
    ui.add_space(4.0);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        if let Some(fault) = view.fault() {
            fault_ui(ui, fault, false);
            ui.add_space(8.0);
        }
        steps_ui(ui, view, screen.now_ms);
    });
}

fn head_ui(ui: &mut Ui, view: &SlotView, screen: &BenchScreen<'_>, intents: &mut Vec<Intent>) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        text_ui(ui, &words::slot(ui, view.slot), strong(26.0), palette.text);
        let word = words::state(view.state()).of(ui);
        badge_ui(ui, word, palette.state(view.state()));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui
                .add(Button::new(words::CLOSE.of(ui)).shortcut_text("F4"))
                .clicked()
            {
                intents.push(Intent::ToggleDetail);
            }
        });
    });
    let fact = |ui: &mut Ui, what: &str, value: &str| {
        ui.horizontal(|ui| {
            let label = vec2(72.0, 20.0);
            ui.allocate_ui_with_layout(label, Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_width(label.x);
                text_ui(ui, what, regular(14.5), palette.weak);
            });
            line_ui(ui, value, regular(15.5), palette.text);
        });
    };
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        ui.spacing_mut().item_spacing.y = 2.0;
        if let Some(serial) = &view.serial {
            fact(ui, words::SERIAL.of(ui), serial.as_str());
        }
        if let Some(uid) = &view.uid {
            fact(ui, words::CHIP.of(ui), &uid.to_string());
        }
        if let Some(elapsed) = view.elapsed_ms(screen.now_ms) {
            fact(ui, words::TIME.of(ui), &words::duration(ui, elapsed));
        }
        let facts = screen.facts.slots.iter().find(|fact| fact.id == view.slot);
        if let Some(facts) = facts {
            fact(ui, words::WIRING.of(ui), &facts.description);
        }
    });
}

/// The steps that ended, and the one under way with its progress and the time left.
pub(in crate::gui) fn steps_ui(ui: &mut Ui, view: &SlotView, now_ms: u64) {
    let palette = Palette::of(ui);
    let running = view.work().and_then(|work| work.step);
    if view.steps.is_empty() && running.is_none() {
        text_ui(ui, words::NO_STEPS.of(ui), regular(16.0), palette.weak);
        return;
    }
    text_ui(ui, words::STEPS.of(ui), strong(18.0), palette.text);
    for report in &view.steps {
        step_ui(ui, report);
    }
    running_ui(ui, view, now_ms);
}

/// The step under way, if there is one: how far it is, and how long it and the unit still take.
pub(in crate::gui) fn running_ui(ui: &mut Ui, view: &SlotView, now_ms: u64) {
    let palette = Palette::of(ui);
    let Some((work, step)) = view.work().and_then(|work| Some((work, work.step?))) else {
        return;
    };
    let progress = work.progress.map(part);
    let icon = Icon::Ring(progress.unwrap_or(0.25));
    row_ui(ui, icon, palette.accent, |ui| {
        text_ui(ui, words::step(step).of(ui), strong(16.0), palette.text);
        if let Some(part) = progress {
            ui.add(
                ProgressBar::new(part)
                    .desired_height(10.0)
                    .corner_radius(5)
                    .fill(PRIMARY.fill),
            );
        }
        let unit = view.left_ms(now_ms).map(|left| words::unit_left(ui, left));
        let said: Vec<_> = progress_text(ui, view, now_ms)
            .into_iter()
            .chain(unit)
            .collect();
        if !said.is_empty() {
            line_ui(ui, &said.join(" · "), regular(14.5), palette.weak);
        }
    });
}

fn step_ui(ui: &mut Ui, report: &StepReport) {
    let palette = Palette::of(ui);
    let (icon, color) = match report.outcome {
        Outcome::Done | Outcome::Already => (Icon::Check, palette.good),
        Outcome::NotAsked => (Icon::Empty, palette.weak),
        Outcome::Failed => (Icon::Cross, palette.bad),
    };
    row_ui(ui, icon, color, |ui| {
        ui.horizontal(|ui| {
            text_ui(
                ui,
                words::step(report.id).of(ui),
                strong(16.0),
                palette.text,
            );
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let time = words::duration(ui, report.duration_ms);
                text_ui(ui, &time, regular(14.5), palette.weak);
            });
        });
        let how = match (report.verification, &report.code) {
            (Some(how), _) => format!(
                "{}, {}",
                words::outcome(report.outcome).of(ui),
                words::verification(how).of(ui)
            ),
            (None, Some(code)) => format!("{}, {code}", words::outcome(report.outcome).of(ui)),
            (None, None) => words::outcome(report.outcome).of(ui).to_owned(),
        };
        line_ui(ui, &how, regular(14.5), palette.weak);
        if !report.detail.is_empty() {
            let detail = RichText::new(&report.detail)
                .monospace()
                .size(12.5)
                .color(palette.weak);
            ui.add(eframe::egui::Label::new(detail).wrap().selectable(true));
        }
    });
}

fn row_ui(ui: &mut Ui, icon: Icon, color: eframe::egui::Color32, add: impl FnOnce(&mut Ui)) {
    ui.add_space(3.0);
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(20.0, 20.0), Sense::hover());
        icon.paint(ui.painter(), rect, color);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.spacing_mut().interact_size.y = 20.0;
            add(ui);
        });
    });
}
