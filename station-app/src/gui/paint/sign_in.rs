//! Sign-in: a name (a badge scanner types it and presses Enter) and a password, or a card and its PIN.

use eframe::egui::{Align, Button, Key, Layout, Response, RichText, ScrollArea, Spinner, Ui, vec2};

use super::fault::fault_ui;
use super::field::{name_ui, password_ui};
use super::text::{choice, primary, surface, text_ui, training_ui};
use super::theme::{Palette, regular, strong};
use crate::gui::backend::Title;
use crate::gui::intent::Intent;
use crate::gui::view::sign_in::{Field, SignInForm, Way};
use crate::gui::words;

/// Width of the form.
pub(super) const WIDTH: f32 = 420.0;

/// The sign-in screen.
pub(in crate::gui) fn sign_in_ui(
    ui: &mut Ui,
    title: &Title,
    form: &mut SignInForm,
    now_ms: u64,
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
                    form_ui(ui, title, form, now_ms, intents);
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

fn form_ui(
    ui: &mut Ui,
    title: &Title,
    form: &mut SignInForm,
    now_ms: u64,
    intents: &mut Vec<Intent>,
) {
    let palette = Palette::of(ui);
    text_ui(ui, words::SIGN_IN.of(ui), strong(24.0), palette.text);
    text_ui(ui, words::SIGN_IN_HINT.of(ui), regular(15.0), palette.weak);
    ui.add_space(10.0);

    let enabled = !form.checking;
    if title.cards {
        ways_ui(ui, form.way, enabled, intents);
    }
    let name = name_ui(ui, words::NAME.of(ui), enabled, &mut form.name);
    if form.way == Way::Card {
        cards_ui(ui, form, intents);
    }
    let secret = match form.way {
        Way::Password => words::PASSWORD,
        Way::Card => words::CARD_PIN,
    };
    let password = password_ui(ui, secret.of(ui), enabled, &mut form.password);

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
    let waits = form.left_ms(now_ms);
    submit |= button_ui(ui, form.checking, waits);
    if submit && enabled && waits.is_none() {
        intents.push(Intent::SignIn);
    }
}

/// The button, or why there is none now; whether it was pressed.
fn button_ui(ui: &mut Ui, checking: bool, waits_ms: Option<u64>) -> bool {
    let palette = Palette::of(ui);
    let size = vec2(ui.available_width(), 48.0);
    if let Some(left_ms) = waits_ms {
        let seconds = left_ms.div_ceil(1000);
        let left = format!("{}:{:02}", seconds / 60, seconds % 60);
        let text = words::SIGN_IN_WAIT.with(ui, &[("left", &left)]);
        let wait = Button::new(RichText::new(text).font(strong(16.0)).color(palette.text));
        ui.add_enabled_ui(false, |ui| ui.add_sized(size, wait));
        return false;
    }
    if checking {
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.add(Spinner::new().size(24.0).color(palette.accent));
            text_ui(ui, words::CHECKING.of(ui), regular(16.0), palette.weak);
        });
        return false;
    }
    ui.add_sized(size, primary(words::SIGN_IN.of(ui))).clicked()
}

/// With a password or with a card.
fn ways_ui(ui: &mut Ui, now: Way, enabled: bool, intents: &mut Vec<Intent>) {
    ui.horizontal(|ui| {
        for (way, name) in [
            (Way::Password, words::SIGN_IN_BY_PASSWORD),
            (Way::Card, words::SIGN_IN_BY_CARD),
        ] {
            let button = choice(now == way, name.of(ui));
            if ui.add_enabled(enabled, button).clicked() && now != way {
                intents.push(Intent::SignInBy(way));
            }
        }
    });
    ui.add_space(6.0);
}

/// The cards in readers; one of several is chosen here.
fn cards_ui(ui: &mut Ui, form: &mut SignInForm, intents: &mut Vec<Intent>) {
    let palette = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        match form.cards.as_deref() {
            None => {
                ui.add(Spinner::new().size(24.0).color(palette.accent));
            }
            Some([]) => {
                text_ui(ui, words::CARDS_NONE.of(ui), regular(16.0), palette.text);
            }
            Some(_) => {}
        }
        for card in form.cards.iter().flatten() {
            let here = form.card.as_ref() == Some(card);
            if ui.add(choice(here, card)).clicked() {
                form.card = Some(card.clone());
            }
        }
        if ui.button(words::CARDS_AGAIN.of(ui)).clicked() {
            intents.push(Intent::SignInBy(Way::Card));
        }
    });
    ui.add_space(6.0);
}
