//! The emulated RV32IMC core against QEMU's: the same random instructions leave the same
//! registers and memory. And what it does where there is no instruction, no memory, no power.
//!
//! Seeded, so that a difference is found again: `CRADLE_DIFFERENTIAL_SEED` is another beginning,
//! `CRADLE_DIFFERENTIAL_BATCHES` says how many batches of 64 cases are run.
#![allow(unreachable_pub, clippy::panic, clippy::unwrap_used)]

#[path = "esp_chip/forms.rs"]
mod forms;
#[path = "esp_chip/program.rs"]
mod program;
#[path = "esp_chip/qemu.rs"]
mod qemu;
#[path = "differential/random.rs"]
mod random;

use std::collections::BTreeMap;
use std::env;
use std::thread;
use std::time::{Duration, Instant};

use cradle_bench::virtual_bench::{EspBoard, EspConfig, VirtualBench};

use program::{Batch, CODE, DATA, DATA_LENGTH};
use random::Random;

const BATCHES: u64 = 24;
const PATIENCE: Duration = Duration::from_secs(60);
const BREAKPOINT: u32 = 3;

fn from_environment(name: &str, otherwise: u64) -> u64 {
    env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

fn board() -> EspBoard {
    let bench = VirtualBench::new(1);
    bench.insert_esp(0, EspConfig::default()).unwrap()
}

/// Runs code until it traps; the cause.
fn trap(board: &EspBoard, code: &[u8]) -> u32 {
    trap_with(board, &[(CODE, code)])
}

fn trap_with(board: &EspBoard, parts: &[(u32, &[u8])]) -> u32 {
    board.execute(parts, CODE).unwrap();
    let start = Instant::now();
    loop {
        if let Some(trap) = board.last_trap() {
            return trap.cause;
        }
        assert!(start.elapsed() < PATIENCE, "it runs on");
        thread::sleep(Duration::from_millis(1));
    }
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

#[test]
fn random_instructions_leave_what_they_leave_under_qemu() {
    let board = board();
    let first = from_environment("CRADLE_DIFFERENTIAL_SEED", 1);
    let mut tally = BTreeMap::<&str, u32>::new();
    for seed in first..first + from_environment("CRADLE_DIFFERENTIAL_BATCHES", BATCHES) {
        let batch = Batch::new(&mut Random::new(seed));
        let parts = [(CODE, &batch.code[..]), (DATA, &batch.data)];
        assert_eq!(trap_with(&board, &parts), BREAKPOINT);
        let ours = board.read_ram(DATA, DATA_LENGTH).unwrap();
        let theirs = qemu::run(&batch);
        if let Some(difference) = batch.difference(&ours, &theirs) {
            panic!("seed {seed}: {difference}");
        }
        for class in &batch.classes {
            *tally.entry(class).or_default() += 1;
        }
    }
    println!("{tally:?}");
    for class in forms::classes() {
        let count = tally.get(class).copied().unwrap_or(0);
        assert!(count >= 200, "{class}: {count}");
    }
}

#[test]
fn a_word_that_is_no_instruction_traps() {
    let board = board();
    for word in [
        0x0000_0000,
        0xFFFF_FFFF,
        0x0000_202F,
        0x0000_0053,
        0xC000_2073,
    ] {
        assert_eq!(trap(&board, &words(&[word])), 2, "{word:#010x}");
    }
}

#[test]
fn what_does_not_exist_or_is_not_aligned_cannot_be_accessed() {
    let board = board();
    // lui a0, address; load or store.
    let access = |high: u32, access: u32| trap(&board, &words(&[0x0000_0537 | high, access]));
    const LW_A1_0: u32 = 0x0005_2583;
    const LW_A1_2: u32 = 0x0025_2583;
    const SW_A1_0: u32 = 0x00B5_2023;
    const SH_A1_1: u32 = 0x00B5_10A3;
    const JALR_A0: u32 = 0x0005_0067;
    assert_eq!(access(0x3FC0_0000, LW_A1_0), 5, "below the data bus");
    assert_eq!(access(0x4200_0000, LW_A1_0), 5, "flash through the cache");
    assert_eq!(access(0x3FC8_0000, LW_A1_2), 4);
    assert_eq!(access(0x4000_0000, SW_A1_0), 7, "the mask ROM");
    assert_eq!(access(0x3FC8_0000, SH_A1_1), 6);
    assert_eq!(access(0x4000_0000, JALR_A0), 1, "a call into the mask ROM");
    assert_eq!(access(0x3FC8_0000, JALR_A0), 1, "the data bus has no code");
}

#[test]
fn code_that_changes_itself_runs_as_changed() {
    let board = board();
    // Two rounds over `nop`, which the first turns into `ebreak`.
    let code = words(&[
        0x0000_0517, // auipc a0, 0
        0x0010_05B7, // lui a1, 0x100
        0x0735_8593, // addi a1, a1, 0x73
        0x0000_0013, // nop
        0x00B5_2623, // sw a1, 12(a0)
        0xFF9F_F06F, // j back to the nop
    ]);
    assert_eq!(trap(&board, &code), BREAKPOINT);
}
