//! Byte arrays that the core and the bench share.

use std::sync::Arc;

use rsemu::core::space::RamStore;
use rsemu::core::value::{Endian, Width};

/// A block of memory whose bytes may be read while the core runs.
///
/// Offsets out of range read as 0 and are not written: the address decoder in
/// `bus.rs` has already refused them.
#[derive(Debug, Clone)]
pub(crate) struct Memory(Arc<RamStore>);

impl Memory {
    pub(crate) fn filled(len: u32, byte: u8) -> Self {
        let memory = Self(Arc::new(RamStore::new(u64::from(len))));
        memory.fill(0, len, byte);
        memory
    }

    pub(crate) fn store(&self) -> Arc<RamStore> {
        Arc::clone(&self.0)
    }

    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn read(&self, offset: u32, width: Width) -> u32 {
        self.0
            .read_value(u64::from(offset), width, Endian::Little)
            .map_or(0, |value| value as u32)
    }

    pub(crate) fn write(&self, offset: u32, width: Width, value: u32) {
        // Out of range is not reachable, see above.
        let _ = self
            .0
            .write_value(u64::from(offset), width, u64::from(value), Endian::Little);
    }

    pub(crate) fn fill(&self, offset: u32, len: u32, byte: u8) {
        let _ = self.0.fill(u64::from(offset), u64::from(len), byte);
    }

    pub(crate) fn to_vec(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.len() as usize];
        let _ = self.0.read_at(0, &mut bytes);
        bytes
    }

    /// Copies `bytes` to the start; what is beyond the end is left out.
    pub(crate) fn load(&self, bytes: &[u8]) {
        let len = bytes.len().min(self.len() as usize);
        let _ = self.0.write_at(0, &bytes[..len]);
    }
}
