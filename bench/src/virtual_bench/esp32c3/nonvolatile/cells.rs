//! Flash and eFuse cells, and the only ways in which they change.

use std::ops::Range;

use super::fuses::Fuses;
use crate::virtual_bench::esp32c3::memory_map::FLASH_SIZE;
use crate::virtual_bench::fault::FlashOp;
use crate::virtual_bench::noise::Noise;

/// Size of a page, bytes: a page program wraps around inside of it.
pub(crate) const PAGE: u32 = 256;
const ERASED: u8 = 0xFF;

/// One operation on the cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Work {
    /// Page program: bits can only be cleared.
    Program { offset: u32, data: Vec<u8> },
    /// Erase of one sector (4 KiB) or block (32 or 64 KiB).
    Erase { offset: u32, len: u32 },
    /// Erase of the whole flash.
    ChipErase,
    /// Burn of one eFuse block: bits can only be set. Data, then check bytes.
    Burn { block: usize, bits: Vec<u8> },
}

impl Work {
    pub(crate) fn kind(&self) -> FlashOp {
        match self {
            Self::Program { .. } => FlashOp::Program,
            Self::Erase { .. } => FlashOp::SectorErase,
            Self::ChipErase => FlashOp::MassErase,
            Self::Burn { .. } => FlashOp::OtpProgram,
        }
    }
}

/// How much of an operation happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Whole,
    /// A seeded part of the bits has changed.
    Partial,
}

impl Extent {
    /// Those of the bits that would change which do change.
    fn share(self, noise: &mut Noise) -> u8 {
        match self {
            Self::Whole => 0xFF,
            Self::Partial => noise.next_u64() as u8,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Cells {
    flash: Vec<u8>,
    pub(crate) fuses: Fuses,
}

impl Cells {
    pub(crate) fn new(fuses: Fuses) -> Self {
        Self {
            flash: vec![ERASED; FLASH_SIZE as usize],
            fuses,
        }
    }

    pub(crate) fn flash(&self) -> &[u8] {
        &self.flash
    }

    /// Replaces the contents of the flash.
    pub(crate) fn load_flash(&mut self, bytes: &[u8]) {
        let len = bytes.len().min(self.flash.len());
        self.flash[..len].copy_from_slice(&bytes[..len]);
    }

    pub(crate) fn apply(&mut self, work: &Work, extent: Extent, noise: &mut Noise) {
        match work {
            Work::Program { offset, data } => {
                for (index, byte) in (0..).zip(data) {
                    let share = extent.share(noise);
                    if let Some(cell) = self.flash.get_mut(in_page(*offset, index)) {
                        *cell &= byte | !share;
                    }
                }
            }
            Work::Erase { offset, len } => self.erase(span(*offset, *len), extent, noise),
            Work::ChipErase => self.erase(0..self.flash.len(), extent, noise),
            Work::Burn { block, bits } => {
                let bits: Vec<_> = bits.iter().map(|b| b & extent.share(noise)).collect();
                self.fuses.burn(*block, &bits);
            }
        }
    }

    fn erase(&mut self, span: Range<usize>, extent: Extent, noise: &mut Noise) {
        for cell in self.flash.get_mut(span).unwrap_or_default() {
            *cell |= extent.share(noise);
        }
    }

    /// One cell of what an operation has touched reads wrong.
    pub(crate) fn flip_bit(&mut self, work: &Work, noise: &mut Noise) {
        let bit = 1 << noise.below(8);
        let at = match work {
            Work::Program { offset, data } => {
                in_page(*offset, noise.below(data.len() as u64) as u32)
            }
            Work::Erase { offset, len } => {
                span(*offset, *len).start + noise.below(u64::from(*len)) as usize
            }
            Work::ChipErase => noise.below(self.flash.len() as u64) as usize,
            Work::Burn { block, bits } => {
                let at = noise.below(bits.len() as u64) as usize;
                return self.fuses.flip(*block, at, bit);
            }
        };
        if let Some(cell) = self.flash.get_mut(at) {
            *cell ^= bit;
        }
    }
}

/// Where the `index`-th byte of a page program goes.
fn in_page(offset: u32, index: u32) -> usize {
    (offset / PAGE * PAGE + (offset + index) % PAGE) as usize
}

/// The sector or block that holds an offset.
fn span(offset: u32, len: u32) -> Range<usize> {
    let start = (offset / len * len) as usize;
    start..start + len as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells() -> Cells {
        Cells::new(Fuses::blank())
    }

    fn apply(cells: &mut Cells, work: &Work) {
        cells.apply(work, Extent::Whole, &mut Noise::new(1));
    }

    fn program(offset: u32, data: &[u8]) -> Work {
        let data = data.to_vec();
        Work::Program { offset, data }
    }

    #[test]
    fn a_program_only_clears_bits() {
        let mut cells = cells();
        apply(&mut cells, &program(16, &[0xF0, 0x0F]));
        apply(&mut cells, &program(16, &[0x3C, 0xFF]));
        assert_eq!(cells.flash()[16..18], [0x30, 0x0F]);
    }

    #[test]
    fn a_program_wraps_around_in_its_page() {
        let mut cells = cells();
        apply(&mut cells, &program(0x1FE, &[1, 2, 3]));
        assert_eq!(cells.flash()[0x1FE..0x201], [1, 2, 0xFF]);
        assert_eq!(cells.flash()[0x100], 3);
    }

    #[test]
    fn an_erase_takes_the_whole_sector_that_holds_its_address() {
        let mut cells = cells();
        for at in [0xFFF, 0x1000, 0x1FFF, 0x2000] {
            apply(&mut cells, &program(at, &[0]));
        }
        let (offset, len) = (0x1234, 0x1000);
        apply(&mut cells, &Work::Erase { offset, len });
        assert_eq!(
            [0xFFF, 0x1000, 0x1FFF, 0x2000].map(|at| cells.flash()[at]),
            [0, 0xFF, 0xFF, 0]
        );
    }
}
