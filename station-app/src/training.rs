//! The virtual bench of a training station: emulated boards whose memory is kept in a folder, so
//! that one command provisions a unit and the next one decommissions it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cradle_bench::virtual_bench::{Board, BoardConfig, ElementPreset, OtpPreset, VirtualBench};
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::{SlotId, Uid};
use serde::{Deserialize, Serialize};

use crate::files;
use crate::station::entropy;

/// What a board is, beside what its memory holds.
const KIND_FILE: &str = "board.json";

/// Emulated boards in numbered slots.
pub struct Training {
    bench: Arc<VirtualBench>,
    folder: PathBuf,
    reel: Reel,
}

/// The kind of board to put into a slot. The default is a genuine, virgin part.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct BoardKind {
    /// Chip identifier; drawn at random where none is given.
    pub uid: Option<Uid>,
    /// `DEV_ID` of another chip.
    pub device_id: Option<u16>,
    /// Another flash size, in KiB.
    pub flash_kib: Option<u16>,
    /// Whether its one-time memory was used before.
    pub used_otp: bool,
    /// Whether it has a configured ATECC608B.
    #[serde(default)]
    pub secure_element: bool,
    /// What its random generator gives is fixed by this.
    pub entropy_seed: Option<u64>,
}

impl Training {
    /// A bench with so many slots; boards that were left in the folder are in their slots.
    ///
    /// # Errors
    /// `CFG-02` a board in the folder cannot be read.
    pub fn open(slots: u16, folder: &Path) -> Result<Self, Fault> {
        let training = Self {
            bench: Arc::new(VirtualBench::new(usize::from(slots))),
            folder: folder.to_owned(),
            reel: Reel::drawn()?,
        };
        for slot in (1..=slots).map(SlotId) {
            training.restore(slot)?;
        }
        Ok(training)
    }

    /// Makes the boards to come the same as with that seed before.
    pub fn reseed(&mut self, seed: u64) {
        self.reel = Reel::new(seed);
    }

    /// The slots.
    #[must_use]
    pub fn bench(&self) -> &Arc<VirtualBench> {
        &self.bench
    }

    /// The board in a slot.
    #[must_use]
    pub fn board(&self, slot: SlotId) -> Option<Board> {
        self.bench.board(index_of(slot).ok()?)
    }

    /// Puts a new board into a slot and switches it on; the one that was there is gone.
    ///
    /// # Errors
    /// `DEV-17` no such slot, `CFG-02`, `CFG-03` an impossible chip identifier.
    pub fn insert(&self, slot: SlotId, kind: &BoardKind) -> Result<Board, Fault> {
        let board = self
            .bench
            .insert(index_of(slot)?, config(kind)?)
            .or_fault(Code::SlotUnknown)?;
        let folder = self.slot_folder(slot);
        files::make_folder(&folder)?;
        let text = serde_json::to_vec_pretty(kind).or_fault(Code::Internal)?;
        files::write(&folder.join(KIND_FILE), &text)?;
        self.save(slot)?;
        Ok(board)
    }

    /// Puts a virgin board that was never used before into a slot.
    ///
    /// # Errors
    /// As [`Training::insert`].
    pub fn insert_next(&self, slot: SlotId) -> Result<Board, Fault> {
        self.insert(slot, &self.reel.next_board())
    }

    /// Puts a board that was pulled back into a slot.
    ///
    /// # Errors
    /// `DEV-17` no such slot.
    pub fn reinsert(&self, slot: SlotId, board: &Board) -> Result<(), Fault> {
        self.bench
            .reinsert(index_of(slot)?, board)
            .or_fault(Code::SlotUnknown)
    }

    /// Takes the board out of a slot.
    ///
    /// # Errors
    /// `DEV-17` no such slot, `CFG-02`.
    pub fn pull(&self, slot: SlotId) -> Result<(), Fault> {
        self.bench.pull(index_of(slot)?);
        let folder = self.slot_folder(slot);
        match folder.exists() {
            true => fs::remove_dir_all(&folder).or_fault(Code::FileFailed),
            false => Ok(()),
        }
    }

    /// Keeps what the memory of the board in a slot holds now.
    ///
    /// # Errors
    /// `CFG-02`.
    pub fn save(&self, slot: SlotId) -> Result<(), Fault> {
        match self.board(slot) {
            Some(board) => board
                .save(&self.slot_folder(slot))
                .or_fault(Code::FileFailed),
            None => Ok(()),
        }
    }

    fn restore(&self, slot: SlotId) -> Result<(), Fault> {
        let folder = self.slot_folder(slot);
        let file = folder.join(KIND_FILE);
        if !file.exists() {
            return Ok(());
        }
        let kind: BoardKind = serde_json::from_slice(&files::read(&file)?).map_err(|error| {
            Fault::new(Code::FileFailed, format!("{}: {error}", file.display()))
        })?;
        let index = index_of(slot)?;
        self.bench
            .insert_saved(index, config(&kind)?, &folder)
            .or_fault(Code::FileFailed)?;
        Ok(())
    }

    fn slot_folder(&self, slot: SlotId) -> PathBuf {
        self.folder.join(format!("slot-{slot}"))
    }
}

fn config(kind: &BoardKind) -> Result<BoardConfig, Fault> {
    let genuine = BoardConfig::default();
    Ok(BoardConfig {
        uid: match &kind.uid {
            Some(uid) => uid.bytes().try_into().map_err(|_| {
                Fault::new(Code::InputInvalid, format!("{uid} is not 12 bytes long"))
            })?,
            None => drawn_uid(genuine.uid)?,
        },
        dev_id: kind.device_id.unwrap_or(genuine.dev_id),
        flash_kib: kind.flash_kib.unwrap_or(genuine.flash_kib),
        otp: if kind.used_otp {
            OtpPreset::Used
        } else {
            OtpPreset::Virgin
        },
        entropy_seed: kind.entropy_seed,
        element: kind.secure_element.then_some(ElementPreset::Configured),
        ..genuine
    })
}

/// Another place on another wafer of the same lot (RM0090 §39.1).
fn drawn_uid(mut uid: [u8; 12]) -> Result<[u8; 12], Fault> {
    entropy(&mut uid[..5])?;
    Ok(uid)
}

/// Slots are numbered from 1 on the bench, from 0 in the emulation.
fn index_of(slot: SlotId) -> Result<usize, Fault> {
    let index = usize::from(slot.0).checked_sub(1);
    index.ok_or_else(|| Fault::new(Code::SlotUnknown, slot))
}

/// A reel of virgin boards. The same seed gives the same chips in the same order.
struct Reel {
    seed: u64,
    next: AtomicU32,
}

impl Reel {
    fn new(seed: u64) -> Self {
        Self {
            seed,
            next: 0.into(),
        }
    }

    /// A reel that starts anywhere.
    fn drawn() -> Result<Self, Fault> {
        let mut seed = [0; 8];
        entropy(&mut seed)?;
        Ok(Self::new(u64::from_le_bytes(seed)))
    }

    fn next_board(&self) -> BoardKind {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        // Chips of one lot are numbered; different seeds start at different places in it.
        let place = (self.seed % 1_000_000) as u32 + index;
        BoardKind {
            uid: Some(Uid::new(&BoardConfig::genuine(place).uid)),
            entropy_seed: Some(self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(index)),
            ..BoardKind::default()
        }
    }
}
