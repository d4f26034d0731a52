//! What every screen says in every state that it can be in, and how the most important ones look.
//!
//! After a change that is meant, `INSTA_UPDATE=always UPDATE_SNAPSHOTS=1 cargo test -p
//! cradle-station --test gui_snapshots` writes texts and pictures anew: look at both.

#![allow(clippy::unwrap_used, reason = "helpers of tests, which may unwrap")]
#![allow(clippy::panic, reason = "helpers of tests, which may panic")]

#[allow(dead_code, reason = "each test binary uses its own part of the fake")]
mod gui_fake;
#[path = "gui_snapshots/painter.rs"]
mod painter;
#[path = "gui_snapshots/pictures.rs"]
mod pictures;
#[path = "gui_snapshots/told.rs"]
mod told;

use std::sync::Arc;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{Serial, SlotId};
use cradle_procedure::role::Role;
use cradle_procedure::step::StepId;
use cradle_station::gui::backend::Unfinished;
use eframe::egui::{self, Key};
use egui_kittest::kittest::Queryable as _;
use gui_fake::mood::Mood;
use gui_fake::window::{Window, at_bench, press, sign_in, sign_in_as, type_text, window};
use gui_fake::{Fake, NOW_MS, PASSWORD, TEMPORARY};
use told::told;

/// Frames that are enough for whatever is not waited for to settle. A spinner never does.
const FRAMES: usize = 6;

fn offline() -> Mood {
    Mood::Refuses(Fault::new(Code::StoreFailed, "disk I/O error"))
}

/// A screen in the four states that what it shows can be in.
fn in_every_state(place: &str, role: Role, name: &str, look: impl Fn(&mut Window)) -> String {
    let states = [
        ("there", Mood::Answers, false),
        ("empty", Mood::Answers, true),
        ("awaited", Mood::Waits, false),
        ("offline", offline(), false),
    ];
    let mut all = String::new();
    for (state, mood, empty) in states {
        let fake = Fake::with_slots(if empty { 0 } else { 2 });
        if empty {
            fake.forget_all();
        }
        let mut window = come_to(&fake, place, role, name, mood);
        look(&mut window);
        window.run_steps(FRAMES);
        all += &format!("== {state} ==\n{}\n", told(&window));
    }
    all
}

fn come_to(fake: &Arc<Fake>, place: &str, role: Role, name: &str, mood: Mood) -> Window {
    fake.set_role(role);
    let mut window = window(fake);
    window.run();
    type_text(&mut window, name);
    press(&mut window, Key::Enter);
    type_text(&mut window, PASSWORD);
    // Whoever signs in comes to a first screen at once, which asks too.
    fake.set_mood(mood);
    window.key_press(Key::Enter);
    window.run_steps(FRAMES);
    let tab = window.get_by_role_and_label(egui::Role::Tab, place);
    tab.click();
    window.run_steps(FRAMES);
    window
}

/// As an admin; nothing more is done than to come there.
fn told_of(place: &str) -> String {
    in_every_state(place, Role::SecurityAdmin, "alice", |_| {})
}

#[test]
fn the_batches() {
    insta::assert_snapshot!("batches", told_of("Batches"));
}

#[test]
fn the_releases() {
    insta::assert_snapshot!("releases", told_of("Releases"));
}

#[test]
fn the_authority() {
    insta::assert_snapshot!("authority", told_of("Authority"));
}

#[test]
fn the_people() {
    insta::assert_snapshot!("people", told_of("People"));
}

#[test]
fn the_audit_log() {
    insta::assert_snapshot!("audit", told_of("Audit log"));
}

#[test]
fn the_virtual_bench() {
    insta::assert_snapshot!("training", told_of("Virtual bench"));
}

#[test]
fn the_settings_and_the_diagnostics() {
    let write = |window: &mut Window| {
        let label = "Write the file";
        window.get_by_label(label).scroll_to_me();
        window.run_steps(FRAMES);
        window.get_by_label(label).click();
    };
    let told = in_every_state("Settings", Role::SecurityAdmin, "alice", write);
    insta::assert_snapshot!("settings", told);
}

#[test]
fn a_unit() {
    let look = |window: &mut Window| {
        window.event(egui::Event::Text("FS-001040".to_owned()));
        window.key_press(Key::Enter);
    };
    let told = in_every_state("Units", Role::SecurityAdmin, "alice", look);
    let unasked = in_every_state("Units", Role::SecurityAdmin, "alice", |_| {});
    let unasked = unasked.split("== empty ==").next().unwrap();
    let at_work = unit_at_work(look);
    let all = format!("{told}== nothing asked ==\n{unasked}== at work ==\n{at_work}");
    insta::assert_snapshot!("unit", all);
}

/// What is told of the step under way, where the unit is in a slot at work.
fn unit_at_work(look: impl Fn(&mut Window)) -> String {
    let fake = Fake::with_slots(3);
    let role = Role::SecurityAdmin;
    let mut window = come_to(&fake, "Units", role, "alice", Mood::Answers);
    fake.run_steps(3, 3);
    fake.progress(3, StepId::FlashApplication, 1, 2);
    fake.expect(3, 4_000, 8_000);
    look(&mut window);
    window.run_steps(FRAMES);
    let told = told(&window);
    let (_, at_work) = told.split_once("At work in slot 3").unwrap();
    at_work
        .lines()
        .skip(1)
        .take(3)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_decommissioning() {
    let told = in_every_state("Decommission", Role::ServiceTechnician, "mira", |_| {});
    insta::assert_snapshot!("decommission", told);
}

#[test]
fn the_bench() {
    let mut all = String::new();
    let mut tell = |state: &str, prepare: &dyn Fn(&Fake), then: &dyn Fn(&Fake)| {
        let fake = Fake::with_slots(5);
        prepare(&fake);
        let mut window = at_bench(&fake);
        then(&fake);
        window.run_steps(FRAMES);
        all += &format!("== {state} ==\n{}\n", told(&window));
    };
    let nothing = |_: &Fake| {};
    tell("every state of a slot", &nothing, &|fake| {
        fake.set_board(1, false);
        fake.pass(2);
        fake.fail(3, 4, Fault::new(Code::LinkLost, "probe 3"));
        fake.fail(4, 1, Fault::new(Code::UidKnown, ""));
        fake.run_steps(5, 3);
        fake.progress(5, StepId::FlashApplication, 1, 2);
        fake.expect(5, 4_000, 8_000);
    });
    tell(
        "no slots",
        &|fake| fake.change_facts(|f| f.slots.clear()),
        &nothing,
    );
    tell(
        "no batch",
        &|fake| fake.change_facts(|f| f.batch = None),
        &nothing,
    );
    let token = Fault::new(Code::TokenMissing, "cradle");
    let away = |fake: &Fake| fake.change_facts(|f| f.obstacle = Some(token.clone()));
    tell("token away", &away, &nothing);
    let left = |fake: &Fake| {
        let unit = Unfinished {
            serial: Serial::new("FS-001038").unwrap(),
            slot: Some(SlotId(1)),
        };
        fake.change_facts(|facts| facts.unfinished = vec![unit]);
    };
    tell("units left unfinished", &left, &nothing);
    insta::assert_snapshot!("bench", all);
}

#[test]
fn the_door() {
    let mut all = String::new();
    let mut tell = |state: &str, fake: &Arc<Fake>, then: &dyn Fn(&mut Window)| {
        let mut window = window(fake);
        window.run();
        then(&mut window);
        window.run_steps(FRAMES);
        all += &format!("== {state} ==\n{}\n", told(&window));
    };
    let wrong = |window: &mut Window| sign_in(window, "wrong");
    tell("sign-in", &Fake::with_slots(1), &|_| {});
    tell("refused", &Fake::with_slots(1), &wrong);
    let locked = Fake::with_slots(1);
    locked.lock_until(NOW_MS + 9_000);
    tell("locked out", &locked, &|window| {
        type_text(window, "mira");
        press(window, Key::Enter);
        window.event(egui::Event::Text("wrong".to_owned()));
        window.key_press(Key::Enter);
    });
    let checking = Fake::with_slots(1);
    checking.hold_sign_in();
    tell("checking", &checking, &|window| {
        type_text(window, "mira");
        press(window, Key::Enter);
        window.event(egui::Event::Text(PASSWORD.to_owned()));
        window.key_press(Key::Enter);
    });
    tell("temporary password", &Fake::with_slots(1), &|window| {
        sign_in_as(window, "newton", TEMPORARY);
    });
    let cards = Fake::with_slots(1);
    cards.set_cards(&["mira's card"]);
    tell("cards", &cards, &|_| {});
    let first = Fake::with_slots(1);
    first.remove_people();
    tell("first run", &first, &|_| {});
    insta::assert_snapshot!("door", all);
}

#[test]
fn what_lies_over_the_screen() {
    let fake = Fake::with_slots(1);
    let mut window = at_bench(&fake);
    press(&mut window, Key::F1);
    let help = told(&window);
    press(&mut window, Key::Escape);
    fake.fail(1, 4, Fault::new(Code::LinkLost, "probe 1"));
    window.run();
    press(&mut window, Key::F2);
    let guide = told(&window);
    insta::assert_snapshot!("over", format!("== help ==\n{help}\n== guide ==\n{guide}"));
}

/// What was there stays on the screen when it cannot be asked again.
#[test]
fn a_screen_that_loses_its_database_keeps_what_it_shows() {
    let fake = Fake::with_slots(1);
    let mut window = come_to(&fake, "People", Role::SecurityAdmin, "alice", Mood::Answers);
    fake.set_mood(offline());
    window.get_by_label("Refresh").click();
    window.run_steps(FRAMES);
    let told = told(&window);
    assert!(told.contains("STO-02") && told.contains("bob · security admin"));
}
