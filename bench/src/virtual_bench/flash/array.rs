//! The main array: sectors, and NOR cells that programming can only clear.

use crate::virtual_bench::memory::Memory;
use crate::virtual_bench::memory_map::FLASH_SIZE;
use crate::virtual_bench::noise::Noise;
use crate::virtual_bench::width::Width;

/// One erase sector: where it starts in the array and how long it is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sector {
    pub(crate) offset: u32,
    pub(crate) size: u32,
}

const KIB: u32 = 1024;

/// Sectors of the 1 MiB part (RM0090 §3.3, table 5): 4 × 16, 1 × 64, 7 × 128 KiB.
pub(crate) const SECTORS: [Sector; 12] = {
    let sizes = [16, 16, 16, 16, 64, 128, 128, 128, 128, 128, 128, 128];
    let mut sectors = [Sector { offset: 0, size: 0 }; 12];
    let mut offset = 0;
    let mut i = 0;
    while i < sizes.len() {
        sectors[i] = Sector {
            offset,
            size: sizes[i] * KIB,
        };
        offset += sizes[i] * KIB;
        i += 1;
    }
    assert!(offset == FLASH_SIZE);
    sectors
};

/// Number of the sector that holds `offset`.
pub(crate) fn sector_of(offset: u32) -> usize {
    SECTORS
        .iter()
        .rposition(|sector| sector.offset <= offset)
        .unwrap_or(0)
}

/// How far a cell operation got before it was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Whole,
    Partial,
}

/// Cells of the main array. Erased cells read 1 (RM0090 §3.6.3 "Erase").
#[derive(Debug)]
pub(crate) struct FlashArray(Memory);

impl FlashArray {
    /// A new part: all erased.
    pub(crate) fn blank() -> Self {
        Self(Memory::filled(FLASH_SIZE, 0xFF))
    }

    /// Takes over the cells of another array.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.0.load(other.0.bytes());
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.0
    }

    /// Puts saved cells back.
    pub(crate) fn restore(&mut self, bytes: &[u8]) {
        self.0.load(bytes);
    }

    /// Programs `value`: bits can go from 1 to 0, never back (RM0090 §3.6.4
    /// "Programming": a bit can be set to 1 only by an erase).
    pub(crate) fn program(
        &mut self,
        offset: u32,
        width: Width,
        value: u32,
        extent: Extent,
        noise: &mut Noise,
    ) {
        let old = self.0.read(offset, width);
        let mut clears = old & !value;
        if extent == Extent::Partial {
            clears &= noise.next_u64() as u32;
        }
        self.0.write(offset, width, old & !clears);
    }

    pub(crate) fn erase_sector(&mut self, number: usize, extent: Extent, noise: &mut Noise) {
        let Some(sector) = SECTORS.get(number) else {
            return;
        };
        match extent {
            Extent::Whole => self.0.fill(sector.offset, sector.size, 0xFF),
            Extent::Partial => self.half_erase(*sector, noise),
        }
    }

    /// A cut erase leaves cells in every state: some still programmed, some erased.
    fn half_erase(&mut self, sector: Sector, noise: &mut Noise) {
        for offset in (sector.offset..sector.offset + sector.size).step_by(4) {
            let old = self.0.read(offset, Width::U32);
            let erased = noise.next_u64() as u32;
            self.0.write(offset, Width::U32, old | erased);
        }
    }

    pub(crate) fn erase_all(&mut self, extent: Extent, noise: &mut Noise) {
        for number in 0..SECTORS.len() {
            self.erase_sector(number, extent, noise);
        }
    }

    /// Inverts one cell, which is what a marginal bit looks like.
    pub(crate) fn flip_bit(&mut self, offset: u32, noise: &mut Noise) {
        let old = self.0.read(offset, Width::U8);
        self.0.write(offset, Width::U8, old ^ (1 << noise.below(8)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programming_can_only_clear_bits() {
        let (mut array, mut noise) = (FlashArray::blank(), Noise::new(1));
        array.program(8, Width::U32, 0xF0F0_F0F0, Extent::Whole, &mut noise);
        array.program(8, Width::U32, 0x3C3C_3C3C, Extent::Whole, &mut noise);
        assert_eq!(array.memory().read(8, Width::U32), 0x3030_3030);
    }

    #[test]
    fn a_cut_erase_leaves_a_mixture() {
        let (mut array, mut noise) = (FlashArray::blank(), Noise::new(1));
        for offset in (0..1024).step_by(4) {
            array.program(offset, Width::U32, 0, Extent::Whole, &mut noise);
        }
        array.erase_sector(0, Extent::Partial, &mut noise);
        let bytes = &array.memory().bytes()[..1024];
        assert!(bytes.iter().any(|&b| b != 0xFF) && bytes.iter().any(|&b| b != 0));
    }

    #[test]
    fn sector_numbers_follow_table_5() {
        assert_eq!(sector_of(0x0_3FFF), 0);
        assert_eq!(sector_of(0x0_4000), 1);
        assert_eq!(sector_of(0x1_0000), 4);
        assert_eq!(sector_of(0x2_0000), 5);
        assert_eq!(sector_of(0xF_FFFF), 11);
    }
}
