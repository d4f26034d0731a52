//! Sign-in: a name (a badge scanner types it and presses Enter) and a password.

use eframe::egui::{Align, Key, Layout, Response, ScrollArea, Spinner, Ui, vec2};

use super::fault::fault_ui;
use super::field::{name_ui, password_ui};
use super::text::{primary, surface, text_ui, training_ui};
use super::theme::{Palette, regular, strong};
use crate::gui::backend::Title;
use crate::gui::intent::Intent;
use crate::gui::view::sign_in::{Field, SignInForm};
use crate::gui::words;

/// Width of the form.
pub(super) const WIDTH: f32 = 420.0;

/// The sign-in screen.
pub(in crate::gui) fn sign_in_ui(
    ui: &mut Ui,
    title: &Title,
    form: &mut SignInForm,
    intents: &mut Vec<Intent>,
) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.vertical_centered(|ui| {
            // Leaves room for what was refused, so that the form never moves.
            ui.add_space(((ui.available_height() - 660.0) / 2.0).clamp(8.0, 120.0));
            ui.set_max_width(WIDTH);
            title_ui(ui, title);
            surface(Palette::of(ui)).inner_margin(24).show(ui, |ui| {
                ui.with_layout(Layout::top_down(Align::Min), |ui| {
                    ui.set_width(WIDTH - 50.0);
                    form_ui(ui, form, intents);
                });
            });
            if let Some(fault) = &form.refused {
                ui.add_space(12.0);
                ui.with_layout(Layout::top_down(Align::Min), |ui| {
                    fault_ui(ui, fault, false)
                });
            }
        });
    });
}

/// Which station this is.
pub(super) fn title_ui(ui: &mut Ui, title: &Title) {
    let palette = Palette::of(ui);
    text_ui(ui, title.station.as_str(), strong(34.0), palette.text);
    if !title.site.is_empty() {
        text_ui(ui, &title.site, regular(17.0), palette.weak);
    }
    if title.training {
        ui.add_space(4.0);
        training_ui(ui, true);
    }
    ui.add_space(16.0);
}

fn form_ui(ui: &mut Ui, form: &mut SignInForm, intents: &mut Vec<Intent>) {
    let palette = Palette::of(ui);
    text_ui(ui, words::SIGN_IN.of(ui), strong(24.0), palette.text);
    text_ui(ui, words::SIGN_IN_HINT.of(ui), regular(15.0), palette.weak);
    ui.add_space(10.0);

    let enabled = !form.checking;
    let name = name_ui(ui, words::NAME.of(ui), enabled, &mut form.name);
    let password = password_ui(ui, words::PASSWORD.of(ui), enabled, &mut form.password);

    let entered = |field: &Response| field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    let mut submit = false;
    if entered(&name) {
        form.focus = Some(Field::Password);
    } else if entered(&password) {
        submit = true;
    }
    match form.focus.take_if(|_| enabled) {
        Some(Field::Name) => name.request_focus(),
        Some(Field::Password) => password.request_focus(),
        None => {}
    }

    ui.add_space(14.0);
    let size = vec2(ui.available_width(), 48.0);
    if form.checking {
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.add(Spinner::new().size(24.0).color(palette.accent));
            text_ui(ui, words::CHECKING.of(ui), regular(16.0), palette.weak);
        });
    } else {
        submit |= ui.add_sized(size, primary(words::SIGN_IN.of(ui))).clicked();
    }
    if submit && enabled {
        intents.push(Intent::SignIn);
    }
}
