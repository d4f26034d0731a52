//! What the window asks of the virtual bench.

use cradle_procedure::ids::{SlotId, Uid};

use super::Pending;

/// Emulated boards, where the bench is virtual.
pub trait TrainingBench {
    /// What is in each slot.
    fn boards(&self) -> Pending<Vec<TrainingBoard>>;

    /// Changes what is in a slot. `RUN-02` while it is at work and the change would take its
    /// board away.
    fn train(&self, slot: SlotId, order: TrainingOrder) -> Pending<()>;
}

/// What is in a slot of the virtual bench.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingBoard {
    /// Which slot.
    pub slot: SlotId,
    /// The board in it.
    pub board: Option<TrainingChip>,
}

/// An emulated board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingChip {
    /// Its chip's identifier.
    pub uid: Uid,
    /// Whether it has supply.
    pub powered: bool,
}

/// What is to be done with a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrainingOrder {
    /// Put this board in.
    Insert(BoardChoice),
    /// Take the board out.
    Pull,
    /// Plug cable and supply in again.
    Reconnect,
    /// Let this go wrong in the next run.
    Arm(Mishap),
}

/// A board to put into a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoardChoice {
    /// Genuine and virgin.
    Genuine,
    /// With one-time memory that was used before.
    UsedMemory,
    /// With a chip of another kind.
    OtherChip,
    /// With too little flash.
    SmallFlash,
    /// With the chip identifier of the board in another slot.
    CloneOf(SlotId),
}

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// The supply fails while the firmware is written.
    PowerWhileWriting,
    /// The supply fails while one-time memory is burnt.
    PowerWhileBurning,
    /// The supply fails while the chip is locked.
    PowerWhileLocking,
    /// Somebody pulls the cable.
    Cable,
    /// A bit of what was written reads wrong.
    FlippedBit,
    /// The flash never gets ready.
    StuckFlash,
    /// Somebody swaps the board for another one.
    SwappedBoard,
}

impl Mishap {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::PowerWhileWriting,
        Self::PowerWhileBurning,
        Self::PowerWhileLocking,
        Self::Cable,
        Self::FlippedBit,
        Self::StuckFlash,
        Self::SwappedBoard,
    ];
}
