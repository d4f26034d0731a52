//! What a technician does with a finished document, and with a unit that cannot prove itself.

#![allow(clippy::unwrap_used, reason = "helpers of tests, which may unwrap")]
#![allow(clippy::panic, reason = "helpers of tests, which may panic")]

#[allow(dead_code, reason = "each test binary uses its own part of the fake")]
mod gui_fake;

use std::path::PathBuf;
use std::sync::Arc;

use cradle_procedure::ids::SlotId;
use cradle_procedure::role::Role;
use cradle_procedure::step::{Estimate, Event, StepId};
use eframe::egui::{self, Key};
use egui_kittest::kittest::Queryable as _;
use gui_fake::retiring::PDF;
use gui_fake::window::{Window, click, press, says, sign_in_as, type_text, window};
use gui_fake::{Asked, Fake, NOW_MS, PASSWORD};

/// A window in which the known unit is being taken out of service.
fn retiring(fake: &Arc<Fake>) -> Window {
    fake.set_role(Role::ServiceTechnician);
    let mut window = window(fake);
    sign_in_as(&mut window, "mira", PASSWORD);
    answers(
        &mut window,
        &[
            "FS-001040",
            "",
            "",
            "Pump station 4",
            "",
            "vera",
            PASSWORD,
            "",
        ],
    );
    fake.asked();
    window
}

/// A window in which it was.
fn retired(fake: &Arc<Fake>, complete: bool) -> Window {
    let mut window = retiring(fake);
    fake.finish_retirement(complete);
    window.run();
    window
}

/// Types each answer and ends it with Enter; an empty one takes what has the keyboard.
fn answers(window: &mut Window, answers: &[&str]) {
    for answer in answers {
        if !answer.is_empty() {
            type_text(window, answer);
        }
        press(window, Key::Enter);
    }
}

#[test]
fn a_wipe_under_way_says_how_far_it_is_and_how_long_it_still_takes() {
    let fake = Fake::with_slots(2);
    let mut window = retiring(&fake);
    assert!(says(&window, "Prove which unit it is"));
    let step = StepId::BlankCheck;
    let (at_ms, done, total) = (NOW_MS, 256, 1024);
    fake.retirement_tells(Event::Started { step, at_ms });
    fake.retirement_tells(Event::Progress { step, done, total });
    fake.retirement_tells(Event::Expected(Estimate {
        step_ends_ms: NOW_MS + 3_000,
        then_ms: Some(4_000),
    }));
    window.run_steps(3);
    assert!(says(&window, "25 % · 3 s left · unit: 7 s left"));
}

#[test]
fn a_document_is_printed_and_copied_to_where_the_person_says() {
    let fake = Fake::with_slots(2);
    let mut window = retired(&fake, true);
    assert!(says(&window, "COMPLETE"));
    click(&mut window, "Print");
    assert_eq!(fake.asked(), [Asked::Print(PathBuf::from(PDF))]);

    // There is nowhere to copy it to yet.
    click(&mut window, "Save a copy");
    assert_eq!(fake.asked(), []);
    let field = window.get_by_role_and_label(egui::Role::TextInput, "Save to");
    field.focus();
    window.run();
    type_text(&mut window, "/media/stick/proof.pdf");
    click(&mut window, "Save a copy");
    let to = PathBuf::from("/media/stick/proof.pdf");
    assert_eq!(fake.asked(), [Asked::Copy(PathBuf::from(PDF), to)]);
    assert!(says(&window, "Written to /media/stick/proof.pdf"));
}

#[test]
fn a_document_that_no_viewer_opens_says_so() {
    let fake = Fake::with_slots(2);
    let mut window = retired(&fake, true);
    click(&mut window, "Open the document");
    assert!(says(&window, "CFG-02") && says(&window, "no viewer for"));
    assert!(says(&window, "COMPLETE"));
}

#[test]
fn a_unit_that_cannot_prove_itself_goes_on_with_the_verifiers_word() {
    let fake = Fake::with_slots(2);
    let mut window = retired(&fake, false);
    assert!(says(&window, "PENDING"));
    assert!(says(&window, "Prove which unit it is: DEV-07"));
    click(
        &mut window,
        "It cannot prove itself: go on with the verifier's word",
    );
    assert!(says(&window, "Why does it go on without proof?"));
    press(&mut window, Key::Enter);
    assert!(says(&window, "no grounds is given"));
    // Reason and place stay as they were answered; the verifier signs in again.
    answers(&mut window, &["water in the housing", "", "", "", ""]);
    assert!(says(&window, "Who checks the result?"));
    assert_eq!(fake.asked(), []);
    let field = window.get_by_role_and_label(egui::Role::PasswordInput, "Password");
    field.focus();
    window.run();
    answers(&mut window, &[PASSWORD]);
    assert!(says(&window, "Is all of this right?") && says(&window, "water in the housing"));
    press(&mut window, Key::Enter);
    let asked = fake.asked();
    let [Asked::Decommission(order)] = &asked[..] else {
        panic!("{asked:?}");
    };
    assert_eq!(order.slot, Some(SlotId(1)));
    assert_eq!(order.grounds.as_deref(), Some("water in the housing"));
    assert_eq!(order.source, "Pump station 4");
}
