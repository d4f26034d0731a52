//! The guide on the screen.

use cradle_wipe::{DestinationKind, Reason};
use eframe::egui::{Button, Key, Response, ScrollArea, TextEdit, Ui, vec2};

use super::destruction::destruction_ui;
use super::guide::{Guide, Page, Where};
use super::result::run_ui;
use super::waiting::waiting_ui;
use super::{Ask, Decommission};
use crate::gui::intent::Intent;
use crate::gui::paint::fault::fault_ui;
use crate::gui::paint::field::{name_ui, password_ui};
use crate::gui::paint::text::{
    choice, danger, fact_ui, heading_ui, paragraph_ui, primary, surface, text_ui,
};
use crate::gui::paint::theme::{Palette, regular, strong};
use crate::gui::screens::{Around, end_of_session};
use crate::gui::words;

pub(super) const DESTINATIONS: [DestinationKind; 5] = [
    DestinationKind::RecyclingFacility,
    DestinationKind::InternalReuse,
    DestinationKind::ExternalReuse,
    DestinationKind::Manufacturer,
    DestinationKind::Other,
];

pub(super) fn decommission_ui(
    ui: &mut Ui,
    screen: &mut Decommission,
    around: &Around<'_>,
    intents: &mut Vec<Intent>,
) -> Vec<Ask> {
    let mut asks = Vec::new();
    heading_ui(ui, words::PLACE_DECOMMISSION.of(ui));
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        if let Some(run) = &mut screen.run {
            let vouched = screen.guide.vouched;
            run_ui(ui, run, vouched, around.now_ms, intents, &mut asks);
            return;
        }
        surface(Palette::of(ui)).inner_margin(24).show(ui, |ui| {
            ui.set_width(ui.available_width());
            page_ui(ui, &mut screen.guide, around, &mut asks);
        });
        if let Some(fault) = &screen.refused {
            end_of_session(fault, intents);
            ui.add_space(10.0);
            fault_ui(ui, fault, false);
        }
        if screen.guide.page == Page::Serial {
            ui.add_space(14.0);
            waiting_ui(ui, &screen.waiting, around, intents, &mut asks);
            destruction_ui(ui, &mut screen.destruction, intents, &mut asks);
        }
    });
    asks
}

fn page_ui(ui: &mut Ui, guide: &mut Guide, around: &Around<'_>, asks: &mut Vec<Ask>) {
    let palette = Palette::of(ui);
    let number = guide.number();
    let variables: [(_, &dyn ToString); 2] = [("at", &number), ("all", &guide.pages().len())];
    let progress = words::RETIRE_PAGE.with(ui, &variables);
    text_ui(ui, &progress, regular(15.0), palette.weak);
    let (question, why) = question(guide.page);
    paragraph_ui(ui, question.of(ui), strong(26.0), palette.text);
    paragraph_ui(ui, why.of(ui), regular(16.0), palette.weak);
    ui.add_space(10.0);
    let focus = std::mem::take(&mut guide.focus);
    match guide.page {
        Page::Serial => field_ui(ui, &mut guide.serial, question.of(ui), focus, asks),
        Page::Grounds => field_ui(ui, &mut guide.grounds, question.of(ui), focus, asks),
        Page::Source => field_ui(ui, &mut guide.source, question.of(ui), focus, asks),
        Page::Verifier => second_ui(ui, guide, focus, asks),
        Page::Slot => slots_ui(ui, guide, around, focus, asks),
        Page::Reason => {
            let choices = Reason::ALL.map(|reason| (words::reason(reason).of(ui), reason));
            choices_ui(ui, &choices, guide.reason, focus, |it| {
                asks.push(Ask::Reason(it));
            });
        }
        Page::Destination => {
            let choices = DESTINATIONS.map(|kind| (words::destination(kind).of(ui), kind));
            let chosen = guide.destination;
            choices_ui(ui, &choices, chosen, focus, |it| {
                asks.push(Ask::Destination(it));
            });
        }
        Page::Summary => summary_ui(ui, guide, asks, focus),
    }
    if number > 1 {
        ui.add_space(14.0);
        let back = Button::new(words::BACK.of(ui)).shortcut_text("Esc");
        if ui.add(back).clicked() {
            asks.push(Ask::Back);
        }
    }
}

fn question(page: Page) -> (crate::gui::texts::Word, crate::gui::texts::Word) {
    match page {
        Page::Serial => (words::RETIRE_SERIAL, words::RETIRE_SERIAL_WHY),
        Page::Slot => (words::RETIRE_SLOT, words::RETIRE_SLOT_WHY),
        Page::Grounds => (words::RETIRE_GROUNDS, words::RETIRE_GROUNDS_WHY),
        Page::Reason => (words::RETIRE_REASON, words::RETIRE_REASON_WHY),
        Page::Source => (words::RETIRE_SOURCE, words::RETIRE_SOURCE_WHY),
        Page::Destination => (words::RETIRE_DESTINATION, words::RETIRE_DESTINATION_WHY),
        Page::Verifier => (words::RETIRE_VERIFIER, words::RETIRE_VERIFIER_WHY),
        Page::Summary => (words::RETIRE_SUMMARY, words::RETIRE_SUMMARY_WHY),
    }
}

fn field_ui(ui: &mut Ui, text: &mut String, name: &str, focus: bool, asks: &mut Vec<Ask>) {
    ui.horizontal(|ui| {
        let field = TextEdit::singleline(text)
            .font(regular(20.0))
            .margin(vec2(12.0, 10.0))
            .char_limit(120)
            .desired_width(420.0);
        let field = ui.add(field);
        let value = text.clone();
        field.widget_info(|| {
            let mut info = eframe::egui::WidgetInfo::text_edit(true, &value, &value, "");
            info.label = Some(name.to_owned());
            info
        });
        focus_on(&field, focus);
        let enter = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if ui.add(primary(words::NEXT.of(ui))).clicked() || enter {
            asks.push(Ask::Next);
        }
    });
}

/// The second person signs in here.
fn second_ui(ui: &mut Ui, guide: &mut Guide, focus: bool, asks: &mut Vec<Ask>) {
    ui.scope(|ui| {
        ui.set_max_width(420.0);
        let name = name_ui(ui, words::NAME.of(ui), true, &mut guide.verifier);
        focus_on(&name, focus);
        let password = password_ui(ui, words::PASSWORD.of(ui), true, &mut guide.password);
        let enter = ui.input(|input| input.key_pressed(Key::Enter));
        if enter && name.lost_focus() {
            password.request_focus();
        }
        let next = ui.add(primary(words::NEXT.of(ui)));
        if next.clicked() || (enter && password.lost_focus()) {
            asks.push(Ask::Next);
        }
    });
}

fn slots_ui(ui: &mut Ui, guide: &Guide, around: &Around<'_>, focus: bool, asks: &mut Vec<Ask>) {
    let facts = around.backend.bench();
    let name = |ui: &Ui, slot: &crate::gui::backend::SlotFacts| {
        let name = words::slot(ui, slot.id);
        match slot.occupied {
            true => name,
            false => format!("{name} · {}", words::NO_BOARD.of(ui)),
        }
    };
    let names: Vec<_> = facts.slots.iter().map(|slot| name(ui, slot)).collect();
    let slots = names.iter().map(String::as_str);
    let places = facts.slots.iter().map(|slot| Where::In(slot.id));
    let mut choices: Vec<_> = slots.zip(places).collect();
    choices.push((words::RETIRE_NOWHERE.of(ui), Where::Nowhere));
    choices_ui(ui, &choices, guide.place, focus, |it| {
        asks.push(Ask::Place(it));
    });
}

fn choices_ui<T: Copy + PartialEq>(
    ui: &mut Ui,
    choices: &[(&str, T)],
    chosen: Option<T>,
    focus: bool,
    mut choose: impl FnMut(T),
) {
    let width = ui.available_width().min(560.0);
    for (at, (name, value)) in choices.iter().enumerate() {
        let button = choice(chosen == Some(*value), name)
            .frame(true)
            .min_size(vec2(width, 46.0));
        let button = ui.add(button);
        let first = chosen.map_or(at == 0, |chosen| chosen == *value);
        focus_on(&button, focus && first);
        if button.clicked() {
            choose(*value);
        }
    }
}

fn summary_ui(ui: &mut Ui, guide: &Guide, asks: &mut Vec<Ask>, focus: bool) {
    let place = guide.place.map(|place| match place {
        Where::In(slot) => words::slot(ui, slot),
        Where::Nowhere => words::RETIRE_NOWHERE.of(ui).to_owned(),
    });
    let reason = guide.reason.map(|reason| words::reason(reason).of(ui));
    let destination = guide
        .destination
        .map(|kind| words::destination(kind).of(ui));
    let facts = [
        (words::SERIAL, guide.serial.trim()),
        (words::RETIRE_IN, place.as_deref().unwrap_or_default()),
        (words::RETIRE_BECAUSE, reason.unwrap_or_default()),
        (words::RETIRE_FROM, guide.source.trim()),
        (words::RETIRE_TO, destination.unwrap_or_default()),
        (words::RETIRE_CHECKED_BY, guide.verifier.trim()),
    ];
    for (what, value) in facts {
        fact_ui(ui, what.of(ui), value, strong(16.0));
    }
    if guide.pages().contains(&Page::Grounds) {
        let what = words::RETIRE_VOUCHED.of(ui);
        fact_ui(ui, what, guide.grounds.trim(), strong(16.0));
    }
    ui.add_space(12.0);
    let begin = ui.add(danger(words::RETIRE_BEGIN.of(ui)).min_size(vec2(0.0, 48.0)));
    focus_on(&begin, focus);
    if begin.clicked() {
        asks.push(Ask::Begin);
    }
}

fn focus_on(response: &Response, focus: bool) {
    if focus {
        response.request_focus();
    }
}
