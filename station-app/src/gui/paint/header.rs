//! The bar at the top: which station, who is signed in, and what is always at hand.

use eframe::egui::{Align, Button, Frame, Layout, Margin, Panel, Ui};

use super::text::{text_ui, training_ui};
use super::theme::{Palette, regular, strong};
use crate::gui::backend::{SignedIn, Title};
use crate::gui::intent::Intent;
use crate::gui::{texts, words};

/// The bar at the top. `at_work` says that units run under the person's name.
pub(in crate::gui) fn header_ui(
    ui: &mut Ui,
    title: &Title,
    who: Option<&SignedIn>,
    at_work: bool,
    intents: &mut Vec<Intent>,
) {
    let palette = Palette::of(ui);
    let frame = Frame::new()
        .fill(palette.surface)
        .inner_margin(Margin::symmetric(16, 8));
    Panel::top("header").frame(frame).show(ui, |ui| {
        ui.horizontal(|ui| {
            if who.is_some() {
                station_ui(ui, title);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if let Some(who) = who {
                    person_ui(ui, who, at_work, intents);
                }
                tools_ui(ui, intents);
            });
        });
    });
}

fn station_ui(ui: &mut Ui, title: &Title) {
    let palette = Palette::of(ui);
    text_ui(ui, title.station.as_str(), strong(18.0), palette.text);
    let roomy = ui.available_width() > 900.0;
    if roomy && !title.site.is_empty() {
        text_ui(ui, &title.site, regular(15.0), palette.weak);
    }
    if title.training {
        training_ui(ui, roomy);
    }
}

/// Who is signed in; in a narrow window the station's badge needs the room of the role.
fn person_ui(ui: &mut Ui, who: &SignedIn, at_work: bool, intents: &mut Vec<Intent>) {
    let roomy = ui.available_width() > 640.0;
    let palette = Palette::of(ui);
    let leave = ui
        .add_enabled(!at_work, Button::new(words::SIGN_OUT.of(ui)))
        .on_disabled_hover_text(words::SIGN_OUT_LATER.of(ui));
    if leave.clicked() {
        intents.push(Intent::SignOut);
    }
    if roomy {
        let role = words::role(who.role).of(ui);
        text_ui(ui, role, regular(15.0), palette.weak);
    }
    text_ui(ui, who.name.as_str(), strong(16.0), palette.text);
    ui.add_space(8.0);
}

fn tools_ui(ui: &mut Ui, intents: &mut Vec<Intent>) {
    let theme = if ui.visuals().dark_mode {
        words::TO_LIGHT.of(ui)
    } else {
        words::TO_DARK.of(ui)
    };
    let language = texts::language(ui.ctx());
    let next = Button::new(language.next().name()).shortcut_text("F10");
    if ui.add(next).clicked() {
        intents.push(Intent::Speak(language.next()));
    }
    if ui.add(Button::new(theme).shortcut_text("F9")).clicked() {
        intents.push(Intent::ToggleTheme);
    }
    if ui
        .add(Button::new(words::HELP.of(ui)).shortcut_text("F1"))
        .clicked()
    {
        intents.push(Intent::ToggleHelp);
    }
}
