//! The bar at the top: which station, who is signed in, and what is always at hand.

use eframe::egui::{Align, Button, Frame, Layout, Margin, Panel, Ui};

use super::text::{text_ui, training_ui};
use super::theme::{Palette, regular, strong};
use crate::gui::backend::{SignedIn, Title};
use crate::gui::intent::Intent;
use crate::gui::{texts, words};

/// Width from which the keys stand on the buttons, in points. The help names them anyway.
const ROOMY: f32 = 700.0;

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
        let roomy = ui.available_width() > ROOMY;
        ui.horizontal(|ui| {
            if who.is_some() {
                station_ui(ui, title);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if let Some(who) = who {
                    person_ui(ui, who, at_work, intents);
                }
                tools_ui(ui, roomy, intents);
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

fn tools_ui(ui: &mut Ui, roomy: bool, intents: &mut Vec<Intent>) {
    let theme = if ui.visuals().dark_mode {
        words::TO_LIGHT.of(ui)
    } else {
        words::TO_DARK.of(ui)
    };
    let next = texts::language(ui.ctx()).next();
    let tools = [
        (next.name(), "F10", Intent::Speak(next)),
        (theme, "F9", Intent::ToggleTheme),
        (words::HELP.of(ui), "F1", Intent::ToggleHelp),
    ];
    for (name, key, intent) in tools {
        let button = match roomy {
            true => Button::new(name).shortcut_text(key),
            false => Button::new(name),
        };
        if ui.add(button).clicked() {
            intents.push(intent);
        }
    }
}
