//! Peripherals that firmware configures but whose function the bench has no use for:
//! what is written is read back.

use crate::virtual_bench::memory_map::BLOCK;

#[derive(Debug, Clone)]
pub(crate) struct RegisterFile([u32; (BLOCK / 4) as usize]);

impl RegisterFile {
    pub(crate) fn new() -> Self {
        Self([0; (BLOCK / 4) as usize])
    }

    pub(crate) fn read(&self, offset: u32) -> Option<u32> {
        self.0.get((offset / 4) as usize).copied()
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32) -> Option<()> {
        *self.0.get_mut((offset / 4) as usize)? = value;
        Some(())
    }
}
