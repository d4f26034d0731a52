//! A password of one's own in place of the temporary one that an admin gave.

use eframe::egui::{Align, Button, Key, Layout, ScrollArea, Ui, vec2};

use super::fault::fault_ui;
use super::field::password_ui;
use super::sign_in::{WIDTH, title_ui};
use super::text::{paragraph_ui, primary, surface, text_ui};
use super::theme::{Palette, regular, strong};
use crate::gui::backend::Title;
use crate::gui::intent::Intent;
use crate::gui::view::sign_in::OwnPasswordForm;
use crate::gui::words;

/// The screen of a person whose password is temporary.
pub(in crate::gui) fn own_password_ui(
    ui: &mut Ui,
    title: &Title,
    form: &mut OwnPasswordForm,
    intents: &mut Vec<Intent>,
) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.vertical_centered(|ui| {
            ui.set_max_width(WIDTH + 40.0);
            title_ui(ui, title);
            surface(Palette::of(ui)).inner_margin(24).show(ui, |ui| {
                ui.with_layout(Layout::top_down(Align::Min), |ui| {
                    ui.set_width(WIDTH - 10.0);
                    form_ui(ui, form, intents);
                });
            });
        });
    });
}

fn form_ui(ui: &mut Ui, form: &mut OwnPasswordForm, intents: &mut Vec<Intent>) {
    let palette = Palette::of(ui);
    let heading = words::OWN_PASSWORD.with(ui, &[("name", &form.name)]);
    text_ui(ui, &heading, strong(24.0), palette.text);
    match &form.refused {
        Some(fault) => {
            fault_ui(ui, fault, false);
        }
        None => {
            let why = words::OWN_PASSWORD_WHY.of(ui);
            paragraph_ui(ui, why, regular(16.0), palette.text);
        }
    }
    ui.add_space(8.0);
    let enabled = !form.checking;
    let mut done = false;
    let labels = [words::OWN_PASSWORD_NEW, words::OWN_PASSWORD_AGAIN];
    for (password, label) in form.new.iter_mut().zip(labels) {
        let field = password_ui(ui, label.of(ui), enabled, password);
        if std::mem::take(&mut form.focus) {
            field.request_focus();
        }
        done = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    }
    ui.add_space(10.0);
    let size = vec2(ui.available_width(), 48.0);
    let change = primary(words::OWN_PASSWORD_CHANGE.of(ui));
    let clicked = ui
        .add_enabled_ui(enabled, |ui| ui.add_sized(size, change))
        .inner
        .clicked();
    if enabled && (clicked || done) {
        intents.push(Intent::ChoosePassword);
    }
    let back = Button::new(words::BACK.of(ui)).shortcut_text("Esc");
    if ui.add_enabled(enabled, back).clicked() {
        intents.push(Intent::Escape);
    }
}
