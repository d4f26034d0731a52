//! A bench with numbered slots.

use std::io;
use std::path::Path;
use std::sync::Arc;

use probe_rs::probe::Probe;

use super::board::Board;
use super::board_config::BoardConfig;
use super::probe::{Socket, VirtualProbe};
use super::remains::Remains;

/// Slots for boards, numbered from 0, each with its own probe and serial cable.
#[derive(Debug)]
pub struct VirtualBench {
    slots: Vec<Arc<Socket>>,
}

impl VirtualBench {
    /// A bench with `slots` empty slots.
    #[must_use]
    pub fn new(slots: usize) -> Self {
        Self {
            slots: (0..slots).map(|_| Socket::new(None)).collect(),
        }
    }

    /// Number of slots.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.slots.len()
    }

    /// Puts a new board into a slot and switches it on; one that was there is pulled.
    ///
    /// # Errors
    /// When there is no such slot, or the operating system has no pseudo-terminal or
    /// thread left.
    pub fn insert(&self, slot: usize, config: BoardConfig) -> io::Result<Board> {
        let socket = self.socket(slot)?;
        let board = Board::new(&format!("slot {slot}"), config)?;
        put(socket, board)
    }

    /// Puts a board into a slot whose memory was saved with [`Board::save`]; its unique
    /// ID comes from there too.
    ///
    /// # Errors
    /// As [`VirtualBench::insert`], and when the saved files are missing or damaged.
    pub fn insert_saved(&self, slot: usize, config: BoardConfig, from: &Path) -> io::Result<Board> {
        let socket = self.socket(slot)?;
        let board = Board::restored(&format!("slot {slot}"), config, from)?;
        put(socket, board)
    }

    /// Puts a board into a slot whose non-volatile memory was left like that by another, and
    /// switches it on.
    ///
    /// # Errors
    /// As [`VirtualBench::insert`].
    pub fn insert_remains(
        &self,
        slot: usize,
        config: BoardConfig,
        remains: &Remains,
    ) -> io::Result<Board> {
        let socket = self.socket(slot)?;
        let board = Board::from_remains(&format!("slot {slot}"), config, remains)?;
        put(socket, board)
    }

    /// Puts a board that was pulled back into a slot and switches it on.
    ///
    /// # Errors
    /// When there is no such slot.
    pub fn reinsert(&self, slot: usize, board: &Board) -> io::Result<()> {
        let socket = self.socket(slot)?;
        board.power_on();
        put(socket, board.clone()).map(drop)
    }

    /// Takes the board out of a slot. It loses its supply and its cables.
    pub fn pull(&self, slot: usize) {
        if let Some(board) = self.slots.get(slot).and_then(|socket| socket.put(None)) {
            board.power_off();
        }
    }

    /// The board in a slot, if there is one.
    #[must_use]
    pub fn board(&self, slot: usize) -> Option<Board> {
        self.slots.get(slot)?.board()
    }

    /// The probe of a slot. It stays with the slot when the board is exchanged.
    #[must_use]
    pub fn probe(&self, slot: usize) -> Option<Probe> {
        let socket = Arc::clone(self.slots.get(slot)?);
        Some(Probe::new(VirtualProbe::new(socket)))
    }

    fn socket(&self, slot: usize) -> io::Result<&Arc<Socket>> {
        self.slots.get(slot).ok_or_else(|| {
            let slots = self.slots.len();
            io::Error::new(
                io::ErrorKind::NotFound,
                format!("slot {slot} does not exist; the bench has {slots}"),
            )
        })
    }
}

fn put(socket: &Socket, board: Board) -> io::Result<Board> {
    if let Some(previous) = socket.put(Some(board.clone())) {
        previous.power_off();
    }
    Ok(board)
}
