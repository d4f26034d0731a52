//! Internal SRAM, with the instructions in it as far as they have been decoded.

use super::core::{Kind, Op};
use super::memory_map::{DRAM, IRAM, SRAM_SIZE, SRAM0_SIZE};

/// Bytes whose decoded instructions are forgotten together.
const PAGE: usize = 256;
/// What is in RAM after power-on is not defined; a pattern that is neither 0 nor erased flash
/// shows who relies on it.
const UNDEFINED: u8 = 0xA5;

/// Width of an access, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Width {
    Byte = 1,
    Half = 2,
    Word = 4,
}

/// SRAM0 and SRAM1, seen from both buses.
pub(crate) struct Ram {
    bytes: Vec<u8>,
    /// One per halfword.
    ops: Vec<Op>,
    /// Pages that hold decoded instructions.
    decoded: Vec<bool>,
}

impl std::fmt::Debug for Ram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ram").finish_non_exhaustive()
    }
}

impl Ram {
    pub(crate) fn new() -> Self {
        let size = SRAM_SIZE as usize;
        Self {
            bytes: vec![UNDEFINED; size],
            ops: vec![Op::UNKNOWN; size / 2],
            decoded: vec![false; size.div_ceil(PAGE)],
        }
    }

    /// The supply was away.
    pub(crate) fn forget(&mut self) {
        self.bytes.fill(UNDEFINED);
        self.ops.fill(Op::UNKNOWN);
        self.decoded.fill(false);
    }

    /// Where data at an address lies, on either bus.
    fn offset(address: u32) -> Option<usize> {
        if DRAM.contains(&address) {
            Some((address - DRAM.start + SRAM0_SIZE) as usize)
        } else {
            Self::code_offset(address)
        }
    }

    /// Where an instruction lies: it is fetched over the instruction bus only.
    #[inline]
    fn code_offset(address: u32) -> Option<usize> {
        let offset = address.wrapping_sub(IRAM.start);
        (offset < SRAM_SIZE).then_some(offset as usize)
    }

    /// Whether instructions can be fetched from there.
    pub(crate) fn holds_code(address: u32) -> bool {
        Self::code_offset(address).is_some()
    }

    /// The instruction at an address; `None` where none can be fetched.
    #[inline]
    pub(crate) fn op(&mut self, pc: u32) -> Option<Op> {
        let offset = Self::code_offset(pc)?;
        let op = self.ops[offset / 2];
        if op.kind != Kind::Unknown {
            return Some(op);
        }
        Some(self.decode(offset))
    }

    #[cold]
    fn decode(&mut self, offset: usize) -> Op {
        let bytes = |at: usize| u32::from(self.bytes.get(at).copied().unwrap_or(0));
        let word = bytes(offset)
            | bytes(offset + 1) << 8
            | bytes(offset + 2) << 16
            | bytes(offset + 3) << 24;
        let op = Op::decode(word);
        self.ops[offset / 2] = op;
        self.decoded[offset / PAGE] = true;
        // A store into the next page may change its second half.
        let last = (offset + 3).min(self.bytes.len() - 1) / PAGE;
        self.decoded[last] = true;
        op
    }

    #[inline]
    pub(crate) fn load(&self, address: u32, width: Width) -> Option<u32> {
        let at = Self::offset(address)?;
        let bytes = self.bytes.get(at..at + width as usize)?;
        Some(match width {
            Width::Byte => u32::from(bytes[0]),
            Width::Half => u32::from(u16::from_le_bytes([bytes[0], bytes[1]])),
            Width::Word => u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
        })
    }

    #[inline]
    pub(crate) fn store(&mut self, address: u32, width: Width, value: u32) -> Option<()> {
        let at = Self::offset(address)?;
        let bytes = self.bytes.get_mut(at..at + width as usize)?;
        match width {
            Width::Byte => bytes[0] = value as u8,
            Width::Half => bytes.copy_from_slice(&(value as u16).to_le_bytes()),
            Width::Word => bytes.copy_from_slice(&value.to_le_bytes()),
        }
        if self.decoded[at / PAGE] {
            self.forget_page(at / PAGE);
        }
        Some(())
    }

    /// The last instruction of the page before may reach into this one.
    fn forget_page(&mut self, page: usize) {
        let first = (page * PAGE / 2).saturating_sub(1);
        let end = ((page + 1) * PAGE / 2).min(self.ops.len());
        self.ops[first..end].fill(Op::UNKNOWN);
        self.decoded[page] = false;
    }

    /// Copies bytes in; `None` when they do not fit.
    pub(crate) fn write(&mut self, address: u32, bytes: &[u8]) -> Option<()> {
        for (at, byte) in (address..).zip(bytes) {
            self.store(at, Width::Byte, u32::from(*byte))?;
        }
        Some(())
    }
}
