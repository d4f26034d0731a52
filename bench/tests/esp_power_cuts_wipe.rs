//! Power fails while the firmware of an ESP32-C3 wipes itself: the next start finishes the wipe, or
//! it was never begun.
//!
//! `CRADLE_FAULTS=all` cuts at every operation; without it a part of them is cut, the erasing of
//! sectors always.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "driver_support/line.rs"]
mod line;
#[path = "esp_firmware/provisioner.rs"]
mod provisioner;
#[path = "driver_support/signed.rs"]
mod signed;
#[path = "esp_firmware/unit.rs"]
mod unit;

use std::env;

use cradle_bench::virtual_bench::{EspBoard, EspConfig, EspOperation, EspRemains, VirtualBench};
use cradle_protocol::layout::esp32c3::NVS;
use cradle_protocol::message::{AgentReply, AgentRequest, DeviceState, ProvisionerRequest};

use line::AgentLine;
use provisioner::Provisioner;
use signed::Key;
use unit::{Unit, application, boot};

/// The sectors of the NVS are erased last.
const LAST: usize = 6;
/// Of what comes before, one in so many is cut.
const EVERY: usize = 4;

struct Run {
    config: EspConfig,
    before: EspRemains,
    operations: Vec<EspOperation>,
}

impl Run {
    /// Records what `work` does to the flash.
    fn record(board: &EspBoard, work: impl FnOnce(&mut AgentLine)) -> Self {
        let agent = &mut AgentLine::at(&board.uart_path());
        agent.wait();
        let before = board.remains();
        board.start_record();
        work(agent);
        Self {
            config: board.config().clone(),
            before,
            operations: board.take_record(),
        }
    }

    /// Calls `judge` with boards that were cut, and with how many operations were whole.
    fn cut(&self, judge: impl Fn(&EspBoard, usize)) {
        let all = env::var_os("CRADLE_FAULTS").is_some_and(|value| value == "all");
        let count = self.operations.len();
        let mut remains = self.before.clone();
        for (index, operation) in self.operations.iter().enumerate() {
            if all || index.is_multiple_of(EVERY) || index + LAST >= count {
                let mut cut = remains.clone();
                cut.apply_in_part(operation, index as u64);
                let bench = VirtualBench::new(1);
                let board = bench.insert_esp_remains(0, self.config.clone(), &cut);
                judge(&board.unwrap(), index);
            }
            remains.apply(operation);
        }
    }
}

fn identify(agent: &mut AgentLine) -> DeviceState {
    agent.wait();
    agent.ask(&AgentRequest::Identify, |reply| match reply {
        AgentReply::Identity(identity) => identity.state,
        other => panic!("{other:?}"),
    })
}

fn in_service(index: u32) -> EspBoard {
    let board = Unit::blank(index).boots(&application()).insert();
    let mut provisioner = Provisioner::start(&board);
    provisioner.ask(&ProvisionerRequest::MakeKey, |_| ());
    let key = Key::new(0x22).public();
    provisioner.done(&ProvisionerRequest::StoreWipeAuthority { key });
    drop(provisioner);
    boot(&board);
    board
}

#[test]
fn a_wipe_that_power_interrupts_is_finished_or_was_never_begun() {
    let board = in_service(32);
    let run = Run::record(&board, |agent| {
        let challenge = agent.ask(&AgentRequest::RequestWipe, |reply| match reply {
            AgentReply::WipeChallenge(nonce) => nonce,
            other => panic!("{other:?}"),
        });
        let order = Key::new(0x22).wipe_order(&board.uid(), &challenge);
        agent.ask(&AgentRequest::Wipe { signature: &order }, |reply| {
            assert!(matches!(reply, AgentReply::Wiped(_)));
        });
    });
    run.cut(|board, at| {
        let agent = &mut AgentLine::at(&board.uart_path());
        let nvs = |board: &EspBoard| {
            let flash = board.dump_flash();
            flash[NVS.start as usize..NVS.end() as usize].to_vec()
        };
        match identify(agent) {
            DeviceState::Wiped => {
                let erased = nvs(board).iter().all(|byte| *byte == 0xFF);
                assert!(erased, "cut at {at}");
            }
            DeviceState::Operational => {
                let attested = agent.ask(&AgentRequest::Attest { nonce: [1; 32] }, |reply| {
                    matches!(reply, AgentReply::Attestation(_))
                });
                assert!(attested, "cut at {at}");
            }
            DeviceState::Recovery(_) => panic!("cut at {at}"),
        }
    });
}
