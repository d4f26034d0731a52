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
#[path = "esp_power_cuts/walk.rs"]
mod walk;

use cradle_bench::virtual_bench::{EspColdBoot, EspEnding, EspRemains, FlashOp};
use cradle_protocol::layout::esp32c3::{BANKS, IMAGE_CODE};
use cradle_protocol::message::{AgentReply, AgentRequest};
use cradle_protocol::metadata::Bank;

use line::AgentLine;
use unit::{COUNTER, Unit, application, firmware, root};
use walk::walk;

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
    let judge = |left: &_, boot: &_, what: &_| meant.judge(left, boot, what);
    let tally = walk(board.config(), before, &operations, |_| true, judge);
    println!("{tally:?}");
    assert_eq!(tally.cuts, 2 * operations.len() as u64);
    assert!(tally.boots > 4, "{tally:?}");
}
