//! How much room each program takes, and how much it may.

use anyhow::{Result, bail};
use serde::Serialize;

use super::compile::Elf;
use super::image::segments;

/// What a program may take, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) flash: u64,
    pub(super) ram: u64,
}

/// What one program takes, in bytes.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub(super) struct Footprint {
    program: &'static str,
    flash_bytes: u64,
    flash_limit: u64,
    ram_bytes: u64,
    ram_limit: u64,
}

/// What all programs take.
#[derive(Debug, Serialize)]
pub(super) struct Footprints {
    programs: Vec<Footprint>,
}

impl Footprint {
    /// Measures a linked program; its stack is not counted, that takes what is left. `is_flash`
    /// tells by its address what is stored in flash, `is_ram` what is in RAM while it runs.
    pub(super) fn of(
        program: &'static str,
        elf: &Elf,
        limits: Limits,
        is_flash: impl Fn(u64) -> bool,
        is_ram: impl Fn(u64) -> bool,
    ) -> Result<Self> {
        let segments = segments(&elf.content)?;
        let flash = segments
            .iter()
            .filter(|segment| is_flash(segment.stored_at))
            .map(|segment| segment.bytes.len() as u64);
        let ram = segments
            .iter()
            .filter(|segment| is_ram(segment.runs_at))
            .map(|segment| segment.memory_length);
        Ok(Self::measured(program, flash.sum(), ram.sum(), limits))
    }

    pub(super) const fn measured(
        program: &'static str,
        flash_bytes: u64,
        ram_bytes: u64,
        limits: Limits,
    ) -> Self {
        Self {
            program,
            flash_bytes,
            flash_limit: limits.flash,
            ram_bytes,
            ram_limit: limits.ram,
        }
    }

    fn excess(&self) -> Option<String> {
        let over_flash = self.flash_bytes > self.flash_limit;
        let over_ram = self.ram_bytes > self.ram_limit;
        let which = match (over_flash, over_ram) {
            (false, false) => return None,
            (true, false) => format!(
                "{} of {} bytes of flash",
                self.flash_bytes, self.flash_limit
            ),
            (_, true) => format!("{} of {} bytes of RAM", self.ram_bytes, self.ram_limit),
        };
        Some(format!("{} takes {which}", self.program))
    }
}

impl Footprints {
    pub(super) const fn new(programs: Vec<Footprint>) -> Self {
        Self { programs }
    }

    pub(super) fn print(&self) {
        println!(
            "   {:<16} {:>9} {:>9} {:>9} {:>9}",
            "program", "flash", "limit", "RAM", "limit"
        );
        for row in &self.programs {
            println!(
                "   {:<16} {:>9} {:>9} {:>9} {:>9}",
                row.program, row.flash_bytes, row.flash_limit, row.ram_bytes, row.ram_limit
            );
        }
    }

    pub(super) fn check_limits(&self) -> Result<()> {
        let excess: Vec<String> = self.programs.iter().filter_map(Footprint::excess).collect();
        if !excess.is_empty() {
            bail!("too large: {}", excess.join("; "));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::firmware::image::fixture::{Load, elf};

    const LIMITS: Limits = Limits {
        flash: 24,
        ram: 100,
    };

    fn measure(loads: &[Load<'_>]) -> Footprint {
        let elf = Elf {
            path: PathBuf::from("test"),
            content: elf(loads),
        };
        let in_flash = |address| (0x0800_0000..0x1000_0000).contains(&address);
        Footprint::of("program", &elf, LIMITS, in_flash, |address| {
            address >= 0x2000_0000
        })
        .unwrap()
    }

    fn code(bytes: &[u8]) -> Load<'_> {
        Load::stored(0x0800_0000, bytes)
    }

    #[test]
    fn initialised_data_counts_in_flash_and_in_ram() {
        let data = Load {
            stored_at: 0x0800_0010,
            runs_at: 0x2000_0000,
            memory_length: 100,
            bytes: &[0; 8],
        };
        let footprint = measure(&[code(&[0; 16]), data]);
        assert_eq!((footprint.flash_bytes, footprint.ram_bytes), (24, 100));
        assert_eq!(footprint.excess(), None);
    }

    #[test]
    fn a_program_may_fill_its_place_and_not_exceed_it() {
        let full = Footprints::new(vec![measure(&[code(&[0; 24])])]);
        assert!(full.check_limits().is_ok());
        let over = Footprints::new(vec![measure(&[code(&[0; 25])])]);
        let refused = over.check_limits().unwrap_err().to_string();
        assert!(
            refused.contains("program takes 25 of 24 bytes of flash"),
            "{refused}"
        );
    }
}
