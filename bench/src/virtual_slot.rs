//! A slot of the virtual bench.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use probe_rs::probe::Probe;

use crate::slot::Slot;
use crate::virtual_bench::{Board, VirtualBench};

/// A slot of a [`VirtualBench`]; boards may be exchanged below it.
pub struct VirtualSlot {
    bench: Arc<VirtualBench>,
    index: usize,
}

impl VirtualSlot {
    /// The `index`-th slot of the bench, from 0.
    #[must_use]
    pub fn new(bench: Arc<VirtualBench>, index: usize) -> Self {
        Self { bench, index }
    }

    fn board(&self) -> Result<Board, Fault> {
        let board = self.bench.board(self.index);
        board.ok_or_else(|| Fault::new(Code::NoDevice, "the virtual slot is empty"))
    }
}

impl Slot for VirtualSlot {
    fn description(&self) -> String {
        format!("virtual slot {}", self.index + 1)
    }

    fn open_probe(&self) -> Result<Probe, Fault> {
        let probe = self.bench.probe(self.index);
        probe.ok_or_else(|| Fault::new(Code::SlotUnknown, self.description()))
    }

    fn serial_port(&self) -> Result<PathBuf, Fault> {
        Ok(self.board()?.uart_path())
    }

    /// An empty slot may be switched on: it is the probe that finds nothing there.
    fn power_on(&self) -> Result<(), Fault> {
        if let Some(board) = self.bench.board(self.index) {
            board.power_on();
        }
        Ok(())
    }

    fn power_off(&self) -> Result<(), Fault> {
        self.board()?.power_off();
        Ok(())
    }

    /// The model forgets volatile state at once.
    fn off_time(&self) -> Duration {
        Duration::ZERO
    }
}
