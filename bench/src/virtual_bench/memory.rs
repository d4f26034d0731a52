//! Byte arrays: flash, SRAM, CCM.

use super::width::Width;

/// A block of memory, little endian.
///
/// Offsets out of range read as 0 and are not written: the address decoder in
/// `bus.rs` has already refused them.
#[derive(Debug)]
pub(crate) struct Memory(Box<[u8]>);

impl Memory {
    pub(crate) fn filled(len: u32, byte: u8) -> Self {
        Self(vec![byte; len as usize].into_boxed_slice())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// `None` when not all of it lies inside.
    #[inline]
    pub(crate) fn get(&self, offset: u32, width: Width) -> Option<u32> {
        let at = offset as usize;
        Some(match width {
            Width::U8 => u32::from(*self.0.get(at)?),
            Width::U16 => u32::from(u16::from_le_bytes(*self.0.get(at..)?.first_chunk()?)),
            Width::U32 => u32::from_le_bytes(*self.0.get(at..)?.first_chunk()?),
        })
    }

    /// `None`, and nothing is written, when not all of it lies inside.
    #[inline]
    pub(crate) fn put(&mut self, offset: u32, width: Width, value: u32) -> Option<()> {
        let from = self.0.get_mut(offset as usize..)?;
        match width {
            Width::U8 => *from.first_mut()? = value as u8,
            Width::U16 => *from.first_chunk_mut()? = (value as u16).to_le_bytes(),
            Width::U32 => *from.first_chunk_mut()? = value.to_le_bytes(),
        }
        Some(())
    }

    pub(crate) fn read(&self, offset: u32, width: Width) -> u32 {
        self.get(offset, width).unwrap_or(0)
    }

    pub(crate) fn write(&mut self, offset: u32, width: Width, value: u32) {
        let _ = self.put(offset, width, value);
    }

    pub(crate) fn fill(&mut self, offset: u32, len: u32, byte: u8) {
        let range = offset as usize..(offset + len) as usize;
        if let Some(bytes) = self.0.get_mut(range) {
            bytes.fill(byte);
        }
    }

    /// Copies `bytes` to the start; what is beyond the end is left out.
    pub(crate) fn load(&mut self, bytes: &[u8]) {
        let len = bytes.len().min(self.0.len());
        self.0[..len].copy_from_slice(&bytes[..len]);
    }
}
