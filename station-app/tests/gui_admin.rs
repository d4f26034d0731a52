//! Authority, releases, people and the virtual bench, as a person uses them, on a fake station.

#![allow(clippy::unwrap_used, reason = "helpers of tests, which may unwrap")]

#[allow(dead_code, reason = "each test binary uses its own part of the fake")]
mod gui_fake;

use std::sync::Arc;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::SlotId;
use cradle_procedure::ports::RevocationReason;
use cradle_procedure::release::Check;
use cradle_procedure::role::Role;
use cradle_station::gui::backend::{BoardChoice, Mishap, RevocationOrder, Tone, TrainingOrder};
use eframe::egui::{self, Key};
use egui_kittest::kittest::Queryable as _;
use gui_fake::window::{Window, click, press, says, sign_in_as, type_text, window};
use gui_fake::{Asked, Fake, PASSWORD};

/// A window in which that person has gone to a screen.
fn at(fake: &Arc<Fake>, role: Role, name: &str, place: &str) -> Window {
    fake.set_role(role);
    let mut window = window(fake);
    sign_in_as(&mut window, name, PASSWORD);
    go(&mut window, place);
    fake.asked();
    window
}

fn go(window: &mut Window, place: &str) {
    window.get_by_role_and_label(egui::Role::Tab, place).click();
    window.run();
}

/// Leaves the window to another person, who goes to the same screen.
fn hand_over(window: &mut Window, fake: &Arc<Fake>, name: &str, place: &str) {
    click(window, "Sign out");
    sign_in_as(window, name, PASSWORD);
    go(window, place);
    fake.asked();
}

fn type_into(window: &mut Window, role: egui::Role, label: &str, text: &str) {
    // What is below the edge of the window is scrolled to, as a person would.
    window.get_by_role_and_label(role, label).scroll_to_me();
    window.run();
    window.get_by_role_and_label(role, label).focus();
    window.run();
    type_text(window, text);
}

fn push(window: &mut Window, label: &str) {
    let button = window.get_by_role_and_label(egui::Role::Button, label);
    button.scroll_to_me();
    window.run();
    let button = window.get_by_role_and_label(egui::Role::Button, label);
    button.click();
    window.run();
}

fn revocation() -> Asked {
    Asked::Revoke(RevocationOrder {
        certificate: "4f2a".to_owned(),
        reason: RevocationReason::KeyCompromise,
    })
}

const FIELD: egui::Role = egui::Role::TextInput;
const SECRET: egui::Role = egui::Role::PasswordInput;

#[test]
fn the_authority_says_what_is_wrong_and_what_ends_soon() {
    let fake = Fake::with_slots(1);
    let window = at(&fake, Role::Auditor, "mira", "Authority");
    assert!(says(&window, "SEE TO IT"));
    assert!(says(&window, "in 200 d") && says(&window, "not made yet"));
    assert!(says(&window, "it can be taken off the token"));
    assert!(says(&window, "Missing.") && says(&window, "cradle-ocsp"));
    assert!(says(&window, "Complete list 17") && says(&window, "(2 d ago)"));
    assert!(says(&window, "not in the reader"));
    // An auditor changes nothing.
    assert!(!says(&window, "Revoke a certificate"));
}

#[test]
fn a_certificate_is_revoked_once_the_second_person_has_approved() {
    let fake = Fake::with_slots(1);
    let mut window = at(&fake, Role::SecurityAdmin, "alice", "Authority");
    push(&mut window, "Revoke");
    assert!(says(&window, "CFG-03"));
    type_into(
        &mut window,
        FIELD,
        "Serial number of the certificate",
        "4F2A",
    );
    push(&mut window, "Its key may be known to others");
    push(&mut window, "Revoke");
    assert!(says(&window, "WAITS FOR A SECOND PERSON"));
    assert!(says(
        &window,
        "Revoke certificate 4f2a: Its key may be known to others"
    ));
    assert!(!says(&window, "Approve: 1") && says(&window, "Take back: 1"));
    assert_eq!(fake.asked(), []);

    hand_over(&mut window, &fake, "bob", "Authority");
    push(&mut window, "Approve: 1");
    assert!(says(&window, "Approved by bob"));

    hand_over(&mut window, &fake, "alice", "Authority");
    type_into(
        &mut window,
        FIELD,
        "Serial number of the certificate",
        "4f2a",
    );
    push(&mut window, "Its key may be known to others");
    push(&mut window, "Revoke");
    assert_eq!(fake.asked(), [revocation()]);
    assert!(says(&window, "the revocation list holds it (467 bytes)"));
}

#[test]
fn a_second_person_who_is_here_approves_at_once_and_cannot_be_the_first() {
    let fake = Fake::with_slots(1);
    let mut window = at(&fake, Role::SecurityAdmin, "alice", "Authority");
    type_into(
        &mut window,
        FIELD,
        "Serial number of the certificate",
        "4f2a",
    );
    push(&mut window, "Its key may be known to others");
    for (name, told) in [("alice", "AUT-04"), ("bob", "DONE")] {
        let field = window.get_by_role_and_label(FIELD, "Second person, if here");
        field.focus();
        window.run();
        window.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
        window.run();
        type_text(&mut window, name);
        type_into(
            &mut window,
            SECRET,
            "Password of the second person",
            PASSWORD,
        );
        push(&mut window, "Revoke");
        assert!(says(&window, told), "{name}");
    }
    assert_eq!(fake.asked(), [revocation()]);
}

#[test]
fn a_certificate_is_revoked_where_its_unit_is_shown() {
    let fake = Fake::with_slots(1);
    let mut window = at(&fake, Role::SecurityAdmin, "alice", "Units");
    type_text(&mut window, "FS-001040");
    press(&mut window, Key::Enter);
    push(&mut window, "Revoke a certificate");
    push(&mut window, "Another one takes its place");
    type_into(&mut window, FIELD, "Second person, if here", "bob");
    let label = "Password of the second person";
    type_into(&mut window, SECRET, label, PASSWORD);
    push(&mut window, "Revoke");
    let order = RevocationOrder {
        certificate: "4c1ab2f09e77d013".to_owned(),
        reason: RevocationReason::Superseded,
    };
    assert_eq!(fake.asked(), [Asked::Revoke(order)]);
    assert!(says(&window, ": Another one takes its place"));
    // What is revoked is revoked for good.
    assert!(!says(&window, "Revoke a certificate"));
}

#[test]
fn who_does_not_manage_the_authority_is_offered_no_revocation() {
    let fake = Fake::with_slots(1);
    let mut window = at(&fake, Role::Auditor, "mira", "Units");
    type_text(&mut window, "FS-001040");
    press(&mut window, Key::Enter);
    assert!(says(&window, "Certificate 4c1ab2f09e77d013"));
    assert!(!says(&window, "Revoke a certificate"));
}

#[test]
fn people_are_shown_with_their_lock_outs_and_let_in_again() {
    let fake = Fake::with_slots(1);
    let mut window = at(&fake, Role::SecurityAdmin, "alice", "People");
    click(
        &mut window,
        "mira · operator · has to wait 40 s after failed sign-ins",
    );
    push(&mut window, "Let try again at once");
    assert!(says(&window, "The account of mira is changed."));
    assert!(!says(&window, "has to wait"));
}

#[test]
fn a_new_admin_takes_two_people_and_an_operator_one() {
    let fake = Fake::with_slots(1);
    let mut window = at(&fake, Role::SecurityAdmin, "alice", "People");
    for (name, role, told) in [
        ("olga", "operator", "DONE"),
        ("carol", "security admin", "WAITS FOR A SECOND PERSON"),
    ] {
        push(&mut window, "New person");
        type_into(&mut window, FIELD, "Name", name);
        push(&mut window, role);
        type_into(&mut window, SECRET, "Temporary password", PASSWORD);
        push(&mut window, "Add");
        assert!(says(&window, told), "{name}");
        press(&mut window, Key::Escape);
    }
    assert!(says(&window, "olga · operator") && !says(&window, "carol · security"));
    hand_over(&mut window, &fake, "bob", "People");
    assert!(says(&window, "Add carol as security admin"));
    push(&mut window, "Refuse: 1");
    assert!(!says(&window, "Add carol"));
}

#[test]
fn whoever_locks_all_but_one_admin_out_is_told() {
    let fake = Fake::with_slots(1);
    let mut window = at(&fake, Role::SecurityAdmin, "alice", "People");
    click(&mut window, "bob · security admin");
    push(&mut window, "Let in no more");
    assert!(says(&window, "Let bob in no more?"));
    press(&mut window, Key::Escape);
    assert!(!says(&window, "Let bob in no more?") && !says(&window, "disabled"));
    push(&mut window, "Let in no more");
    press(&mut window, Key::Tab);
    press(&mut window, Key::Enter);
    assert!(says(&window, "Only one security admin is left"));
    assert!(says(&window, "bob · security admin · disabled"));
}

#[test]
fn an_auditor_sees_people_and_changes_none() {
    let fake = Fake::with_slots(1);
    let window = at(&fake, Role::Auditor, "mira", "People");
    assert!(says(&window, "alice · security admin"));
    assert!(!says(&window, "New person") && !says(&window, "Let in no more"));
}

#[test]
fn every_check_of_a_release_is_shown_and_none_is_skipped_over() {
    let fake = Fake::with_slots(1);
    let fault = Fault::new(Code::ReleaseAltered, "application.signed.bin");
    fake.spoil_release(Check::Application, fault);
    let mut window = at(&fake, Role::SecurityAdmin, "alice", "Releases");
    push(&mut window, "Check the release");
    assert!(says(&window, "Signed with the pinned release key"));
    assert!(says(&window, "REFUSED") && says(&window, Code::ReleaseAltered.id()));
    let count = |word| window.query_all_by_label(word).count();
    assert_eq!(
        (count("passed"), count("failed"), count("not made")),
        (4, 1, 2)
    );
}

#[test]
fn a_release_is_put_on_record_once_its_key_is_let_in_by_two() {
    let fake = Fake::with_slots(1);
    fake.distrust_release_key();
    let mut window = at(&fake, Role::SecurityAdmin, "alice", "Releases");
    push(&mut window, "Check the release");
    assert!(says(&window, "EVERY CHECK PASSED"));
    push(&mut window, "Put on record");
    assert!(says(&window, "REL-09"));
    type_into(&mut window, FIELD, "Second person, if here", "bob");
    type_into(
        &mut window,
        SECRET,
        "Password of the second person",
        PASSWORD,
    );
    push(&mut window, "Let this release key in");
    assert!(says(&window, "is let in"));
    push(&mut window, "Put on record");
    assert!(says(&window, "ON RECORD") && says(&window, "sensor-1.5.0"));
}

#[test]
fn a_release_is_retired_only_after_a_question() {
    let fake = Fake::with_slots(1);
    let mut window = at(&fake, Role::SecurityAdmin, "alice", "Releases");
    click(&mut window, "sensor-1.4.2");
    push(&mut window, "No more units with it");
    assert!(says(&window, "Shall no more units get sensor-1.4.2?"));
    assert!(!says(&window, "· retired"));
    press(&mut window, Key::Tab);
    press(&mut window, Key::Enter);
    assert!(says(&window, "sensor-1.4.2 · retired"));
}

#[test]
fn the_units_that_carry_a_component_are_found_from_the_bill_of_materials() {
    let fake = Fake::with_slots(1);
    let mut window = at(&fake, Role::Auditor, "mira", "Releases");
    assert!(says(&window, "3 components"));
    let filter = "Name, version or package URL contains";
    type_into(&mut window, FIELD, filter, "HEAP");
    assert!(says(&window, "1 components") && !says(&window, "cortex-m"));
    click(&mut window, "heapless, 0.9.1, pkg:cargo/heapless@0.9.1");
    assert!(says(&window, "3 units") && says(&window, "FS-001042"));
    type_into(&mut window, FIELD, "Only versions older than", "0.9.1");
    press(&mut window, Key::Enter);
    assert!(says(&window, "No unit on record carries it."));
    push(&mut window, "Search");
    assert!(says(&window, "0 units"));
}

#[test]
fn a_carrier_leads_to_its_history() {
    let fake = Fake::with_slots(1);
    let mut window = at(&fake, Role::Auditor, "mira", "Releases");
    type_into(&mut window, FIELD, "Component", "heapless");
    press(&mut window, Key::Enter);
    let row = "FS-001040, provisioned, B-2026-047, sensor-1.4.2, 0.9.1";
    window.get_by_label(row).scroll_to_me();
    window.run();
    click(&mut window, row);
    assert!(says(&window, "Provisioning began"));
}

#[test]
fn boards_are_put_in_pulled_and_spoilt_on_the_virtual_bench() {
    let fake = Fake::with_slots(2);
    let mut window = at(&fake, Role::Operator, "mira", "Virtual bench");
    click(&mut window, "Slot 2");
    click(&mut window, "Clone of slot 1");
    click(&mut window, "Cable is pulled");
    assert!(says(&window, "It will go wrong in the next run."));
    click(&mut window, "Take the board out");
    let train = |order| Asked::Train(SlotId(2), order);
    assert_eq!(
        fake.asked(),
        [
            train(TrainingOrder::Insert(BoardChoice::CloneOf(SlotId(1)))),
            train(TrainingOrder::Arm(Mishap::Cable)),
            train(TrainingOrder::Pull),
        ]
    );
    assert!(says(&window, "No board in this slot"));
    assert!(!says(&window, "Cable is pulled"));
}

#[test]
fn a_board_that_is_put_in_after_a_verdict_waits_to_be_started() {
    let fake = Fake::with_slots(1);
    let mut window = at(&fake, Role::Operator, "mira", "Bench");
    fake.pass(1);
    window.run();
    assert!(says(&window, "Slot 1, PASS"));
    go(&mut window, "Virtual bench");
    click(&mut window, "Genuine and new");
    go(&mut window, "Bench");
    assert!(says(&window, "Slot 1, READY"));
}

#[test]
fn a_diagnostics_file_is_written_from_the_settings() {
    let fake = Fake::with_slots(1);
    let mut window = at(&fake, Role::Operator, "mira", "Settings");
    push(&mut window, "Write the file");
    assert!(says(&window, "/exports/diagnostics/diagnostics.json"));
}

#[test]
fn tones_are_heard_only_by_who_wants_them_and_the_bad_one_first() {
    let fake = Fake::with_slots(2);
    let mut window = at(&fake, Role::Operator, "mira", "Settings");
    fake.pass(1);
    window.run();
    assert_eq!(fake.asked(), []);
    // Whoever switches them on hears one.
    push(&mut window, "On");
    assert_eq!(fake.asked(), [Asked::Play(Tone::Good)]);
    fake.pass(1);
    fake.fail(2, 4, Fault::new(Code::LinkLost, "probe 2"));
    window.run();
    assert_eq!(fake.asked(), [Asked::Play(Tone::Bad)]);
    fake.pass(1);
    window.run();
    assert_eq!(fake.asked(), [Asked::Play(Tone::Good)]);
    push(&mut window, "Off");
    fake.pass(1);
    window.run();
    assert_eq!(fake.asked(), []);
}
