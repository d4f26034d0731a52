//! A bench with numbered slots.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use probe_rs::probe::Probe;

use super::board::Board;
use super::board_config::BoardConfig;
use super::esp32c3::{EspBoard, EspConfig, EspRemains};
use super::probe::{Socket, VirtualProbe};
use super::remains::Remains;

/// Slots for boards, numbered from 0, each with its own probe and serial cable. A slot takes a
/// board of either family; a board that is put in displaces the one that was there.
#[derive(Debug)]
pub struct VirtualBench {
    slots: Vec<Position>,
}

/// One slot: a socket for boards with a debug probe, and a place for boards with a serial cable
/// alone.
#[derive(Debug)]
struct Position {
    socket: Arc<Socket>,
    esp: Mutex<Option<EspBoard>>,
}

impl Position {
    fn empty() -> Self {
        Self {
            socket: Socket::new(None),
            esp: Mutex::new(None),
        }
    }

    fn esp(&self) -> MutexGuard<'_, Option<EspBoard>> {
        self.esp.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes out what is there; it loses its supply and its cables.
    fn clear(&self) {
        if let Some(board) = self.socket.put(None) {
            board.power_off();
        }
        if let Some(board) = self.esp().take() {
            board.power_off();
        }
    }

    fn put(&self, board: Board) -> Board {
        self.clear();
        self.socket.put(Some(board.clone()));
        board
    }

    fn put_esp(&self, board: EspBoard) -> EspBoard {
        self.clear();
        *self.esp() = Some(board.clone());
        board
    }
}

impl VirtualBench {
    /// A bench with `slots` empty slots.
    #[must_use]
    pub fn new(slots: usize) -> Self {
        Self {
            slots: (0..slots).map(|_| Position::empty()).collect(),
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
        let position = self.position(slot)?;
        let board = Board::new(&format!("slot {slot}"), config)?;
        Ok(position.put(board))
    }

    /// Puts a board into a slot whose memory was saved with [`Board::save`]; its unique
    /// ID comes from there too.
    ///
    /// # Errors
    /// As [`VirtualBench::insert`], and when the saved files are missing or damaged.
    pub fn insert_saved(&self, slot: usize, config: BoardConfig, from: &Path) -> io::Result<Board> {
        let position = self.position(slot)?;
        let board = Board::restored(&format!("slot {slot}"), config, from)?;
        Ok(position.put(board))
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
        let position = self.position(slot)?;
        let board = Board::from_remains(&format!("slot {slot}"), config, remains)?;
        Ok(position.put(board))
    }

    /// Puts a board that was pulled back into a slot and switches it on.
    ///
    /// # Errors
    /// When there is no such slot.
    pub fn reinsert(&self, slot: usize, board: &Board) -> io::Result<()> {
        let position = self.position(slot)?;
        position.put(board.clone());
        board.power_on();
        Ok(())
    }

    /// Puts a new ESP32-C3 board into a slot and switches it on.
    ///
    /// # Errors
    /// As [`VirtualBench::insert`].
    pub fn insert_esp(&self, slot: usize, config: EspConfig) -> io::Result<EspBoard> {
        let position = self.position(slot)?;
        let board = EspBoard::new(&format!("slot {slot}"), config)?;
        Ok(position.put_esp(board))
    }

    /// Puts an ESP32-C3 board into a slot whose memory was saved with [`EspBoard::save`]; its
    /// identity comes from there too.
    ///
    /// # Errors
    /// As [`VirtualBench::insert_saved`].
    pub fn insert_esp_saved(
        &self,
        slot: usize,
        config: EspConfig,
        from: &Path,
    ) -> io::Result<EspBoard> {
        let position = self.position(slot)?;
        let board = EspBoard::restored(&format!("slot {slot}"), config, from)?;
        Ok(position.put_esp(board))
    }

    /// Puts an ESP32-C3 board into a slot whose non-volatile memory was left like that by
    /// another, and switches it on.
    ///
    /// # Errors
    /// As [`VirtualBench::insert`].
    pub fn insert_esp_remains(
        &self,
        slot: usize,
        config: EspConfig,
        remains: &EspRemains,
    ) -> io::Result<EspBoard> {
        let position = self.position(slot)?;
        let board = EspBoard::from_remains(&format!("slot {slot}"), config, remains)?;
        Ok(position.put_esp(board))
    }

    /// Puts an ESP32-C3 board that was pulled back into a slot and switches it on.
    ///
    /// # Errors
    /// When there is no such slot.
    pub fn reinsert_esp(&self, slot: usize, board: &EspBoard) -> io::Result<()> {
        let position = self.position(slot)?;
        position.put_esp(board.clone());
        board.power_on();
        Ok(())
    }

    /// Takes the board out of a slot. It loses its supply and its cables.
    pub fn pull(&self, slot: usize) {
        if let Some(position) = self.slots.get(slot) {
            position.clear();
        }
    }

    /// The STM32 board in a slot, if there is one.
    #[must_use]
    pub fn board(&self, slot: usize) -> Option<Board> {
        self.slots.get(slot)?.socket.board()
    }

    /// The ESP32-C3 board in a slot, if there is one.
    #[must_use]
    pub fn esp_board(&self, slot: usize) -> Option<EspBoard> {
        self.slots.get(slot)?.esp().clone()
    }

    /// The probe of a slot. It stays with the slot when the board is exchanged.
    #[must_use]
    pub fn probe(&self, slot: usize) -> Option<Probe> {
        let socket = Arc::clone(&self.slots.get(slot)?.socket);
        Some(Probe::new(VirtualProbe::new(socket)))
    }

    fn position(&self, slot: usize) -> io::Result<&Position> {
        self.slots.get(slot).ok_or_else(|| {
            let slots = self.slots.len();
            io::Error::new(
                io::ErrorKind::NotFound,
                format!("slot {slot} does not exist; the bench has {slots}"),
            )
        })
    }
}
