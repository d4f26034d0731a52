//! Signing in, as a person does it at the window, on a fake station.

#![allow(clippy::unwrap_used, reason = "helpers of tests, which may unwrap")]

#[allow(dead_code, reason = "each test binary uses its own part of the fake")]
mod gui_fake;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cradle_procedure::fault::Code;
use eframe::egui::{self, Key};
use egui_kittest::kittest::Queryable as _;
use gui_fake::window::{
    Window, click, press, says, sign_in, sign_in_as, type_text, window, window_at,
};
use gui_fake::{Fake, NOW_MS, PASSWORD, PIN, TEMPORARY};

#[test]
fn a_refused_sign_in_shows_code_and_remedy_and_asks_for_the_password_again() {
    let fake = Fake::with_slots(2);
    let mut window = window(&fake);
    sign_in(&mut window, "wrong");
    assert!(says(&window, "AUT-01"));
    assert!(says(&window, Code::SignInRefused.remedy()));
    type_text(&mut window, PASSWORD);
    press(&mut window, Key::Enter);
    assert!(says(&window, "Start all"));
}

#[test]
fn signing_in_with_the_pointer_leads_to_the_bench() {
    let fake = Fake::with_slots(2);
    let mut window = window(&fake);
    window.run();
    type_text(&mut window, "mira");
    window
        .get_by_role_and_label(egui::Role::PasswordInput, "Password")
        .click();
    window.run();
    type_text(&mut window, PASSWORD);
    window
        .get_by_role_and_label(egui::Role::Button, "Sign in")
        .click();
    window.run();
    assert!(says(&window, "mira") && says(&window, "operator"));
    assert!(says(&window, "Field sensor") && says(&window, "37 of 100 · 63 left"));
    assert!(says(&window, "Slot 2, READY"));
}

#[test]
fn a_sign_in_that_takes_long_shows_that_it_is_checked_and_is_asked_once() {
    let fake = Fake::with_slots(2);
    fake.hold_sign_in();
    let mut window = window(&fake);
    window.run();
    type_text(&mut window, "mira");
    press(&mut window, Key::Enter);
    type_text(&mut window, PASSWORD);
    window.key_press(Key::Enter);
    window.run_steps(3);
    assert!(says(&window, "Checking"));
    assert!(
        window
            .query_by_role_and_label(egui::Role::Button, "Sign in")
            .is_none()
    );
}

#[test]
fn a_temporary_password_opens_only_the_change_to_ones_own() {
    let fake = Fake::with_slots(2);
    let mut window = window(&fake);
    sign_in_as(&mut window, "newton", TEMPORARY);
    assert!(says(&window, "newton: choose a password of your own"));
    let choose = |window: &mut Window, new: &str, again: &str| {
        type_text(window, new);
        press(window, Key::Tab);
        type_text(window, again);
        press(window, Key::Enter);
    };
    choose(&mut window, PASSWORD, "something else");
    assert!(says(&window, "CFG-03") && says(&window, "the two are not the same"));
    choose(&mut window, "short", "short");
    assert!(says(&window, "AUT-05"));
    choose(&mut window, PASSWORD, PASSWORD);
    assert!(says(&window, "Start all") && says(&window, "newton"));
}

#[test]
fn who_does_not_choose_a_password_goes_back_to_the_sign_in() {
    let fake = Fake::with_slots(2);
    let mut window = window(&fake);
    sign_in_as(&mut window, "newton", TEMPORARY);
    press(&mut window, Key::Escape);
    assert!(says(&window, "Scan your badge"));
}

#[test]
fn a_lock_out_is_counted_down_for_the_name_that_has_to_wait() {
    let fake = Fake::with_slots(2);
    fake.lock_until(NOW_MS + 40_000);
    let now_ms = Arc::new(AtomicU64::new(NOW_MS));
    let mut window = window_at(&fake, &now_ms);
    sign_in(&mut window, "wrong");
    assert!(says(&window, "AUT-01") && says(&window, "Wait 0:40"));
    now_ms.store(NOW_MS + 15_500, Ordering::Relaxed);
    window.run_steps(2);
    assert!(says(&window, "Wait 0:25"));
    type_text(&mut window, PASSWORD);
    window.key_press(Key::Enter);
    window.run_steps(2);
    assert!(!says(&window, "Start all"));
    now_ms.store(NOW_MS + 40_000, Ordering::Relaxed);
    window.run_steps(2);
    assert!(!says(&window, "Wait 0"));
    window
        .get_by_role_and_label(egui::Role::Button, "Sign in")
        .click();
    window.run();
    assert!(says(&window, "Start all"));
}

#[test]
fn a_card_and_its_pin_sign_its_holder_in() {
    let fake = Fake::with_slots(2);
    fake.set_cards(&["mira's card", "bob's card"]);
    let mut window = window(&fake);
    window.run();
    type_text(&mut window, "mira");
    press(&mut window, Key::Enter);
    click(&mut window, "With a card");
    type_text(&mut window, PIN);
    press(&mut window, Key::Enter);
    assert!(says(&window, "TOK-01") && says(&window, "no card is chosen"));
    for (card, told) in [("bob's card", "AUT-11"), ("mira's card", "Start all")] {
        click(&mut window, card);
        window
            .get_by_role_and_label(egui::Role::PasswordInput, "PIN of the card")
            .focus();
        window.run();
        type_text(&mut window, PIN);
        press(&mut window, Key::Enter);
        assert!(says(&window, told), "{card}");
    }
}

#[test]
fn a_reader_without_a_card_is_looked_at_again() {
    let fake = Fake::with_slots(2);
    fake.set_cards(&[]);
    let mut window = window(&fake);
    window.run();
    click(&mut window, "With a card");
    assert!(says(&window, "No card is in the reader."));
    fake.set_cards(&["mira's card"]);
    click(&mut window, "Look again");
    assert!(says(&window, "mira's card"));
}

#[test]
fn two_admins_are_registered_before_anybody_signs_in() {
    let fake = Fake::with_slots(2);
    fake.remove_people();
    let mut window = window(&fake);
    window.run();
    assert!(says(&window, "Nobody is registered yet"));
    for typed in ["alice", "too short", "bob", PASSWORD] {
        type_text(&mut window, typed);
        press(&mut window, Key::Tab);
    }
    press(&mut window, Key::Enter);
    assert!(says(&window, "AUT-05") && says(&window, Code::WeakPassword.remedy()));
    for person in ["first", "second"] {
        let label = format!("Password of the {person} person");
        window
            .get_by_role_and_label(egui::Role::PasswordInput, &label)
            .click();
        window.run();
        type_text(&mut window, PASSWORD);
    }
    press(&mut window, Key::Enter);
    assert!(says(&window, "Scan your badge"));
}
