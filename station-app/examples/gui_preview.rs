//! Opens the station window on a fake station, so that its looks can be judged without a bench:
//! `cargo run -p cradle-station --example gui_preview -- mixed`

#[allow(dead_code, missing_docs, clippy::unwrap_used, unreachable_pub)]
#[path = "../tests/gui_fake/mod.rs"]
mod gui_fake;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::step::StepId;
use gui_fake::Fake;

const SCENES: &str = "one | mixed | many | no-batch | first-run";

fn main() -> Result<(), Fault> {
    let scene = std::env::args().nth(1).unwrap_or_default();
    let fake = match scene.as_str() {
        "one" => Fake::with_slots(1),
        "mixed" => mixed(),
        "many" => many(),
        "no-batch" => {
            let fake = Fake::with_slots(4);
            fake.change_facts(|facts| facts.batch = None);
            fake
        }
        "first-run" => {
            let fake = Fake::with_slots(4);
            fake.remove_people();
            fake
        }
        _ => return Err(Fault::new(Code::InputInvalid, SCENES)),
    };
    cradle_station::gui::open(fake)
}

fn mixed() -> Arc<Fake> {
    let fake = Fake::with_slots(8);
    fake.set_start(half_a_minute_ago_ms());
    fake.pass(1);
    fake.fail(
        2,
        4,
        Fault::new(Code::LinkLost, "probe 2: no answer to DPIDR within 200 ms"),
    );
    fake.run_steps(3, 4);
    fake.progress(3, StepId::FlashApplication, 131_072, 393_216);
    fake.fail(
        4,
        1,
        Fault::new(Code::UidKnown, "chip of FS-000912, provisioned 2026-11-03"),
    );
    fake.run_steps(5, 11);
    fake.progress(5, StepId::Issue, 0, 0);
    fake.pass(6);
    fake.set_board(8, false);
    fake
}

fn many() -> Arc<Fake> {
    let fake = Fake::with_slots(32);
    fake.set_start(half_a_minute_ago_ms());
    for slot in 1..=32 {
        match slot % 7 {
            0 => fake.fail(slot, 2, Fault::new(Code::NoDevice, "")),
            1 | 2 => fake.pass(slot),
            3 | 4 => {
                fake.run_steps(slot, 4);
                fake.progress(slot, StepId::FlashApplication, 131_072, 393_216);
            }
            5 => {}
            _ => fake.fail(slot, 1, Fault::new(Code::OtpNotVirgin, "")),
        }
    }
    fake
}

fn half_a_minute_ago_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64 - 30_000)
}
