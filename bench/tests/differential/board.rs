//! The emulated board, through its debug probe.

use std::ffi::CStr;
use std::time::Duration;

use cradle_bench::virtual_bench::{Board, BoardConfig, VirtualBench};
use probe_rs::{Core, MemoryInterface, Permissions};

use super::portable::Portable;
use super::program::{Batch, CODE, DATA, DATA_LENGTH, Memory};

const CHIP: &str = "STM32F405RGTx";
const PATIENCE: Duration = Duration::from_secs(240);
/// T bit alone (ARMv7-M B1.4.2).
const XPSR_THUMB: u32 = 1 << 24;
const XPSR: u16 = 16;
/// Room in the program for its page.
const LONGEST_PAGE: usize = 8 * 1024;

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
        self.run_program(&batch.code, &batch.data)
    }

    /// Runs code up to its first breakpoint.
    pub fn run_program(&self, code: &[u8], data: &[u8]) -> Memory {
        let parts = [(CODE, code), (DATA, data)];
        self.execute(&parts, CODE, |core| {
            let mut data = vec![0; DATA_LENGTH as usize];
            core.read(u64::from(DATA), &mut data).unwrap();
            data
        })
    }

    /// What the program tells: at its first semihosting call R1 is the address of the page.
    pub fn page(&self, program: &Portable) -> String {
        let parts: Vec<_> = program
            .parts
            .iter()
            .map(|(at, part)| (*at, &part[..]))
            .collect();
        self.execute(&parts, program.entry, |core| {
            let page: u32 = core.read_core_reg(1).unwrap();
            let mut bytes = vec![0; LONGEST_PAGE];
            core.read(u64::from(page), &mut bytes).unwrap();
            let text = CStr::from_bytes_until_nul(&bytes).unwrap();
            text.to_str().unwrap().to_owned()
        })
    }

    /// Runs up to the first breakpoint.
    fn execute<T>(
        &self,
        parts: &[(u32, &[u8])],
        start: u32,
        then: impl FnOnce(&mut Core<'_>) -> T,
    ) -> T {
        let mut session = self
            .board
            .probe()
            .attach(CHIP, Permissions::default())
            .unwrap();
        let mut core = session.core(0).unwrap();
        core.reset_and_halt(Duration::from_secs(1)).unwrap();
        for (address, part) in parts {
            core.write_8(u64::from(*address), part).unwrap();
        }
        core.write_core_reg(XPSR, XPSR_THUMB).unwrap();
        core.write_core_reg(15, start).unwrap();
        core.run().unwrap();
        core.wait_for_core_halted(PATIENCE).unwrap();
        then(&mut core)
    }
}
