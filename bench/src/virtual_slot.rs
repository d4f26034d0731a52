//! A slot of the virtual bench.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use probe_rs::probe::Probe;

use serialport::TTYPort;

use crate::sensing::senses_board;
use crate::slot::{BootMode, Slot};
use crate::virtual_bench::{Board, EspBoard, VirtualBench};

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

    fn board(&self) -> Option<Board> {
        self.bench.board(self.index)
    }

    fn esp_board(&self) -> Option<EspBoard> {
        self.bench.esp_board(self.index)
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
        let path = self.board().map(|board| board.uart_path());
        let path = path.or_else(|| self.esp_board().map(|board| board.uart_path()));
        path.ok_or_else(empty)
    }

    /// An empty slot may be switched on: it is the probe that finds nothing there.
    fn power_on(&self) -> Result<(), Fault> {
        if let Some(board) = self.board() {
            board.power_on();
        }
        if let Some(board) = self.esp_board() {
            board.power_on();
        }
        Ok(())
    }

    fn power_off(&self) -> Result<(), Fault> {
        match (self.board(), self.esp_board()) {
            (Some(board), _) => board.power_off(),
            (None, Some(board)) => board.power_off(),
            (None, None) => return Err(empty()),
        }
        Ok(())
    }

    fn senses_board(&self) -> Option<bool> {
        // A board without a debug connector is seen by its serial port.
        if self.esp_board().is_some() {
            return Some(true);
        }
        self.open_probe().ok().map(senses_board)
    }

    /// The emulated cable has no modem lines, so the strap and EN are driven at the board.
    fn reset_into(&self, _: &mut TTYPort, mode: BootMode) -> Result<(), Fault> {
        let board = self
            .esp_board()
            .ok_or_else(|| Fault::new(Code::NotInDownloadMode, "the board has no boot strap"))?;
        board.set_download_strap(mode == BootMode::Download);
        board.reset();
        Ok(())
    }

    /// The model forgets volatile state at once.
    fn off_time(&self) -> Duration {
        Duration::ZERO
    }
}

fn empty() -> Fault {
    Fault::new(Code::NoDevice, "the virtual slot is empty")
}
