//! Where things lie in a chip's memories. One module for each chip; the portable code of the
//! firmware is compiled for one [`Layout`].

pub mod esp32c3;
pub mod stm32f405;

use crate::metadata::Bank;

/// A run of bytes in the address space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// First address.
    pub start: u32,
    /// Length in bytes.
    pub length: u32,
}

impl Region {
    /// First address after the region.
    #[must_use]
    pub const fn end(self) -> u32 {
        self.start + self.length
    }

    /// The first `length` bytes, at most all of them, and the rest.
    #[must_use]
    pub const fn split_at(self, length: u32) -> (Self, Self) {
        let length = if length < self.length {
            length
        } else {
            self.length
        };
        let (start, rest) = (self.start + length, self.length - length);
        (
            Self { length, ..self },
            Self {
                start,
                length: rest,
            },
        )
    }

    /// Whether `[address, address + length)` lies inside.
    #[must_use]
    pub const fn holds(self, address: u32, length: u32) -> bool {
        address >= self.start
            && length <= self.length
            && address - self.start <= self.length - length
    }
}

const KIB: u32 = 1024;

/// Flash sectors of one size that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SectorRun {
    /// How many.
    pub count: u32,
    /// Bytes of each.
    pub length: u32,
}

/// Where an image runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Execution {
    /// Where it lies. It starts with the vector table of a Cortex-M.
    InPlace {
        /// Where its initial stack pointer may point.
        stack: Region,
    },
    /// In RAM, from its first instruction. The bootloader copies it there and verifies the copy.
    Copied {
        /// Room for the copy, as the CPU fetches from it; it starts with the image's header.
        to: Region,
    },
}

/// Where things lie in the flash of a chip, and what its images look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Main flash memory.
    pub flash: Region,
    /// Its sectors, in order.
    pub sectors: &'static [SectorRun],
    /// Bootloader.
    pub bootloader: Region,
    /// Boot metadata: two sectors used in turn, the second behind the first.
    pub metadata: [Region; 2],
    /// Device key, certificate and configuration.
    pub nvs: Region,
    /// Holds the mark of a wipe, which must survive the erasing of `nvs`.
    pub nvs_spare: Region,
    /// Image banks A and B.
    pub banks: [Region; 2],
    /// Where images run.
    pub execution: Execution,
}

impl Layout {
    /// The bank.
    #[must_use]
    pub const fn bank(&self, bank: Bank) -> Region {
        self.banks[bank.index()]
    }

    /// How much of a bank can be image; the rest of it stays erased.
    #[must_use]
    pub const fn max_image(&self) -> u32 {
        match self.execution {
            Execution::InPlace { .. } => self.banks[0].length,
            Execution::Copied { to } => to.length,
        }
    }

    /// Where the header of an image in `bank` is while it runs: what a ROM-fixed image names.
    #[must_use]
    pub const fn runs_at(&self, bank: Bank) -> u32 {
        match self.execution {
            Execution::InPlace { .. } => self.bank(bank).start,
            Execution::Copied { to } => to.start,
        }
    }

    /// The flash sector that holds `address`.
    #[must_use]
    pub const fn sector_at(&self, address: u32) -> Option<Region> {
        let mut run = Region {
            start: self.flash.start,
            length: 0,
        };
        let mut index = 0;
        while index < self.sectors.len() {
            let SectorRun { count, length } = self.sectors[index];
            run.length = count * length;
            if run.holds(address, 1) {
                let start = address - (address - run.start) % length;
                return Some(Region { start, length });
            }
            run.start = run.end();
            index += 1;
        }
        None
    }

    /// The sectors that lie in a region, in order; it starts with one.
    pub fn sectors_in(&self, region: Region) -> impl Iterator<Item = Region> {
        let inside = move |sector: &Region| region.holds(sector.start, sector.length);
        core::iter::successors(self.sector_at(region.start).filter(inside), move |sector| {
            self.sector_at(sector.end()).filter(inside)
        })
    }

    /// Nothing shares an erase sector with anything else, and everything lies in flash.
    const fn assert_sound(&self) {
        let parts = [
            self.bootloader,
            self.metadata[0],
            self.metadata[1],
            self.nvs,
            self.nvs_spare,
            self.banks[0],
            self.banks[1],
        ];
        let mut one = 0;
        while one < parts.len() {
            let part = parts[one];
            assert!(self.flash.holds(part.start, part.length));
            assert!(self.starts_sector(part.start) && self.starts_sector(part.end()));
            let mut other = 0;
            while other < one {
                let earlier = parts[other];
                assert!(earlier.end() <= part.start || part.end() <= earlier.start);
                other += 1;
            }
            one += 1;
        }
        assert!(self.metadata[1].start == self.metadata[0].end());
        assert!(self.metadata[1].length == self.metadata[0].length);
        assert!(self.banks[1].length == self.banks[0].length);
        assert!(self.max_image() <= self.banks[0].length);
    }

    const fn starts_sector(&self, address: u32) -> bool {
        match self.sector_at(address) {
            Some(sector) => sector.start == address,
            None => address == self.flash.end(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sectors_of_uneven_size_are_found_by_address() {
        let layout = stm32f405::LAYOUT;
        for index in 0..stm32f405::SECTORS.len() {
            let sector = stm32f405::sectors(index, index);
            assert_eq!(layout.sector_at(sector.start), Some(sector));
            assert_eq!(layout.sector_at(sector.end() - 1), Some(sector));
        }
        assert_eq!(layout.sector_at(layout.flash.end()), None);
        assert_eq!(layout.sector_at(layout.flash.start - 1), None);
    }

    #[test]
    fn a_region_is_walked_sector_by_sector_and_not_beyond() {
        for layout in [stm32f405::LAYOUT, esp32c3::LAYOUT] {
            for region in [layout.banks[0], layout.banks[1], layout.nvs] {
                let mut at = region.start;
                for sector in layout.sectors_in(region) {
                    assert_eq!(sector.start, at);
                    at = sector.end();
                }
                assert_eq!(at, region.end());
            }
        }
    }

    #[test]
    fn a_region_of_less_than_a_sector_holds_none() {
        let half = Region {
            length: 2 * KIB,
            ..esp32c3::LAYOUT.nvs
        };
        assert_eq!(esp32c3::LAYOUT.sectors_in(half).count(), 0);
    }
}
