//! Power fails at every operation on flash and eFuses of a whole provisioning of an ESP32-C3,
//! done by the driver with the firmware built from this repository.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "esp_power_cuts/support.rs"]
mod driver_support;
#[path = "esp_power_cuts/judge.rs"]
mod judge;
#[path = "power_cuts/line.rs"]
mod line;
#[path = "esp_power_cuts/run.rs"]
mod run;
#[path = "esp_power_cuts/walk.rs"]
mod walk;
#[path = "../../procedure/tests/world/mod.rs"]
mod world;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use run::{Run, everything};

#[test]
fn a_power_cut_at_any_operation_leaves_a_unit_that_runs_only_what_verifies() {
    Run::new(51).cut_everywhere();
}

#[test]
fn a_unit_cut_off_during_a_burn_passes_when_started_again() {
    let run = Run::new(52);
    let torn = run.torn_burns(everything());
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((nth, left)) = torn.get(next.fetch_add(1, Ordering::Relaxed)) {
            run.restart(*nth, left);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    println!("{} restarts", torn.len());
    assert!(torn.len() > 2);
}
