//! The emulated board, through its debug probe.

use std::time::Duration;

use cradle_bench::virtual_bench::{Board, BoardConfig, VirtualBench};
use probe_rs::{MemoryInterface, Permissions};

use super::program::{Batch, CODE, DATA, DATA_LENGTH, Memory};

const CHIP: &str = "STM32F405RGTx";
const PATIENCE: Duration = Duration::from_secs(60);
/// T bit alone (ARMv7-M B1.4.2).
const XPSR_THUMB: u32 = 1 << 24;
const XPSR: u16 = 16;

pub struct BoardCore {
    _bench: VirtualBench,
    board: Board,
}

impl BoardCore {
    pub fn new() -> Self {
        let bench = VirtualBench::new(1);
        let board = bench.insert(0, BoardConfig::default()).unwrap();
        Self {
            _bench: bench,
            board,
        }
    }

    pub fn run(&self, batch: &Batch) -> Memory {
        let mut session = self
            .board
            .probe()
            .attach(CHIP, Permissions::default())
            .unwrap();
        let mut core = session.core(0).unwrap();
        core.reset_and_halt(Duration::from_secs(1)).unwrap();
        core.write_8(u64::from(CODE), &batch.code).unwrap();
        core.write_8(u64::from(DATA), &batch.data).unwrap();
        core.write_core_reg(XPSR, XPSR_THUMB).unwrap();
        core.write_core_reg(15, CODE).unwrap();
        core.run().unwrap();
        core.wait_for_core_halted(PATIENCE).unwrap();
        let mut data = vec![0; DATA_LENGTH as usize];
        core.read(u64::from(DATA), &mut data).unwrap();
        data
    }
}
