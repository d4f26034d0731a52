//! An ESP32-C3 that makes the key of its flash itself and runs from encrypted flash: provisioned
//! by the driver with the firmware built from this repository, updated, erased, and cut off.
//! `espsecure` and `espefuse` judge what is in the cells.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "driver_support/line.rs"]
mod agent;
#[path = "esp_chip/board.rs"]
mod board;
#[path = "esp_power_cuts/encrypted.rs"]
mod driver_support;
#[path = "esp_flash_encryption/espsecure.rs"]
mod espsecure;
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

use std::fs;
use std::path::Path;
use std::sync::Arc;

use cradle_bench::virtual_bench::{
    EspBoard, EspConfig, EspOperation, EspRemains, FlashOp, VirtualBench,
};
use cradle_procedure::fault::Code;
use cradle_procedure::plan::{Goal, prove};
use cradle_procedure::step::Verdict;
use cradle_protocol::layout::esp32c3::{BANKS, NVS, PARTITION_TABLE};
use cradle_protocol::message::{AgentReply, AgentRequest};
use cradle_protocol::metadata::Bank;
use tempfile::tempdir;

use agent::AgentLine;
use board::{boot, download, espefuse};
use run::{Run, everything, open};

/// The eFuse block of BLOCK_KEY2.
const KEY2: usize = 6;

/// The board after so many operations.
fn board_after(run: &Run, operations: usize) -> (Arc<VirtualBench>, EspBoard) {
    let left = remains_after(run, operations);
    let bench = Arc::new(VirtualBench::new(1));
    let board = bench.insert_esp_remains(0, run.config.clone(), &left);
    (bench, board.unwrap())
}

fn remains_after(run: &Run, operations: usize) -> EspRemains {
    let mut left = run.virgin.clone();
    let done = &run.operations[..operations];
    done.iter().for_each(|operation| left.apply(operation));
    left
}

fn finished(run: &Run) -> (Arc<VirtualBench>, EspBoard) {
    board_after(run, run.operations.len())
}

fn is_burn(operation: &EspOperation) -> bool {
    operation.kind() == FlashOp::OtpProgram
}

#[test]
fn programs_stand_encrypted_in_flash_and_espefuse_sees_the_state_that_was_meant() {
    let (run, folder) = (Run::new(61), tempdir().unwrap());
    let (_bench, board) = finished(&run);
    let mut key = board.dump_efuse_block(KEY2);
    key.reverse();
    fs::write(folder.path().join("key"), key).unwrap();
    let cells = board.dump_flash();
    let release = &run.line.release;
    let table = &driver_support::components()["partition-table"];
    for (at, plain) in [
        (0, release.bootloader()),
        (PARTITION_TABLE.start, table),
        (BANKS[0].start, release.application()),
    ] {
        let whole = plain.len().next_multiple_of(16);
        let there = &cells[at as usize..][..whole];
        let read = espsecure::decrypted(there, at, folder.path());
        assert!(read[..plain.len()] == *plain, "{at:#x}");
        assert!(there[..32] != plain[..32], "{at:#x}");
    }
    // The key store is in the clear: a record begins with its length and "CK".
    assert_eq!(cells[NVS.start as usize + 4..][..2], *b"CK");
    // Before the last burn, the loader still tells all.
    let last = run.operations.iter().rposition(is_burn).unwrap();
    let (_bench, board) = board_after(&run, last);
    download(&board);
    espefuse_sees_what_was_meant(&board, folder.path());
}

fn espefuse_sees_what_was_meant(board: &EspBoard, folder: &Path) {
    let summary = ["summary", "--format", "json", "--file", "summary.json"];
    espefuse(board, &summary, folder);
    let text = fs::read_to_string(folder.join("summary.json")).unwrap();
    let plain: String = text.split_whitespace().collect();
    let about = |name: &str| {
        let start = plain.find(&format!("\"{name}\":{{")).expect(name);
        let rest = &plain[start..];
        rest[..rest.find('}').unwrap()].to_owned()
    };
    for (name, value) in [
        ("KEY_PURPOSE_2", "\"XTS_AES_128_KEY\""),
        ("SPI_BOOT_CRYPT_CNT", "\"Enable\""),
        ("DIS_DOWNLOAD_MANUAL_ENCRYPT", "true"),
        ("DIS_DOWNLOAD_ICACHE", "true"),
        ("SECURE_BOOT_EN", "true"),
        ("ENABLE_SECURITY_DOWNLOAD", "false"),
    ] {
        let told = about(name);
        assert!(told.contains(&format!("\"value\":{value}")), "{told}");
    }
    for (name, access) in [
        ("BLOCK_KEY2", ("\"readable\":false", "\"writeable\":false")),
        (
            "KEY_PURPOSE_2",
            ("\"readable\":true", "\"writeable\":false"),
        ),
        (
            "SPI_BOOT_CRYPT_CNT",
            ("\"readable\":true", "\"writeable\":false"),
        ),
    ] {
        let told = about(name);
        assert!(told.contains(access.0) && told.contains(access.1), "{told}");
    }
}

#[test]
fn a_dry_run_tells_what_will_be_seen_of_a_key_that_nobody_knows_yet() {
    let line = line::Line::new();
    let bench = Arc::new(VirtualBench::new(1));
    let board = bench.insert_esp(0, EspConfig::default()).unwrap();
    let mut device = open(&bench);
    let fuses = device.identify().unwrap().fuses.unwrap();
    let goal = Goal {
        root_key: line.release.root_key_hash(),
        counter: line::COUNTER,
        boot_key: line.release.boot_key(),
    };
    let plan = prove(&line.profile, &fuses, &goal).unwrap();
    let parts = device.forecast(plan.items()).unwrap();
    let part = |name: &str| parts.iter().find(|part| part.name == name).unwrap();
    for (name, then) in [
        ("KEY_PURPOSE_2", "4"),
        ("RD_DIS", "0x04"),
        ("SPI_BOOT_CRYPT_CNT", "7"),
        ("DIS_DOWNLOAD_MANUAL_ENCRYPT", "1"),
    ] {
        assert_eq!(part(name).then, then, "{name}");
    }
    assert_eq!(part("BLOCK_KEY2").now, part("BLOCK_KEY2").then);
    assert!(board.dump_efuse_block(KEY2).iter().all(|byte| *byte == 0));
}

#[test]
fn an_update_is_encrypted_on_its_way_into_flash_and_runs() {
    let run = Run::new(62);
    let (_bench, board) = finished(&run);
    boot(&board);
    let mut line = AgentLine::at(&board.uart_path());
    line.wait();
    // The released image fits either bank.
    let image = run.line.release.application().to_vec();
    assert_eq!(line.update(Bank::B, &image), Ok(Bank::B));
    line.restart();
    let running = line.ask(&AgentRequest::ReadPosture, |reply| match reply {
        AgentReply::Posture(posture) => (posture.bank, posture.confirmed),
        other => panic!("{other:?}"),
    });
    assert_eq!(running, (Bank::B, true));
    let left = board.remains();
    let read = left.deciphered(BANKS[1].start, image.len() as u32);
    assert!(read == image);
}

#[test]
fn an_erased_flash_is_told_from_a_whole_one_by_a_rom_that_deciphers_it() {
    let run = Run::new(63);
    let (bench, board) = finished(&run);
    let mut device = open(&bench);
    let whole = device.starts_nothing().unwrap_err();
    assert_eq!(whole.code, Code::NotBlank);
    device.mass_erase().unwrap();
    let words = device.starts_nothing().unwrap();
    assert!(words.starts_with("invalid header: 0x"), "{words}");
    assert!(board.dump_flash().iter().all(|byte| *byte == 0xFF));
}

#[test]
fn a_power_cut_at_any_operation_leaves_a_unit_that_runs_only_what_verifies() {
    Run::new(64).cut_everywhere();
}

/// A key that was begun and can be read is given up; everything else is finished.
#[test]
fn a_unit_cut_off_during_a_burn_passes_when_started_again_or_is_set_aside_for_its_key() {
    let run = Run::new(65);
    let (mut state, mut passed, mut aside, mut settings) = (run.virgin.clone(), 0, 0, 0);
    for (nth, operation) in (1..).zip(&run.operations) {
        let wanted = match operation.burns() {
            Some(KEY2) => true,
            // The purpose, the lock, and, where everything is tried, the rest.
            Some(_) => {
                settings += 1;
                everything() || settings <= 2
            }
            None => false,
        };
        if wanted {
            let mut torn = state.clone();
            torn.apply_in_part(operation, nth);
            let (end, ..) = run.again(nth, &torn);
            let key = torn.efuse_block(KEY2).iter().any(|byte| *byte != 0);
            let hidden = torn.efuse_block(0)[4] & 1 << 2 != 0;
            let expected = match key && !hidden {
                true => Verdict::Quarantine,
                false => Verdict::Pass,
            };
            assert_eq!(end.verdict, expected, "{nth}: {:?}", end.fault);
            match end.verdict {
                Verdict::Pass => passed += 1,
                _ => aside += 1,
            }
        }
        state.apply(operation);
    }
    println!("{passed} passed, {aside} set aside");
    assert!(aside > 0 && passed > 0);
}
