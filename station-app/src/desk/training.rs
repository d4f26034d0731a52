//! The boards of the virtual bench, moved and spoilt by hand.

use cradle_bench::virtual_bench::{
    AnyBoard, Counting, FaultPlan, FlashFault, FlashOp, LinkFault, Moment,
};
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{SlotId, Uid};

use super::{Desk, Shared};
use crate::gui::backend::{
    BoardChoice, Mishap, Pending, TrainingBench, TrainingBoard, TrainingChip, TrainingOrder,
};
use crate::training::{BoardKind, Training};

/// `DEV_ID` of an STM32F42x (RM0090 §38.6.1), which no profile of ours is for, and no chip
/// identifier of Espressif's.
const OTHER_CHIP: u16 = 0x419;
/// Less than any profile's chip has.
const SMALL_FLASH_KIB: u16 = 512;
/// Early enough for the smallest firmware, late enough to be in the midst of it.
const WORDS_WRITTEN: u64 = 2_000;
const WORDS_TRANSFERRED: u64 = 3_000;

impl TrainingBench for Desk {
    fn boards(&self) -> Pending<Vec<TrainingBoard>> {
        self.ask(&self.clerk, |desk, _| {
            let training = desk.training()?;
            let chip = |board: AnyBoard| TrainingChip {
                uid: Uid::new(&board.uid()),
                powered: board.is_powered(),
            };
            let slots = desk.station.slots().map(|slot| TrainingBoard {
                slot: slot.id,
                board: training.board(slot.id).map(chip),
            });
            Ok(slots.collect())
        })
    }

    fn train(&self, slot: SlotId, order: TrainingOrder) -> Pending<()> {
        self.ask(&self.clerk, move |desk, _| {
            let training = desk.training()?;
            let takes_away = matches!(order, TrainingOrder::Insert(_) | TrainingOrder::Pull);
            if takes_away && desk.state().busy.contains_key(&slot) {
                let detail = format!("slot {slot} is at work");
                return Err(Fault::new(Code::InputInvalid, detail));
            }
            carry_out(training, slot, order)?;
            desk.refresh();
            Ok(())
        })
    }
}

impl Shared {
    fn training(&self) -> Result<&Training, Fault> {
        let hardware = || Fault::new(Code::InputInvalid, "this bench is not a virtual one");
        self.station.training().ok_or_else(hardware)
    }
}

fn carry_out(training: &Training, slot: SlotId, order: TrainingOrder) -> Result<(), Fault> {
    let board = || {
        let nothing = || Fault::new(Code::NoDevice, format!("slot {slot}"));
        training.board(slot).ok_or_else(nothing)
    };
    match order {
        TrainingOrder::Insert(BoardChoice::Genuine) => training.insert_next(slot).map(drop),
        TrainingOrder::Insert(choice) => {
            let kind = kind(training, choice)?;
            training.insert(slot, &kind).map(drop)
        }
        TrainingOrder::Pull => training.pull(slot),
        TrainingOrder::Reconnect => {
            let board = board()?;
            board.reconnect_cable();
            board.power_cycle();
            Ok(())
        }
        TrainingOrder::Arm(mishap) => {
            let board = board()?;
            board.arm(plan(mishap, board.uid()));
            Ok(())
        }
    }
}

fn kind(training: &Training, choice: BoardChoice) -> Result<BoardKind, Fault> {
    let virgin = BoardKind::default();
    Ok(match choice {
        BoardChoice::Genuine => virgin,
        BoardChoice::UsedMemory => BoardKind {
            used_otp: true,
            ..virgin
        },
        BoardChoice::OtherChip => BoardKind {
            device_id: Some(OTHER_CHIP),
            ..virgin
        },
        BoardChoice::SmallFlash => BoardKind {
            flash_kib: Some(SMALL_FLASH_KIB),
            ..virgin
        },
        BoardChoice::CloneOf(slot) => {
            let nothing = || Fault::new(Code::NoDevice, format!("slot {slot}"));
            let original = training.board(slot).ok_or_else(nothing)?;
            BoardKind {
                uid: Some(Uid::new(&original.uid())),
                ..virgin
            }
        }
    })
}

/// What makes it happen to the chip of that identifier.
fn plan(mishap: Mishap, mut uid: [u8; 12]) -> FaultPlan {
    let plan = FaultPlan::new();
    let power = FlashFault::PowerCut(Moment::Mid);
    let only = Counting::Only;
    match mishap {
        Mishap::PowerWhileWriting => plan.at_flash(only(FlashOp::Program), WORDS_WRITTEN, power),
        Mishap::PowerWhileBurning => plan.at_flash(only(FlashOp::OtpProgram), 4, power),
        Mishap::PowerWhileLocking => plan.at_flash(only(FlashOp::OptionBytes), 1, power),
        Mishap::Cable => plan.at_transfer(WORDS_TRANSFERRED, LinkFault::Drop),
        Mishap::FlippedBit => {
            plan.at_flash(only(FlashOp::Program), WORDS_WRITTEN, FlashFault::BitFlip)
        }
        Mishap::StuckFlash => plan.at_flash(only(FlashOp::SectorErase), 2, FlashFault::StuckBusy),
        Mishap::SwappedBoard => {
            // A neighbour on the same wafer.
            uid[0] ^= 1;
            plan.at_transfer(WORDS_TRANSFERRED, LinkFault::Swap(uid))
        }
    }
}
