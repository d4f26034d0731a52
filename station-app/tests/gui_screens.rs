//! The screens beside the bench, as a person uses them, on a fake station.

#![allow(clippy::unwrap_used, reason = "helpers of tests, which may unwrap")]

#[allow(dead_code, reason = "each test binary uses its own part of the fake")]
mod gui_fake;

use std::sync::Arc;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{BatchId, OperatorName, Serial, SlotId};
use cradle_procedure::role::Role;
use cradle_station::gui::backend::RetirementOrder;
use cradle_station::gui::place::Place;
use cradle_wipe::{DestinationKind, Reason};
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use gui_fake::window::{Window, click, press, says, sign_in_as, type_text, window};
use gui_fake::{Asked, Fake, PASSWORD};

/// A window in which somebody with that role has signed in.
fn as_role(fake: &Arc<Fake>, role: Role, name: &str) -> Window {
    fake.set_role(role);
    let mut window = window(fake);
    sign_in_as(&mut window, name, PASSWORD);
    window
}

fn field(window: &mut Window, label: &str, text: &str) {
    let role = eframe::egui::Role::TextInput;
    window.get_by_role_and_label(role, label).focus();
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run();
    type_text(window, text);
}

/// Presses a button that may be below what is seen.
fn push(window: &mut Window, label: &str) {
    window.get_by_label(label).focus();
    window.run();
    press(window, Key::Enter);
}

fn draft() -> BatchId {
    BatchId::new("B-2026-048").unwrap()
}

#[test]
fn each_role_begins_at_its_own_work_and_finds_only_that() {
    let fake = Fake::with_slots(1);
    let auditor = as_role(&fake, Role::Auditor, "mira");
    assert!(says(&auditor, "1000 entries"));
    let operator = as_role(&fake, Role::Operator, "mira");
    assert!(says(&operator, "Slot 1, READY") && !says(&operator, "Audit log"));
}

#[test]
fn a_batch_is_approved_by_the_second_person_only() {
    let fake = Fake::with_slots(1);
    let mut window = as_role(&fake, Role::SecurityAdmin, "alice");
    assert!(says(&window, "B-2026-048 · draft"));
    click(&mut window, "Put my name to it");
    assert!(says(&window, "AUT-04") && says(&window, Code::OwnApproval.remedy()));
    assert_eq!(fake.asked(), []);
    click(&mut window, "Sign out");
    fake.asked();
    sign_in_as(&mut window, "bob", PASSWORD);
    click(&mut window, "Put my name to it");
    assert_eq!(fake.asked(), [Asked::Approve(draft())]);
    assert!(says(&window, "B-2026-048 · approved"));
    click(&mut window, "Open");
    assert!(says(&window, "B-2026-048 · open"));
}

#[test]
fn a_batch_is_asked_for_with_the_keyboard() {
    let fake = Fake::with_slots(1);
    let mut window = as_role(&fake, Role::Supervisor, "mira");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num3);
    window.run();
    click(&mut window, "New batch");
    type_text(&mut window, "b-9");
    press(&mut window, Key::Tab);
    type_text(&mut window, "many");
    press(&mut window, Key::Enter);
    assert!(says(&window, "CFG-03") && says(&window, "many"));
    field(&mut window, "Units allowed", "250");
    press(&mut window, Key::Enter);
    assert!(says(&window, "b-9 · draft · 0/250"));
}

#[test]
fn a_batch_is_closed_only_after_a_question() {
    let fake = Fake::with_slots(1);
    let mut window = as_role(&fake, Role::SecurityAdmin, "alice");
    click(&mut window, "B-2026-047 · open · 37/100");
    click(&mut window, "Close for good");
    assert_eq!(fake.asked(), []);
    assert!(says(&window, "Close B-2026-047 for good?"));
    press(&mut window, Key::Escape);
    assert!(!says(&window, "Close B-2026-047 for good?"));
    assert_eq!(fake.asked(), []);
}

#[test]
fn a_report_names_what_the_bars_show() {
    let fake = Fake::with_slots(1);
    let mut window = as_role(&fake, Role::SecurityAdmin, "alice");
    click(&mut window, "B-2026-047 · open · 37/100");
    assert!(says(&window, "Yield by slot"));
    assert!(says(&window, "Prove the finished unit: 2"));
}

#[test]
fn a_log_that_was_tampered_with_shows_which_row() {
    let fake = Fake::with_slots(1);
    let mut window = as_role(&fake, Role::Auditor, "mira");
    click(&mut window, "Verify the log");
    assert!(says(&window, "THE LOG HOLDS") && says(&window, "1000 entries"));
    fake.break_log("entry 417: the row in units is not what it says");
    click(&mut window, "Verify the log");
    assert!(says(&window, "THE LOG DOES NOT HOLD"));
    assert!(says(
        &window,
        "entry 417: the row in units is not what it says"
    ));
    assert!(says(&window, "STO-04") && says(&window, Code::AuditBroken.remedy()));
}

#[test]
fn an_entry_that_was_removed_is_missed_in_the_list() {
    let fake = Fake::with_slots(1);
    fake.remove_entry(997);
    let window = as_role(&fake, Role::Auditor, "mira");
    assert!(says(&window, "997, , MISSING: this entry was removed"));
}

#[test]
fn a_log_of_many_millions_is_walked_to_its_very_end() {
    let fake = Fake::with_slots(1);
    fake.set_log(130_000_000);
    let mut window = as_role(&fake, Role::Auditor, "mira");
    assert!(says(&window, "129999999, "));
    window.key_press_modifiers(Modifiers::COMMAND, Key::End);
    window.run();
    assert!(says(&window, "0, 2026-") && says(&window, "1, 2026-"));
    press(&mut window, Key::PageUp);
    assert!(!says(&window, "0, 2026-11-18 05:46:40, session.opened"));
}

#[test]
fn a_search_in_the_log_shows_what_matches_and_says_when_nothing_does() {
    let fake = Fake::with_slots(1);
    let mut window = as_role(&fake, Role::Auditor, "mira");
    field(&mut window, "Search", "FS-001007");
    press(&mut window, Key::Enter);
    assert!(says(&window, "4 entries") && says(&window, "unit.bound"));
    field(&mut window, "Search", "no such thing");
    press(&mut window, Key::Enter);
    assert!(says(&window, "Nothing matches"));
}

#[test]
fn a_log_of_a_million_entries_paints_only_what_is_seen() {
    let fake = Fake::with_slots(1);
    fake.set_log(1_000_000);
    let window = as_role(&fake, Role::Auditor, "mira");
    let rows = window.query_all_by_role(eframe::egui::Role::Row).count();
    assert!((10..60).contains(&rows), "{rows}");
}

#[test]
fn at_twice_the_size_the_log_still_has_room_for_its_rows() {
    let fake = Fake::with_slots(1);
    let mut window = as_role(&fake, Role::Auditor, "mira");
    for _ in 0..10 {
        window.key_press_modifiers(Modifiers::COMMAND, Key::Plus);
        window.run();
    }
    let rows = window.query_all_by_role(eframe::egui::Role::Row).count();
    assert!((5..30).contains(&rows), "{rows}");
}

#[test]
fn a_units_history_tells_of_every_attempt() {
    let fake = Fake::with_slots(1);
    let mut window = as_role(&fake, Role::Auditor, "mira");
    click(&mut window, "Units");
    type_text(&mut window, "FS-001041");
    press(&mut window, Key::Enter);
    assert!(says(&window, "STO-05"));
    field(&mut window, "Serial", "FS-001040");
    press(&mut window, Key::Enter);
    assert!(says(&window, "Failed, DEV-07, probe 3"));
    assert!(says(&window, "Provisioning began") && says(&window, "mira · station-3 · Slot 3"));
    click(&mut window, "Export the unit's file");
    assert!(says(&window, "/exports/FS-001040"));
}

fn is_digit(key: Key) -> bool {
    (Key::Num1..=Key::Num9).contains(&key)
}

#[test]
fn every_screen_is_named_in_every_language_and_theme_and_has_no_nameless_widget() {
    for role in [Role::Auditor, Role::SecurityAdmin, Role::ServiceTechnician] {
        let fake = Fake::with_slots(2);
        let mut window = as_role(&fake, role, "alice");
        for _ in 0..3 {
            for key in Key::ALL
                .iter()
                .filter(|key| is_digit(**key))
                .take(Place::of(role, true).len())
            {
                window.key_press_modifiers(Modifiers::COMMAND, *key);
                window.run();
                // Panics if a widget has no accessible name.
                window.check_accessibility();
            }
            press(&mut window, Key::F10);
            press(&mut window, Key::F9);
        }
    }
}

#[test]
fn a_unit_is_taken_out_of_service_with_the_keyboard_and_nobody_leaves_meanwhile() {
    let fake = Fake::with_slots(2);
    let mut window = as_role(&fake, Role::ServiceTechnician, "mira");
    assert!(says(&window, "Question 1 of 7") && says(&window, "Which unit?"));
    type_text(&mut window, "FS-001040");
    press(&mut window, Key::Enter);
    assert!(says(&window, "In which slot is it?"));
    press(&mut window, Key::Tab);
    press(&mut window, Key::Enter);
    assert!(says(&window, "Why is it taken out of service?"));
    press(&mut window, Key::Enter);
    press(&mut window, Key::Enter);
    assert!(says(&window, "CFG-03") && says(&window, "no place is given"));
    field(&mut window, "Where was it in use?", "Pump station 4");
    press(&mut window, Key::Enter);
    press(&mut window, Key::Enter);
    type_text(&mut window, "vera");
    press(&mut window, Key::Enter);
    type_text(&mut window, "not hers");
    press(&mut window, Key::Enter);
    press(&mut window, Key::Enter);
    assert!(says(&window, "AUT-01") && says(&window, "Who checks the result?"));
    press(&mut window, Key::Tab);
    type_text(&mut window, PASSWORD);
    press(&mut window, Key::Enter);
    fake.asked();
    assert!(says(&window, "Is all of this right?"));
    assert!(says(&window, "Pump station 4") && says(&window, "Slot 2"));
    assert_eq!(fake.asked(), []);
    press(&mut window, Key::Enter);
    let order = RetirementOrder {
        serial: Serial::new("FS-001040").unwrap(),
        slot: Some(SlotId(2)),
        grounds: None,
        reason: Reason::EndOfLife,
        verifier: OperatorName::new("vera").unwrap(),
        source: "Pump station 4".to_owned(),
        destination: DestinationKind::RecyclingFacility,
    };
    assert_eq!(fake.asked(), [Asked::Decommission(order)]);
    assert!(says(&window, "Prove which unit it is"));
    window.key_press_modifiers(Modifiers::COMMAND, Key::L);
    window.run();
    assert_eq!(fake.asked(), []);
    fake.refuse_retirement(Fault::new(Code::UnitState, "decommissioned already"));
    window.run();
    assert!(says(&window, "STO-06") && says(&window, "decommissioned already"));
    window.key_press_modifiers(Modifiers::COMMAND, Key::L);
    window.run();
    assert_eq!(fake.asked(), [Asked::SignOut]);
}

#[test]
fn a_unit_that_nobody_has_needs_grounds_that_the_verifier_stands_for() {
    let fake = Fake::with_slots(1);
    let mut window = as_role(&fake, Role::ServiceTechnician, "mira");
    type_text(&mut window, "FS-001040");
    press(&mut window, Key::Enter);
    click(&mut window, "Nobody has the board");
    assert!(says(&window, "Question 3 of 8") && says(&window, "Why does it go on without proof?"));
    press(&mut window, Key::Enter);
    assert!(says(&window, "CFG-03") && says(&window, "no grounds is given"));
    field(&mut window, "Why does it go on without proof?", "stolen");
    press(&mut window, Key::Enter);
    click(&mut window, "Lost");
    type_text(&mut window, "Pump station 4");
    press(&mut window, Key::Enter);
    press(&mut window, Key::Enter);
    type_text(&mut window, "vera");
    press(&mut window, Key::Enter);
    type_text(&mut window, PASSWORD);
    press(&mut window, Key::Enter);
    assert!(says(&window, "stolen"));
    press(&mut window, Key::Enter);
    let asked = fake.asked();
    let [Asked::Decommission(order)] = &asked[..] else {
        panic!("{asked:?}");
    };
    assert_eq!((order.slot, order.reason), (None, Reason::Lost));
    assert_eq!(order.grounds.as_deref(), Some("stolen"));
}

#[test]
fn units_that_wait_are_named_and_gone_on_with() {
    let fake = Fake::with_slots(1);
    fake.let_wait("FS-001040");
    let mut window = as_role(&fake, Role::ServiceTechnician, "mira");
    assert!(says(&window, "Units that wait") && says(&window, "FS-001040"));
    click(&mut window, "Go on with them");
    assert!(says(&window, "FS-001040: COMPLETE"));
}

#[test]
fn a_destroyed_unit_is_written_down_with_its_witness() {
    let fake = Fake::with_slots(1);
    let mut window = as_role(&fake, Role::ServiceTechnician, "mira");
    click(&mut window, "A unit was destroyed");
    field(&mut window, "Serial", "FS-001040");
    field(&mut window, "Why, and by which means", "shredded");
    field(&mut window, "Who saw it", "vera");
    let password = eframe::egui::Role::PasswordInput;
    window
        .get_by_role_and_label(password, "Password of the witness")
        .focus();
    window.run();
    type_text(&mut window, PASSWORD);
    push(&mut window, "Write it down");
    assert!(says(&window, "FS-001040 is on record as destroyed"));
    let asked = fake.asked();
    let [Asked::Destroy(order)] = &asked[..] else {
        panic!("{asked:?}");
    };
    assert_eq!(
        (order.witness.as_str(), &*order.reason),
        ("vera", "shredded")
    );
}

#[test]
fn a_unit_is_held_against_its_record_and_each_difference_named() {
    let fake = Fake::with_slots(2);
    let mut window = as_role(&fake, Role::ServiceTechnician, "mira");
    click(&mut window, "Units");
    type_text(&mut window, "FS-001040");
    press(&mut window, Key::Enter);
    click(&mut window, "Slot 2");
    click(&mut window, "Check");
    assert!(says(&window, "DIFFERENCES: 1") && says(&window, "2, not 3"));
}

#[test]
fn a_quota_is_raised_by_two_people_and_the_report_written() {
    let fake = Fake::with_slots(1);
    let mut window = as_role(&fake, Role::SecurityAdmin, "alice");
    click(&mut window, "B-2026-047 · open · 37/100");
    field(&mut window, "Units allowed in all", "150");
    push(&mut window, "Raise the quota");
    assert!(says(&window, "WAITS FOR A SECOND PERSON"));
    assert!(says(&window, "B-2026-047 · open · 37/100"));
    push(&mut window, "Write the report (PDF, CSV, signed data)");
    assert!(says(&window, "/exports/B-2026-047.pdf"));
    field(&mut window, "Units allowed in all", "160");
    field(&mut window, "Second person, if here", "bob");
    let password = eframe::egui::Role::PasswordInput;
    window
        .get_by_role_and_label(password, "Password of the second person")
        .focus();
    window.run();
    type_text(&mut window, PASSWORD);
    push(&mut window, "Raise the quota");
    assert!(says(&window, "B-2026-047 · open · 37/160"));
}

#[test]
fn the_language_is_changed_everywhere_and_kept() {
    let fake = Fake::with_slots(1);
    let mut first = window(&fake);
    first.run();
    click(&mut first, "Deutsch F10");
    assert!(says(&first, "Ausweis scannen"));
    let second = as_role(&fake, Role::Operator, "mira");
    assert!(says(&second, "Platz 1, BEREIT"));
}

#[test]
fn what_was_left_unfinished_is_named_when_work_begins() {
    let fake = Fake::with_slots(1);
    fake.change_facts(|facts| {
        facts.unfinished = vec![cradle_station::gui::backend::Unfinished {
            serial: cradle_procedure::ids::Serial::new("FS-001038").unwrap(),
            slot: Some(cradle_procedure::ids::SlotId(1)),
        }];
    });
    let mut window = as_role(&fake, Role::Operator, "mira");
    assert!(says(&window, "Begun and not finished: FS-001038 (Slot 1)"));
    press(&mut window, Key::F5);
    assert!(!says(&window, "Begun and not finished"));
}

#[test]
fn everything_can_be_made_larger_within_reason() {
    let fake = Fake::with_slots(2);
    let mut window = as_role(&fake, Role::Operator, "mira");
    for _ in 0..20 {
        window.key_press_modifiers(Modifiers::COMMAND, Key::Plus);
        window.run();
    }
    assert!((window.ctx.zoom_factor() - 2.0).abs() < 0.01);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num0);
    window.run();
    assert!((window.ctx.zoom_factor() - 1.0).abs() < 0.01);
}
