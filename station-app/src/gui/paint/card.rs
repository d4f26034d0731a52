//! One slot as a card: a block of colour with icon and word for 3 m, the rest for close by.

use cradle_procedure::step::StepId;
use eframe::egui::{
    Align, Align2, Button, CornerRadius, Layout, ProgressBar, Rect, Response, RichText, Role,
    Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::icon::Icon;
use super::text::{primary_label, rows};
use super::theme::{Ink, PRIMARY, Palette, regular, strong};
use crate::gui::intent::Intent;
use crate::gui::view::slot::{SlotView, State, Work, part};
use crate::gui::{texts, words};

/// What a card shows.
pub(super) struct Card<'a> {
    pub(super) view: &'a SlotView,
    pub(super) chosen: bool,
    pub(super) may_start: bool,
    pub(super) now_ms: u64,
    /// How many steps it has in all.
    pub(super) journey: usize,
    /// What type sizes are multiplied with.
    pub(super) scale: f32,
}

const ROUND: u8 = 12;
const PAD: f32 = 12.0;

/// Paints the card into `rect`. A click or Enter on it opens its steps.
pub(super) fn card_ui(ui: &mut Ui, rect: Rect, card: &Card<'_>, intents: &mut Vec<Intent>) {
    let palette = Palette::of(ui);
    let state = card.view.state();
    let response = ui.allocate_rect(rect, Sense::click());
    let spoken = spoken(ui, card);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
    if response.clicked() {
        intents.push(Intent::OpenDetail(card.view.slot));
    }
    if response.has_focus() {
        response.scroll_to_me(None);
    }
    if !ui.is_rect_visible(rect) {
        return;
    }

    ui.painter().rect_filled(rect, ROUND, palette.surface);
    let block_height = (rect.height() * 0.40).max(78.0);
    let (block, rest) = rect.split_top_bottom_at_y(rect.top() + block_height);
    block_ui(ui, block, card, palette.state(state));
    outline_ui(ui, rect, card.chosen, &response);

    let button_height = (42.0 * card.scale).clamp(32.0, 52.0);
    let rest = rest.shrink2(vec2(PAD, PAD * card.scale.min(1.0)));
    let (body, buttons) = match state {
        State::Empty => (rest, None),
        _ => {
            let (body, row) = rest.split_top_bottom_at_y(rest.bottom() - button_height);
            (body, Some(row))
        }
    };
    body_ui(ui, body, card);
    if let Some(row) = buttons {
        let row = UiBuilder::new()
            .max_rect(row)
            .layout(Layout::left_to_right(Align::Center));
        ui.scope_builder(row, |ui| {
            slot_buttons_ui(ui, card.view, card.may_start, button_height, intents);
        });
    }
}

/// What a screen reader says of the card.
fn spoken(ui: &Ui, card: &Card<'_>) -> String {
    let view = card.view;
    let mut parts = vec![
        words::slot(ui, view.slot),
        words::state(view.state()).of(ui).to_owned(),
    ];
    parts.extend(view.serial.as_ref().map(ToString::to_string));
    if let Some(step) = view.work().and_then(|work| work.step) {
        parts.push(words::step(step).of(ui).to_owned());
        parts.extend(progress_text(ui, view, card.now_ms));
        let left = view.left_ms(card.now_ms);
        parts.extend(left.map(|left| words::unit_left(ui, left)));
    }
    if let Some(fault) = view.fault() {
        parts.push(fault.code.id().to_owned());
        parts.push(texts::what(ui, fault.code).to_owned());
        parts.push(texts::remedy(ui, fault.code).to_owned());
    }
    parts.join(", ")
}

fn outline_ui(ui: &Ui, rect: Rect, chosen: bool, response: &Response) {
    let palette = Palette::of(ui);
    let painter = ui.painter();
    painter.rect_stroke(
        rect,
        ROUND,
        Stroke::new(1.0, palette.line),
        StrokeKind::Inside,
    );
    if chosen || response.hovered() {
        let width = if chosen { 4.0 } else { 2.0 };
        let stroke = Stroke::new(width, palette.accent);
        painter.rect_stroke(rect, ROUND, stroke, StrokeKind::Outside);
    }
    if response.has_focus() {
        let stroke = Stroke::new(2.5, palette.text);
        painter.rect_stroke(rect.expand(4.0), ROUND + 4, stroke, StrokeKind::Outside);
    }
}

/// Slot number, time, icon and word on the state's colour.
fn block_ui(ui: &Ui, block: Rect, card: &Card<'_>, ink: Ink) {
    let painter = ui.painter();
    let round = CornerRadius {
        nw: ROUND,
        ne: ROUND,
        sw: 0,
        se: 0,
    };
    painter.rect_filled(block, round, ink.fill);

    let scale = card.scale;
    let number = card.view.slot.to_string();
    let corner = block.min + vec2(PAD, PAD * 0.4);
    painter.text(
        corner,
        Align2::LEFT_TOP,
        number,
        strong(30.0 * scale),
        ink.text,
    );
    if let Some(elapsed) = card.view.elapsed_ms(card.now_ms) {
        let corner = pos2(block.right() - PAD, block.top() + PAD * 0.8);
        let left = card.view.left_ms(card.now_ms);
        let left = left.map(|left| format!(" · {}", words::left(ui, left)));
        let time = format!(
            "{}{}",
            words::duration(ui, elapsed),
            left.unwrap_or_default()
        );
        painter.text(
            corner,
            Align2::RIGHT_TOP,
            time,
            regular(18.0 * scale),
            ink.text,
        );
    }

    let word = words::state(card.view.state()).of(ui);
    let side = (block.height() * 0.44).min(64.0 * scale);
    let gap = side * 0.3;
    let room = block.width() - 2.0 * PAD - side - gap;
    let full = painter.layout_no_wrap(word.to_owned(), strong(42.0 * scale), ink.text);
    let size = 42.0 * scale * (room / full.size().x).min(1.0);
    let word = painter.layout_no_wrap(word.to_owned(), strong(size), ink.text);

    let middle = block.center().y + block.height() * 0.15;
    let left = block.center().x - (side + gap + word.size().x) / 2.0;
    let icon = Rect::from_center_size(pos2(left + side / 2.0, middle), vec2(side, side));
    Icon::of(card.view.state(), card.view.fraction(card.journey)).paint(painter, icon, ink.text);
    let at = pos2(left + side + gap, middle - word.size().y / 2.0);
    painter.galley(at, word, ink.text);
}

/// Serial number, and what is going on or went wrong.
fn body_ui(ui: &mut Ui, body: Rect, card: &Card<'_>) {
    let palette = Palette::of(ui);
    let view = card.view;
    let small = 15.5 * card.scale.clamp(0.88, 1.3);
    let mut y = body.top();
    let code = view.fault().map_or("", |fault| fault.code.id());
    let corner = pos2(body.right(), y);
    let font = strong(small * 1.15);
    let code = ui
        .painter()
        .text(corner, Align2::RIGHT_TOP, code, font.clone(), palette.bad);
    let serial = view.serial.as_ref().map_or("", |serial| serial.as_str());
    let width = body.width() - code.width() - 8.0;
    let serial = rows(ui, serial, font, palette.text, width, 1);
    if view.serial.is_some() || view.fault().is_some() {
        y += serial.size().y + 3.0;
    }
    ui.painter().galley(body.min, serial, palette.text);
    let rest = Rect::from_min_max(pos2(body.left(), y), body.max);
    if let Some(work) = view.work() {
        return work_ui(ui, rest, card, work, small);
    }
    match (view.fault(), view.state()) {
        (Some(fault), _) => {
            let text = format!(
                "{} {}",
                texts::what(ui, fault.code),
                texts::remedy(ui, fault.code)
            );
            words_ui(ui, rest, &text, small);
        }
        (None, State::Pass) => words_ui(ui, rest, words::TAKE_OUT.of(ui), small),
        (None, State::Ready) => words_ui(ui, rest, words::BOARD_WAITS.of(ui), small),
        (None, State::Empty) => words_ui(ui, rest, words::NO_BOARD.of(ui), small),
        (None, _) => {}
    }
}

/// As many rows as there is room for.
fn words_ui(ui: &Ui, rect: Rect, text: &str, size: f32) {
    let palette = Palette::of(ui);
    let max_rows = ((rect.height() + 3.0) / (size * 1.22)).floor().max(1.0) as usize;
    let text = rows(
        ui,
        text,
        regular(size),
        palette.text,
        rect.width(),
        max_rows,
    );
    ui.painter().galley(rect.min, text, palette.text);
}

/// The step now running, its own progress, and where it is in the journey.
fn work_ui(ui: &mut Ui, rect: Rect, card: &Card<'_>, work: &Work, size: f32) {
    let palette = Palette::of(ui);
    let what = match (work.stopping, work.step) {
        (true, _) => words::STOPPING.of(ui),
        (false, Some(step)) => words::step(step).of(ui),
        (false, None) => words::PREPARING.of(ui),
    };
    let what = rows(ui, what, regular(size), palette.text, rect.width(), 1);
    let below = rect.top() + what.size().y + 4.0;
    ui.painter().galley(rect.min, what, palette.text);

    let fraction = work.progress.map_or(0.0, part);
    let bar = Rect::from_min_size(pos2(rect.left(), below), vec2(rect.width(), 8.0));
    if work.progress.is_some() {
        let bar_ui = ProgressBar::new(fraction)
            .desired_width(bar.width())
            .desired_height(bar.height())
            .corner_radius(4)
            .fill(PRIMARY.fill);
        ui.put(bar, bar_ui);
    }
    let at = step_text(ui, card, work.step);
    let percent = progress_text(ui, card.view, card.now_ms);
    let line = if work.progress.is_some() {
        bar.bottom() + 5.0
    } else {
        below
    };
    if line + size <= rect.bottom() + 1.0 {
        let small = regular(size * 0.92);
        let painter = ui.painter();
        painter.text(
            pos2(rect.left(), line),
            Align2::LEFT_TOP,
            at,
            small.clone(),
            palette.weak,
        );
        if let Some(percent) = percent {
            let corner = pos2(rect.right(), line);
            painter.text(corner, Align2::RIGHT_TOP, percent, small, palette.weak);
        }
    }
}

/// Which step of how many.
fn step_text(ui: &Ui, card: &Card<'_>, running: Option<StepId>) -> String {
    let at = card.view.steps.len() + usize::from(running.is_some());
    let all = card.journey.max(1);
    words::STEP_OF.with(ui, &[("at", &at.clamp(1, all)), ("all", &all)])
}

/// How far the step under way is, and how long it still takes: `45 % · 4 s left`.
pub(super) fn progress_text(ui: &Ui, view: &SlotView, now_ms: u64) -> Option<String> {
    let percent = |progress| format!("{:.0} %", part(progress) * 100.0);
    let percent = view.work()?.progress.map(percent);
    let left = view.step_left_ms(now_ms);
    let left = left.map(|left| words::left(ui, left));
    let said: Vec<_> = percent.into_iter().chain(left).collect();
    (!said.is_empty()).then(|| said.join(" · "))
}

/// What can be done with the slot as it is.
pub(super) fn slot_buttons_ui(
    ui: &mut Ui,
    view: &SlotView,
    may_start: bool,
    height: f32,
    intents: &mut Vec<Intent>,
) {
    let slot = view.slot;
    let offers: Vec<(&str, bool, bool, Intent)> = match view.state() {
        State::Empty => vec![],
        State::Ready => vec![(
            words::START.of(ui),
            true,
            may_start,
            Intent::Start(slot, None),
        )],
        State::Working => {
            let asked = view.work().is_some_and(|work| work.stopping);
            vec![(words::STOP.of(ui), false, !asked, Intent::Stop(slot))]
        }
        State::Fail => {
            let may = may_start && view.board;
            vec![
                (
                    words::START_AGAIN.of(ui),
                    true,
                    may,
                    Intent::Start(slot, None),
                ),
                (
                    words::NEXT_BOARD.of(ui),
                    false,
                    true,
                    Intent::NextBoard(slot),
                ),
            ]
        }
        State::Pass | State::Quarantine => {
            vec![(
                words::NEXT_BOARD.of(ui),
                false,
                true,
                Intent::NextBoard(slot),
            )]
        }
    };
    ui.spacing_mut().item_spacing.x = 6.0;
    ui.spacing_mut().button_padding = vec2(5.0, 4.0);
    ui.spacing_mut().interact_size.y = height;
    let count = offers.len() as f32;
    let share = (ui.available_width() - 6.0 * (count - 1.0)) / count;
    let type_size = (height * 0.38).clamp(14.0, 18.0);
    for (name, main, enabled, intent) in offers {
        let button = if main {
            Button::new(primary_label(name, type_size)).fill(PRIMARY.fill)
        } else {
            Button::new(RichText::new(name).font(regular(type_size)))
        };
        let button = button.min_size(vec2(share, height)).truncate();
        let response = ui.add_enabled(enabled, button);
        let label = format!("{name}: {}", words::slot(ui, slot));
        response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, &label));
        if response.clicked() {
            intents.push(intent);
        }
    }
}
