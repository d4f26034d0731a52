//! The window as a person uses it: by what it says, with keyboard and pointer, on a fake station.

#![allow(clippy::unwrap_used, reason = "helpers of tests, which may unwrap")]

#[allow(dead_code, reason = "each test binary uses its own part of the fake")]
mod gui_fake;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{Serial, SlotId};
use cradle_procedure::role::Role;
use cradle_procedure::step::StepId;
use cradle_station::gui::view::slot::State;
use eframe::egui::{self, Event, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use gui_fake::window::{
    Window, at_bench, click, press, says, sign_in, type_text, window, window_at,
};
use gui_fake::{Asked, Fake, IDLE, NOW_MS, PASSWORD};

fn state(window: &Window, slot: u16) -> State {
    window.state().view().get(SlotId(slot)).unwrap().state()
}

fn start(slot: u16) -> Asked {
    Asked::Start(SlotId(slot), None)
}

fn start_with(slot: u16, serial: &str) -> Asked {
    Asked::Start(SlotId(slot), Some(Serial::new(serial).unwrap()))
}

#[test]
fn start_all_starts_every_slot_that_is_ready_and_no_other() {
    let fake = Fake::with_slots(4);
    fake.set_board(2, false);
    let mut window = at_bench(&fake);
    fake.pass(4);
    window.run();
    click(&mut window, "Start all F5");
    assert_eq!(fake.asked(), [start(1), start(3)]);
    assert_eq!(state(&window, 1), State::Working);
}

#[test]
fn a_slot_that_fails_shows_code_and_remedy_while_the_others_pass() {
    let fake = Fake::with_slots(3);
    let mut window = at_bench(&fake);
    press(&mut window, Key::F5);
    fake.pass(1);
    fake.fail(2, 4, Fault::new(Code::LinkLost, "probe 2"));
    fake.pass(3);
    window.run();
    assert!(says(&window, "Slot 1, PASS, FS-001038"));
    assert!(says(&window, "Slot 3, PASS, FS-001040"));
    let failed = format!("Slot 2, FAIL, FS-001039, DEV-07, {}", Code::LinkLost.what());
    assert!(says(&window, &failed));
    assert!(says(&window, Code::LinkLost.remedy()));
}

#[test]
fn a_quarantined_slot_says_so_and_cannot_be_started_again() {
    let fake = Fake::with_slots(1);
    let mut window = at_bench(&fake);
    fake.fail(1, 1, Fault::new(Code::UidKnown, ""));
    window.run();
    assert!(says(&window, "Slot 1, QUARANTINE"));
    assert!(window.query_by_label("Start again: Slot 1").is_none());
    fake.asked();
    type_text(&mut window, "1");
    press(&mut window, Key::Enter);
    press(&mut window, Key::Enter);
    assert_eq!(fake.asked(), []);
    assert!(says(&window, "put the next board in"));
}

#[test]
fn the_keyboard_alone_signs_in_starts_looks_and_stops() {
    let fake = Fake::with_slots(2);
    let mut window = window(&fake);
    window.run();
    type_text(&mut window, "mira");
    press(&mut window, Key::Tab);
    type_text(&mut window, PASSWORD);
    press(&mut window, Key::Enter);
    press(&mut window, Key::F5);
    assert_eq!(fake.asked(), [start(1), start(2)]);
    fake.progress(2, StepId::FlashApplication, 1, 2);
    type_text(&mut window, "2");
    press(&mut window, Key::Enter);
    press(&mut window, Key::F4);
    assert!(says(&window, "virtual STM32F405, probe 2"));
    press(&mut window, Key::F8);
    assert_eq!(fake.asked(), [Asked::Stop(SlotId(2))]);
    press(&mut window, Key::Escape);
    assert!(!says(&window, "virtual STM32F405, probe 2"));
}

#[test]
fn tab_reaches_a_card_and_enter_opens_its_steps() {
    let fake = Fake::with_slots(1);
    let mut window = at_bench(&fake);
    fake.pass(1);
    window.run();
    for _ in 0..12 {
        if window.get_by_label_contains("Slot 1, PASS").is_focused() {
            break;
        }
        press(&mut window, Key::Tab);
    }
    press(&mut window, Key::Enter);
    assert!(says(&window, "Prove the finished unit"));
    assert!(says(&window, "Done, attested by the device"));
}

#[test]
fn a_scan_of_slot_and_serial_within_one_frame_starts_that_slot_with_it() {
    let fake = Fake::with_slots(12);
    let mut window = at_bench(&fake);
    for label in ["SLOT-11", "FS-007700"] {
        window.event(Event::Text(label.to_owned()));
        window.key_press(Key::Enter);
    }
    window.run();
    assert_eq!(fake.asked(), [start_with(11, "FS-007700")]);
}

#[test]
fn a_scan_is_not_lost_when_a_button_has_the_focus() {
    let fake = Fake::with_slots(2);
    let mut window = at_bench(&fake);
    press(&mut window, Key::Tab);
    for label in ["2", "FS-1"] {
        window.event(Event::Text(label.to_owned()));
        window.key_press(Key::Enter);
    }
    window.run();
    assert_eq!(fake.asked(), [start_with(2, "FS-1")]);
}

#[test]
fn space_starts_the_chosen_slot_with_the_next_serial() {
    let fake = Fake::with_slots(2);
    let mut window = at_bench(&fake);
    type_text(&mut window, "2");
    press(&mut window, Key::Space);
    press(&mut window, Key::Space);
    assert_eq!(fake.asked(), [start(2)]);
}

#[test]
fn a_new_serial_scanned_for_a_slot_that_passed_means_the_next_board() {
    let fake = Fake::with_slots(1);
    let mut window = at_bench(&fake);
    fake.pass(1);
    window.run();
    fake.asked();
    for label in ["1", "FS-2"] {
        type_text(&mut window, label);
        press(&mut window, Key::Enter);
    }
    let next = Asked::NextBoard(SlotId(1));
    assert_eq!(fake.asked(), [next, start_with(1, "FS-2")]);
}

#[test]
fn an_empty_slot_is_refused_with_its_code() {
    let fake = Fake::with_slots(1);
    fake.set_board(1, false);
    let mut window = at_bench(&fake);
    assert!(says(&window, "Slot 1, EMPTY"));
    type_text(&mut window, "1");
    press(&mut window, Key::Enter);
    press(&mut window, Key::Enter);
    assert!(says(&window, "DEV-01") && says(&window, Code::NoDevice.remedy()));
    press(&mut window, Key::Escape);
    assert!(!says(&window, "DEV-01"));
}

#[test]
fn next_boards_clears_what_has_ended() {
    let fake = Fake::with_slots(2);
    let mut window = at_bench(&fake);
    fake.pass(1);
    window.run();
    press(&mut window, Key::F6);
    assert_eq!(fake.asked(), [Asked::NextBoard(SlotId(1))]);
    assert_eq!(state(&window, 1), State::Ready);
}

#[test]
fn without_a_batch_the_bench_says_so_and_starts_nothing() {
    let fake = Fake::with_slots(2);
    fake.change_facts(|facts| facts.batch = None);
    let mut window = at_bench(&fake);
    assert!(says(&window, "No batch is open"));
    press(&mut window, Key::F5);
    assert_eq!(fake.asked(), []);
}

#[test]
fn an_obstacle_is_shown_before_anybody_runs_into_it() {
    let fake = Fake::with_slots(2);
    let used_up = Fault::new(Code::BatchExhausted, "B-2026-047: 100 of 100");
    fake.change_facts(|facts| facts.obstacle = Some(used_up));
    let mut window = at_bench(&fake);
    assert!(says(&window, "BAT-03") && says(&window, Code::BatchExhausted.remedy()));
    press(&mut window, Key::F5);
    assert_eq!(fake.asked(), []);
}

#[test]
fn a_role_that_may_not_provision_sees_why() {
    let fake = Fake::with_slots(2);
    fake.set_role(Role::Auditor);
    let mut window = at_bench(&fake);
    click(&mut window, "Bench");
    let why = "You may look here. Operators and supervisors start units.";
    assert!(says(&window, why) && !says(&window, "AUT-03"));
    press(&mut window, Key::F5);
    assert_eq!(fake.asked(), []);
}

#[test]
fn a_session_that_has_ended_leads_to_sign_in_with_the_reason() {
    let fake = Fake::with_slots(1);
    let mut window = at_bench(&fake);
    fake.end_session();
    press(&mut window, Key::F5);
    assert!(says(&window, "AUT-06"));
    assert!(says(&window, "Scan your badge"));
}

#[test]
fn nobody_signs_out_while_units_are_at_work_under_their_name() {
    let fake = Fake::with_slots(1);
    let mut window = at_bench(&fake);
    press(&mut window, Key::F5);
    fake.asked();
    click(&mut window, "Sign out");
    assert_eq!(fake.asked(), []);
    fake.pass(1);
    window.run();
    click(&mut window, "Sign out");
    assert_eq!(fake.asked(), [Asked::SignOut]);
    assert!(says(&window, "Scan your badge"));
}

#[test]
fn closing_asks_while_units_are_at_work_and_stops_them_on_yes() {
    let fake = Fake::with_slots(2);
    let mut window = at_bench(&fake);
    press(&mut window, Key::F5);
    fake.asked();
    let viewport = window.input().viewport_id;
    let info = window.input_mut().viewports.get_mut(&viewport).unwrap();
    info.events.push(egui::ViewportEvent::Close);
    window.step();
    let info = window.input_mut().viewports.get_mut(&viewport).unwrap();
    info.events.clear();
    window.run();
    assert!(says(&window, "Units are still at work (2)"));
    click(&mut window, "Stop and close");
    assert_eq!(
        fake.asked(),
        [Asked::Stop(SlotId(1)), Asked::Stop(SlotId(2))]
    );
}

#[test]
fn f1_shows_the_keys_and_escape_puts_them_away() {
    let fake = Fake::with_slots(1);
    let mut window = at_bench(&fake);
    press(&mut window, Key::F1);
    assert!(says(&window, "Keyboard and scanner"));
    press(&mut window, Key::Escape);
    assert!(!says(&window, "Keyboard and scanner"));
}

#[test]
fn two_presses_within_one_frame_are_two() {
    let fake = Fake::with_slots(1);
    let mut window = at_bench(&fake);
    let theme = window.ctx.theme();
    for _ in 0..2 {
        window.key_press(Key::F9);
        window.key_press(Key::F10);
        window.key_press_modifiers(Modifiers::COMMAND, Key::Plus);
    }
    window.step();
    window.run();
    assert_eq!(window.ctx.theme(), theme);
    assert!((window.ctx.zoom_factor() - 1.2).abs() < 0.01);
    // From English over German to Chinese.
    assert!(says(&window, "全部开始"));
}

#[test]
fn shift_f8_stops_every_slot_at_work() {
    let fake = Fake::with_slots(2);
    let mut window = at_bench(&fake);
    press(&mut window, Key::F5);
    fake.asked();
    window.key_press_modifiers(Modifiers::SHIFT, Key::F8);
    window.run();
    assert_eq!(
        fake.asked(),
        [Asked::Stop(SlotId(1)), Asked::Stop(SlotId(2))]
    );
}

#[test]
fn every_widget_has_a_name_on_every_bench_size() {
    for count in [0, 1, 8, 32] {
        let fake = Fake::with_slots(count);
        let mut window = at_bench(&fake);
        press(&mut window, Key::F5);
        // Panics if a widget has no accessible name.
        window.check_accessibility();
    }
}

#[test]
fn an_idle_window_asks_for_no_further_frame() {
    let fake = Fake::with_slots(2);
    let mut window = at_bench(&fake);
    window.run();
    window.step();
    let delay = window.output().viewport_output[&egui::ViewportId::ROOT].repaint_delay;
    assert!(delay > std::time::Duration::from_secs(3600), "{delay:?}");
}

#[test]
fn a_window_left_alone_asks_to_sign_in_again_and_its_units_go_on() {
    let fake = Fake::with_slots(2);
    let now_ms = Arc::new(AtomicU64::new(NOW_MS));
    let mut window = window_at(&fake, &now_ms);
    sign_in(&mut window, PASSWORD);
    press(&mut window, Key::F5);
    fake.run_steps(1, 5);
    window.run();
    let idle_ms = u64::try_from(IDLE.as_millis()).unwrap();
    now_ms.fetch_add(idle_ms - 1, Ordering::Relaxed);
    window.step();
    assert!(says(&window, "Slot 1"));
    fake.asked();

    now_ms.fetch_add(1, Ordering::Relaxed);
    window.step();
    window.step();
    assert!(says(&window, "AUT-06") && !says(&window, "Slot 1"));
    assert_eq!(fake.asked(), [Asked::SignOut]);
    assert_eq!(state(&window, 1), State::Working);
}

#[test]
fn boards_that_come_in_are_started_only_if_the_operator_wants_it() {
    let fake = Fake::with_slots(2);
    fake.set_board(2, false);
    let mut window = at_bench(&fake);
    fake.set_board(2, true);
    window.run();
    assert_eq!(fake.asked(), []);
    press(&mut window, Key::F7);
    assert!(says(&window, "Auto start: on"));
    // What waits already is for F5.
    assert_eq!(fake.asked(), []);
    fake.set_board(2, false);
    window.run();
    fake.set_board(2, true);
    window.run();
    window.run();
    assert_eq!(fake.asked(), [start(2)]);
    fake.pass(2);
    window.run();
    assert_eq!(fake.asked(), []);
    click(&mut window, "Next board: Slot 2");
    window.run();
    assert_eq!(fake.asked(), [Asked::NextBoard(SlotId(2)), start(2)]);
}

#[test]
fn auto_start_ends_with_the_person_who_wanted_it() {
    let fake = Fake::with_slots(1);
    let mut window = at_bench(&fake);
    press(&mut window, Key::F7);
    click(&mut window, "Sign out");
    sign_in(&mut window, PASSWORD);
    assert!(says(&window, "Auto start: off"));
    fake.asked();
    fake.set_board(1, false);
    window.run();
    fake.set_board(1, true);
    window.run();
    assert_eq!(fake.asked(), []);
}

#[test]
fn the_guide_opens_for_the_code_on_the_card_and_in_full() {
    let fake = Fake::with_slots(2);
    let mut window = at_bench(&fake);
    press(&mut window, Key::F2);
    assert!(!says(&window, "From the operator guide"));
    let fault = Fault::new(Code::NoDevice, "probe 2");
    fake.fail(2, 1, fault);
    window.run();
    press(&mut window, Key::F2);
    let more = window.query_all_by_label(Code::NoDevice.remedy()).count();
    assert_eq!(more, 1);
    press(&mut window, Key::F2);
    assert_eq!(
        window.query_all_by_label(Code::NoDevice.remedy()).count(),
        0
    );
}

#[test]
fn the_guide_says_more_of_a_code_than_the_screen() {
    let fake = Fake::with_slots(1);
    fake.lock_until(NOW_MS + 9_000);
    let mut window = window(&fake);
    fake.refuse_with(Code::AccountLocked);
    sign_in(&mut window, "wrong");
    window.key_press(Key::F2);
    window.run_steps(3);
    assert!(says(
        &window,
        "The waiting time doubles with each further failure"
    ));
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(!says(&window, "The waiting time doubles"));
}

#[test]
fn the_time_left_is_told_where_it_can_be_told() {
    let fake = Fake::with_slots(2);
    let mut window = at_bench(&fake);
    fake.progress(1, StepId::FlashApplication, 1, 2);
    window.run_steps(2);
    let left = |window: &Window| {
        let view = window.state().view();
        view.get(SlotId(1)).unwrap().left_ms(NOW_MS)
    };
    assert_eq!(left(&window), None);
    fake.expect(1, 4_000, 8_000);
    window.run_steps(2);
    assert_eq!(left(&window), Some(12_000));
    assert!(says(&window, "50 % · 4 s left, unit: 12 s left"));
}
