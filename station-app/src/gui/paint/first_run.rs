//! The first two people of a station: both security admins, because nobody approves alone.

use eframe::egui::{Align, Key, Layout, ScrollArea, Ui, vec2};

use super::fault::fault_ui;
use super::field::{name_ui, password_ui};
use super::sign_in::{WIDTH, title_ui};
use super::text::{paragraph_ui, primary, surface, text_ui};
use super::theme::{Palette, regular, strong};
use crate::gui::backend::Title;
use crate::gui::intent::Intent;
use crate::gui::view::sign_in::FirstRunForm;
use crate::gui::words;

/// The screen of a station that nobody is registered at.
pub(in crate::gui) fn first_run_ui(
    ui: &mut Ui,
    title: &Title,
    form: &mut FirstRunForm,
    intents: &mut Vec<Intent>,
) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.vertical_centered(|ui| {
            ui.set_max_width(WIDTH + 80.0);
            title_ui(ui, title);
            surface(Palette::of(ui)).inner_margin(24).show(ui, |ui| {
                ui.with_layout(Layout::top_down(Align::Min), |ui| {
                    ui.set_width(WIDTH + 30.0);
                    form_ui(ui, form, intents);
                });
            });
        });
    });
}

fn form_ui(ui: &mut Ui, form: &mut FirstRunForm, intents: &mut Vec<Intent>) {
    let palette = Palette::of(ui);
    text_ui(ui, words::FIRST_RUN.of(ui), strong(24.0), palette.text);
    match &form.refused {
        Some(fault) => {
            fault_ui(ui, fault, false);
        }
        None => {
            let why = words::FIRST_RUN_WHY.of(ui);
            paragraph_ui(ui, why, regular(16.0), palette.text);
        }
    }
    let enabled = !form.checking;
    let labels = [
        (words::FIRST_NAME, words::FIRST_PASSWORD),
        (words::SECOND_NAME, words::SECOND_PASSWORD),
    ];
    let mut done = false;
    for ((name, password), (name_word, password_word)) in form.people.iter_mut().zip(labels) {
        ui.add_space(8.0);
        let name = name_ui(ui, name_word.of(ui), enabled, name);
        if std::mem::take(&mut form.focus) {
            name.request_focus();
        }
        let password = password_ui(ui, password_word.of(ui), enabled, password);
        done = password.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    }
    ui.add_space(10.0);
    let size = vec2(ui.available_width(), 48.0);
    let register = primary(words::FIRST_RUN_REGISTER.of(ui));
    let clicked = ui
        .add_enabled_ui(enabled, |ui| ui.add_sized(size, register))
        .inner
        .clicked();
    if enabled && (clicked || done) {
        intents.push(Intent::Found);
    }
}
