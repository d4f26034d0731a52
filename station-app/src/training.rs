//! The virtual bench of a training station: emulated boards whose memory is kept in a folder, so
//! that one command provisions a unit and the next one decommissions it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cradle_bench::virtual_bench::{AnyBoard, BoardSpec, Counterfeit, ElementPreset, VirtualBench};
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::{SlotId, Uid};
use cradle_procedure::profile::TargetProfile;
use serde::{Deserialize, Serialize};

use crate::files;
use crate::station::entropy;

/// What a board is, beside what its memory holds.
const KIND_FILE: &str = "board.json";

/// Emulated boards in numbered slots.
pub struct Training {
    bench: Arc<VirtualBench>,
    folder: PathBuf,
    /// The boards that are put in unless it is said otherwise.
    model: BoardModel,
    reel: Reel,
}

/// What boards of a product have in common.
#[derive(Debug, Clone, Default)]
pub struct BoardModel {
    /// Chip family.
    pub family: String,
    /// Whether they have a secure element.
    pub secure_element: bool,
}

impl BoardModel {
    /// The boards that a profile is for.
    #[must_use]
    pub fn of(profile: &TargetProfile) -> Self {
        Self {
            family: profile.family.clone(),
            secure_element: profile.element.is_some(),
        }
    }
}

/// The kind of board to put into a slot. The default is a genuine, virgin part.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct BoardKind {
    /// Chip family; where none is given the board is one of the station's product.
    #[serde(default)]
    pub family: Option<String>,
    /// Chip identifier; drawn at random where none is given.
    pub uid: Option<Uid>,
    /// `DEV_ID` of another chip.
    pub device_id: Option<u16>,
    /// Another flash size, in KiB.
    pub flash_kib: Option<u16>,
    /// Whether its one-time memory was used before.
    pub used_otp: bool,
    /// Whether it has an ATECC608B.
    #[serde(default)]
    pub secure_element: bool,
    /// What that is, if it is not its maker's.
    #[serde(default)]
    pub counterfeit_element: Option<Counterfeit>,
    /// What its random generator gives is fixed by this.
    pub entropy_seed: Option<u64>,
}

impl BoardKind {
    fn element(&self) -> Option<ElementPreset> {
        let counterfeit = self.counterfeit_element.map(ElementPreset::Counterfeit);
        let own = self.secure_element.then_some(ElementPreset::Configured);
        counterfeit.or(own)
    }
}

impl Training {
    /// A bench with so many slots; boards that were left in the folder are in their slots.
    ///
    /// # Errors
    /// `CFG-02` a board in the folder cannot be read.
    pub fn open(slots: u16, folder: &Path, model: BoardModel) -> Result<Self, Fault> {
        let training = Self {
            bench: Arc::new(VirtualBench::new(usize::from(slots))),
            folder: folder.to_owned(),
            model,
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
    pub fn board(&self, slot: SlotId) -> Option<AnyBoard> {
        AnyBoard::in_slot(&self.bench, index_of(slot).ok()?)
    }

    /// Puts a new board into a slot and switches it on; the one that was there is gone.
    ///
    /// # Errors
    /// `DEV-17` no such slot, `CFG-02`, `CFG-03` an impossible chip identifier.
    pub fn insert(&self, slot: SlotId, kind: &BoardKind) -> Result<AnyBoard, Fault> {
        let of_the_product = kind.family.is_none() && self.model.secure_element;
        let kind = &BoardKind {
            family: Some(self.family_of(kind).to_owned()),
            secure_element: kind.secure_element || of_the_product,
            ..kind.clone()
        };
        let (index, spec) = (index_of(slot)?, self.spec(kind)?);
        let board = AnyBoard::insert(&self.bench, index, self.family_of(kind), &spec)
            .map_err(no_such_board)?;
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
    pub fn insert_next(&self, slot: SlotId) -> Result<AnyBoard, Fault> {
        self.insert_next_of(slot, &self.model)
    }

    /// As [`Training::insert_next`], of that model.
    ///
    /// # Errors
    /// As [`Training::insert`].
    pub fn insert_next_of(&self, slot: SlotId, model: &BoardModel) -> Result<AnyBoard, Fault> {
        self.insert(slot, &self.reel.next_board(model)?)
    }

    /// Puts a board that was pulled back into a slot.
    ///
    /// # Errors
    /// `DEV-17` no such slot.
    pub fn reinsert(&self, slot: SlotId, board: &AnyBoard) -> Result<(), Fault> {
        board
            .reinsert(&self.bench, index_of(slot)?)
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
        let (index, spec) = (index_of(slot)?, self.spec(&kind)?);
        AnyBoard::insert_saved(&self.bench, index, self.family_of(&kind), &spec, &folder)
            .or_fault(Code::FileFailed)?;
        Ok(())
    }

    fn family_of<'k>(&'k self, kind: &'k BoardKind) -> &'k str {
        kind.family.as_deref().unwrap_or(&self.model.family)
    }

    fn spec(&self, kind: &BoardKind) -> Result<BoardSpec, Fault> {
        let uid = match &kind.uid {
            Some(uid) => uid.bytes().try_into().map_err(|_| {
                Fault::new(Code::InputInvalid, format!("{uid} is not 12 bytes long"))
            })?,
            None => drawn_uid(self.family_of(kind))?,
        };
        Ok(BoardSpec {
            uid: Some(uid),
            device_id: kind.device_id,
            flash_kib: kind.flash_kib,
            used: kind.used_otp,
            element: kind.element(),
            entropy_seed: kind.entropy_seed,
        })
    }

    fn slot_folder(&self, slot: SlotId) -> PathBuf {
        self.folder.join(format!("slot-{slot}"))
    }
}

/// A genuine part from anywhere in its lot.
fn drawn_uid(family: &str) -> Result<[u8; 12], Fault> {
    let mut place = [0; 4];
    entropy(&mut place)?;
    AnyBoard::genuine_uid(family, u32::from_le_bytes(place)).map_err(no_such_board)
}

fn no_such_board(error: io::Error) -> Fault {
    let code = match error.kind() {
        io::ErrorKind::NotFound => Code::SlotUnknown,
        io::ErrorKind::InvalidInput => Code::InputInvalid,
        _ => Code::FileFailed,
    };
    Fault::new(code, error)
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

    fn next_board(&self, model: &BoardModel) -> Result<BoardKind, Fault> {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        // Chips of one lot are numbered; different seeds start at different places in it.
        let place = (self.seed % 1_000_000) as u32 + index;
        let uid = AnyBoard::genuine_uid(&model.family, place).map_err(no_such_board)?;
        Ok(BoardKind {
            family: Some(model.family.clone()),
            secure_element: model.secure_element,
            uid: Some(Uid::new(&uid)),
            entropy_seed: Some(self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(index)),
            ..BoardKind::default()
        })
    }
}
