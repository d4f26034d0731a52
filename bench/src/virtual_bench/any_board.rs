//! A board of either family, for those who do not care which.

use std::io;
use std::path::Path;

use super::esp32c3::{EspBoard, EspConfig};
use super::{Board, BoardConfig, ElementPreset, FaultPlan, OtpPreset, VirtualBench};

/// Identifier bytes of a chip.
const UID: usize = 12;

/// What board to make. The default of a family is a genuine, virgin part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BoardSpec {
    /// Chip identifier, if not that of the family's sample.
    pub uid: Option<[u8; UID]>,
    /// Another chip than the family's.
    pub device_id: Option<u16>,
    /// Another flash size, in KiB.
    pub flash_kib: Option<u16>,
    /// Whether its one-time memory was used before.
    pub used: bool,
    /// Its secure element, if it has one.
    pub element: Option<ElementPreset>,
    /// What its random generator gives is fixed by this.
    pub entropy_seed: Option<u64>,
}

/// A board in a slot of the virtual bench.
#[derive(Debug, Clone)]
pub enum AnyBoard {
    /// STM32F405RG.
    Stm32F4(Board),
    /// ESP32-C3.
    Esp32C3(EspBoard),
}

impl AnyBoard {
    /// Puts a new board of that family into a slot and switches it on.
    ///
    /// # Errors
    /// There is no such family or slot, the family has no such board, or the operating system
    /// has nothing left.
    pub fn insert(
        bench: &VirtualBench,
        slot: usize,
        family: &str,
        spec: &BoardSpec,
    ) -> io::Result<Self> {
        match family {
            STM32F4 => bench.insert(slot, stm32f4(spec)).map(Self::Stm32F4),
            ESP32C3 => {
                let board = bench.insert_esp(slot, esp32c3(spec)?)?;
                Ok(Self::Esp32C3(board))
            }
            other => Err(unknown(other)),
        }
    }

    /// Puts a board into a slot whose memory was saved with [`AnyBoard::save`].
    ///
    /// # Errors
    /// As [`AnyBoard::insert`], and when the saved files are missing or damaged.
    pub fn insert_saved(
        bench: &VirtualBench,
        slot: usize,
        family: &str,
        spec: &BoardSpec,
        from: &Path,
    ) -> io::Result<Self> {
        match family {
            STM32F4 => {
                let board = bench.insert_saved(slot, stm32f4(spec), from)?;
                Ok(Self::Stm32F4(board))
            }
            ESP32C3 => {
                let board = bench.insert_esp_saved(slot, esp32c3(spec)?, from)?;
                Ok(Self::Esp32C3(board))
            }
            other => Err(unknown(other)),
        }
    }

    /// The board in a slot, if there is one.
    #[must_use]
    pub fn in_slot(bench: &VirtualBench, slot: usize) -> Option<Self> {
        let stm32 = bench.board(slot).map(Self::Stm32F4);
        stm32.or_else(|| bench.esp_board(slot).map(Self::Esp32C3))
    }

    /// Puts a board that was pulled back into a slot and switches it on.
    ///
    /// # Errors
    /// When there is no such slot.
    pub fn reinsert(&self, bench: &VirtualBench, slot: usize) -> io::Result<()> {
        match self {
            Self::Stm32F4(board) => bench.reinsert(slot, board),
            Self::Esp32C3(board) => bench.reinsert_esp(slot, board),
        }
    }

    /// The identifier of the `index`-th genuine part of a family.
    ///
    /// # Errors
    /// There is no such family.
    pub fn genuine_uid(family: &str, index: u32) -> io::Result<[u8; UID]> {
        match family {
            STM32F4 => Ok(BoardConfig::genuine(index).uid),
            ESP32C3 => {
                let config = EspConfig::genuine(index);
                let mut uid = [0; UID];
                uid[..6].copy_from_slice(&config.mac);
                uid[6..].copy_from_slice(&config.unique_id[..6]);
                Ok(uid)
            }
            other => Err(unknown(other)),
        }
    }

    /// Identifier of the chip.
    #[must_use]
    pub fn uid(&self) -> [u8; UID] {
        match self {
            Self::Stm32F4(board) => board.uid(),
            Self::Esp32C3(board) => board.uid(),
        }
    }

    /// The flash, read behind the chip's back.
    #[must_use]
    pub fn dump_flash(&self) -> Vec<u8> {
        match self {
            Self::Stm32F4(board) => board.dump_flash(),
            Self::Esp32C3(board) => board.dump_flash(),
        }
    }

    /// The one-time memory, read behind the chip's back: OTP area with its locks, or the data of
    /// eFuse blocks 0 to 10 one after the other.
    #[must_use]
    pub fn dump_otp(&self) -> Vec<u8> {
        match self {
            Self::Stm32F4(board) => board.dump_otp(),
            Self::Esp32C3(board) => {
                let blocks = (0..=10).map(|block| board.dump_efuse_block(block));
                blocks.flatten().collect()
            }
        }
    }

    /// Keeps what its memory holds in a folder.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn save(&self, folder: &Path) -> io::Result<()> {
        match self {
            Self::Stm32F4(board) => board.save(folder),
            Self::Esp32C3(board) => board.save(folder),
        }
    }

    /// Replaces the fault plan. Operations count from here on.
    pub fn arm(&self, plan: FaultPlan) {
        match self {
            Self::Stm32F4(board) => board.arm(plan),
            Self::Esp32C3(board) => board.arm(plan),
        }
    }

    /// Operations on its non-volatile memory so far, of all kinds.
    #[must_use]
    pub fn flash_operations(&self) -> u64 {
        match self {
            Self::Stm32F4(board) => board.counters().flash.total(),
            Self::Esp32C3(board) => board.counters().total(),
        }
    }

    /// What a [`FaultPlan`] counts as transfers, so far: those of the debug port, or frames on the
    /// serial line.
    #[must_use]
    pub fn transfers(&self) -> u64 {
        match self {
            Self::Stm32F4(board) => board.counters().dap_transfers,
            Self::Esp32C3(board) => board.transfers(),
        }
    }

    /// Plugs its cable in again.
    pub fn reconnect_cable(&self) {
        match self {
            Self::Stm32F4(board) => board.reconnect_cable(),
            Self::Esp32C3(board) => board.reconnect_cable(),
        }
    }

    /// Switches the supply off.
    pub fn power_off(&self) {
        match self {
            Self::Stm32F4(board) => board.power_off(),
            Self::Esp32C3(board) => board.power_off(),
        }
    }

    /// Whether the supply is on. A planned power cut switches it off.
    #[must_use]
    pub fn is_powered(&self) -> bool {
        match self {
            Self::Stm32F4(board) => board.is_powered(),
            Self::Esp32C3(board) => board.is_powered(),
        }
    }

    /// The board, if it has an STM32F405.
    #[must_use]
    pub fn stm32f4(&self) -> Option<&Board> {
        match self {
            Self::Stm32F4(board) => Some(board),
            Self::Esp32C3(_) => None,
        }
    }

    /// The board, if it has an ESP32-C3.
    #[must_use]
    pub fn esp32c3(&self) -> Option<&EspBoard> {
        match self {
            Self::Stm32F4(_) => None,
            Self::Esp32C3(board) => Some(board),
        }
    }

    /// Switches it off and on again.
    pub fn power_cycle(&self) {
        match self {
            Self::Stm32F4(board) => board.power_cycle(),
            Self::Esp32C3(board) => board.power_cycle(),
        }
    }
}

/// The families, by the names of their profiles.
const STM32F4: &str = "stm32f4";
const ESP32C3: &str = "esp32c3";

fn stm32f4(spec: &BoardSpec) -> BoardConfig {
    let genuine = BoardConfig::default();
    BoardConfig {
        uid: spec.uid.unwrap_or(genuine.uid),
        dev_id: spec.device_id.unwrap_or(genuine.dev_id),
        flash_kib: spec.flash_kib.unwrap_or(genuine.flash_kib),
        otp: if spec.used {
            OtpPreset::Used
        } else {
            OtpPreset::Virgin
        },
        entropy_seed: spec.entropy_seed,
        element: spec.element,
        ..genuine
    }
}

fn esp32c3(spec: &BoardSpec) -> io::Result<EspConfig> {
    let unsupported = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    let mut config = EspConfig {
        entropy_seed: spec.entropy_seed,
        ..EspConfig::default()
    };
    if let Some(uid) = spec.uid {
        config.mac.copy_from_slice(&uid[..6]);
        config.unique_id[..6].copy_from_slice(&uid[6..]);
    }
    if let Some(id) = spec.device_id {
        config.chip_id = id.into();
    }
    if let Some(kib) = spec.flash_kib {
        // JEDEC capacity code: the exponent of the size in bytes.
        let bytes = u32::from(kib) * 1024;
        if !bytes.is_power_of_two() {
            return unsupported("an SPI flash has a power of two of bytes");
        }
        config.flash_id[2] = bytes.ilog2() as u8;
    }
    if spec.element.is_some() || spec.used {
        return unsupported("there is no such board with this chip");
    }
    Ok(config)
}

fn unknown(family: &str) -> io::Error {
    let what = format!("there are no emulated boards of family {family:?}");
    io::Error::new(io::ErrorKind::InvalidInput, what)
}
