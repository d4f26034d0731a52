//! Pictures of the screens that matter most, light and dark.

use std::sync::Arc;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::role::Role;
use cradle_procedure::step::StepId;
use cradle_station::gui::app::Station;
use eframe::egui::Key;
use egui_kittest::Harness;

use super::painter::Painter;
use crate::gui_fake::window::{Window, press, sign_in, sign_in_as, type_text};
use crate::gui_fake::{Fake, NOW_MS, PASSWORD};

fn painted(fake: &Arc<Fake>) -> Window {
    let fake = Arc::clone(fake);
    let mut window = Harness::builder()
        .with_size([1000.0, 760.0])
        .with_max_steps(12)
        .renderer(Painter::default())
        .build_eframe(|creation| Station::new(&creation.egui_ctx, fake, Box::new(|| NOW_MS)));
    window.run();
    window
}

/// Both themes, the window's own first.
fn pictures(window: &mut Window, name: &str) {
    for theme in ["dark", "light"] {
        window.run_steps(3);
        window.snapshot(format!("{name}-{theme}"));
        window.key_press(Key::F9);
        window.run_steps(3);
    }
}

#[test]
fn the_sign_in() {
    let mut window = painted(&Fake::with_slots(4));
    pictures(&mut window, "sign-in");
}

#[test]
fn the_first_run() {
    let fake = Fake::with_slots(1);
    fake.remove_people();
    let mut window = painted(&fake);
    pictures(&mut window, "first-run");
}

#[test]
fn every_state_of_a_slot() {
    let fake = Fake::with_slots(6);
    fake.set_board(1, false);
    let mut window = painted(&fake);
    sign_in(&mut window, PASSWORD);
    fake.pass(3);
    fake.fail(4, 4, Fault::new(Code::LinkLost, "probe 4"));
    fake.fail(5, 1, Fault::new(Code::UidKnown, ""));
    fake.run_steps(6, 3);
    fake.progress(6, StepId::FlashApplication, 1, 2);
    fake.expect(6, 4_000, 8_000);
    pictures(&mut window, "bench");
}

#[test]
fn a_complete_decommissioning() {
    let fake = Fake::with_slots(1);
    fake.set_role(Role::ServiceTechnician);
    let mut window = painted(&fake);
    sign_in_as(&mut window, "mira", PASSWORD);
    for answer in ["FS-001040", "", "", "Pump station 4", "", "vera", PASSWORD] {
        if !answer.is_empty() {
            type_text(&mut window, answer);
        }
        press(&mut window, Key::Enter);
    }
    press(&mut window, Key::Enter);
    fake.finish_retirement(true);
    window.run();
    pictures(&mut window, "decommission");
}
