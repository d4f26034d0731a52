//! Everything of the chip that keeps its state without supply.

use super::array::{Extent, FlashArray, SECTORS};
use super::option_bytes::OptionBytes;
use super::otp::Otp;
use crate::virtual_bench::fault::FlashOp;
use crate::virtual_bench::memory_map::FLASH_SIZE;
use crate::virtual_bench::noise::Noise;
use crate::virtual_bench::width::Width;

/// What an operation does to the cells, chosen before a fault can intervene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Program {
        offset: u32,
        width: Width,
        value: u32,
    },
    Otp {
        offset: usize,
        width: Width,
        value: u32,
    },
    Sector(usize),
    Mass,
    Options(OptionBytes),
}

impl Work {
    pub(crate) fn kind(self) -> FlashOp {
        match self {
            Self::Program { .. } => FlashOp::Program,
            Self::Otp { .. } => FlashOp::OtpProgram,
            Self::Sector(_) => FlashOp::SectorErase,
            Self::Mass => FlashOp::MassErase,
            Self::Options(_) => FlashOp::OptionBytes,
        }
    }
}

/// Main array, OTP and option bytes.
#[derive(Debug)]
pub(crate) struct Cells {
    pub(super) array: FlashArray,
    pub(super) otp: Otp,
    pub(super) options: OptionBytes,
}

impl Cells {
    pub(super) fn new(otp: Otp, options: OptionBytes) -> Self {
        Self {
            array: FlashArray::blank(),
            otp,
            options,
        }
    }

    /// Those of a chip that was never used.
    pub(crate) fn virgin() -> Self {
        Self::new(Otp::virgin(), OptionBytes::FACTORY)
    }

    pub(crate) fn array(&self) -> &FlashArray {
        &self.array
    }

    pub(crate) fn otp(&self) -> &Otp {
        &self.otp
    }

    pub(crate) fn options(&self) -> OptionBytes {
        self.options
    }

    /// Takes over the state of other cells.
    pub(crate) fn load(&mut self, other: &Self) {
        self.array.copy_from(&other.array);
        self.otp = other.otp.clone();
        self.options = other.options;
    }

    /// The same state in memory of its own.
    pub(crate) fn duplicate(&self) -> Self {
        let mut copy = Self::new(self.otp.clone(), self.options);
        copy.array.copy_from(&self.array);
        copy
    }

    pub(crate) fn apply(&mut self, work: Work, extent: Extent, noise: &mut Noise) {
        match work {
            Work::Program {
                offset,
                width,
                value,
            } => self.array.program(offset, width, value, extent, noise),
            Work::Otp {
                offset,
                width,
                value,
            } => {
                let bytes = value.to_le_bytes();
                for (at, byte) in (offset..).zip(&bytes[..width.bytes() as usize]) {
                    let mask = match extent {
                        Extent::Whole => 0xFF,
                        Extent::Partial => noise.next_u64() as u8,
                    };
                    self.otp.clear(at, !byte & mask);
                }
            }
            Work::Sector(number) => self.array.erase_sector(number, extent, noise),
            Work::Mass => self.array.erase_all(extent, noise),
            Work::Options(wanted) => {
                self.options = match extent {
                    Extent::Whole => wanted,
                    Extent::Partial => OptionBytes::ERASED,
                }
            }
        }
    }

    /// Spoils one bit of what an operation has just left behind.
    pub(super) fn flip_bit(&mut self, work: Work, noise: &mut Noise) {
        match work {
            Work::Program { offset, width, .. } => {
                let at = offset + noise.below(u64::from(width.bytes())) as u32;
                self.array.flip_bit(at, noise);
            }
            Work::Sector(number) => {
                if let Some(sector) = SECTORS.get(number) {
                    let at = sector.offset + noise.below(u64::from(sector.size)) as u32;
                    self.array.flip_bit(at, noise);
                }
            }
            Work::Mass => {
                let at = noise.below(u64::from(FLASH_SIZE)) as u32;
                self.array.flip_bit(at, noise);
            }
            // A cell that was meant to stay 1 has gone to 0.
            Work::Otp { offset, width, .. } => {
                let at = offset + noise.below(u64::from(width.bytes())) as usize;
                self.otp.clear(at, 1 << noise.below(8));
            }
            Work::Options(_) => self.options.n_wrp ^= 1 << noise.below(12),
        }
    }
}
