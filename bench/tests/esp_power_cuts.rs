//! Power fails at every operation on the flash of an ESP32-C3 while a unit is updated: received,
//! installed, tried, confirmed. What is left is booted each time.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "driver_support/line.rs"]
mod line;
#[path = "driver_support/signed.rs"]
mod signed;
#[path = "esp_firmware/unit.rs"]
mod unit;

use cradle_bench::virtual_bench::{
    EspColdBoot, EspConfig, EspEnding, EspOperation, EspRemains, FlashOp,
};
use cradle_protocol::layout::esp32c3::{BANKS, IMAGE_CODE};
use cradle_protocol::message::{AgentReply, AgentRequest};
use cradle_protocol::metadata::Bank;

use line::AgentLine;
use unit::{COUNTER, Unit, application, firmware, root};

/// Instructions within which any boot ends.
const LIMIT: u64 = 500_000_000;
/// Of the copy in RAM, what the application does not write to.
const CODE: usize = 0x8000;

fn bank(agent: &mut AgentLine) -> (Bank, bool) {
    agent.ask(&AgentRequest::ReadPosture, |reply| match reply {
        AgentReply::Posture(posture) => (posture.bank, posture.confirmed),
        other => panic!("{other:?}"),
    })
}

/// What is meant to be in the banks.
struct Meant([Vec<u8>; 2]);

impl Meant {
    /// The application runs, from a copy of an image that is whole in its bank.
    fn judge(&self, left: &EspRemains, boot: &EspColdBoot, what: &str) {
        let log = String::from_utf8_lossy(&boot.log);
        assert_eq!(boot.ending, EspEnding::Entered, "{what}: {log}");
        let whole = self.0.iter().zip(BANKS).any(|(image, bank)| {
            let start = bank.start as usize;
            left.flash()[start..start + image.len()] == image[..]
        });
        assert!(whole, "{what}");
        let copy = boot.ram(IMAGE_CODE.start, CODE as u32).unwrap();
        assert!(self.0.iter().any(|image| image[..CODE] == copy), "{what}");
    }
}

/// How a run was cut, and how often that took a boot of its own.
#[derive(Debug, Default)]
struct Tally {
    cuts: u64,
    boots: u64,
}

/// Cuts the supply during and after each operation. When the last boot never looked at a page
/// that is programmed now, the next would go the same way, and is not repeated.
fn walk(
    config: &EspConfig,
    mut state: EspRemains,
    operations: &[EspOperation],
    meant: &Meant,
) -> Tally {
    let watched = IMAGE_CODE.start..IMAGE_CODE.end();
    let boot = |state: &EspRemains| EspColdBoot::run(config, state, &watched, LIMIT);
    let mut tally = Tally::default();
    let mut last = boot(&state);
    for (nth, operation) in (1..).zip(operations) {
        tally.cuts += 2;
        let matters = last.depends_on(operation);
        if matters {
            let mut torn = state.clone();
            torn.apply_in_part(operation, nth);
            meant.judge(&torn, &boot(&torn), &format!("during operation {nth}"));
        }
        state.apply(operation);
        if matters {
            last = boot(&state);
            tally.boots += 2;
        }
        meant.judge(&state, &last, &format!("after operation {nth}"));
    }
    tally
}

#[test]
fn a_power_cut_at_any_operation_of_an_update_leaves_a_unit_that_runs() {
    let old = application();
    let payload = firmware("application.bin");
    let new = root().image_at(Some(IMAGE_CODE.start), &payload, COUNTER + 1);
    assert_ne!(old, new);
    let board = Unit::blank(21).boots(&old).insert();
    let agent = &mut AgentLine::at(&board.uart_path());
    agent.wait();
    assert_eq!(bank(agent), (Bank::A, true));

    let before = board.remains();
    board.start_record();
    assert_eq!(agent.update(Bank::B, &new), Ok(Bank::B));
    agent.restart();
    assert_eq!(bank(agent), (Bank::B, true));
    let operations = board.take_record();
    let programs = operations.iter().filter(|o| o.kind() == FlashOp::Program);
    assert!(programs.count() > new.len() / 256);

    let meant = Meant([old, new]);
    let tally = walk(board.config(), before, &operations, &meant);
    println!("{tally:?}");
    assert!(tally.boots > 20, "{tally:?}");
}
