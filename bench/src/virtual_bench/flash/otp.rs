//! One-time programmable bytes (RM0090 §3.8).

/// 16 blocks of 32 bytes, each with a lock byte.
///
/// Nothing erases them: not a mass erase, not the way from RDP 1 to 0
/// (RM0090 §3.7.4 "Read protection": "The OTP area is not affected").
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Otp {
    data: [u8; Self::DATA],
    locks: [u8; Self::BLOCKS],
}

impl Otp {
    pub(crate) const BLOCKS: usize = 16;
    pub(crate) const BLOCK_SIZE: usize = 32;
    pub(crate) const DATA: usize = Self::BLOCKS * Self::BLOCK_SIZE;
    /// Data and lock bytes as one image.
    pub(crate) const IMAGE: usize = Self::DATA + Self::BLOCKS;

    /// A virgin part: nothing programmed, nothing locked.
    pub(crate) fn virgin() -> Self {
        Self {
            data: [0xFF; Self::DATA],
            locks: [0xFF; Self::BLOCKS],
        }
    }

    /// From an image of data and lock bytes; missing bytes stay virgin.
    pub(crate) fn from_image(image: &[u8]) -> Self {
        let mut otp = Self::virgin();
        for (offset, &byte) in image.iter().take(Self::IMAGE).enumerate() {
            *otp.cell(offset) = byte;
        }
        otp
    }

    pub(crate) fn image(&self) -> Vec<u8> {
        [&self.data[..], &self.locks[..]].concat()
    }

    pub(crate) fn byte(&self, offset: usize) -> u8 {
        match offset.checked_sub(Self::DATA) {
            None => self.data.get(offset).copied().unwrap_or(0xFF),
            Some(block) => self.locks.get(block).copied().unwrap_or(0xFF),
        }
    }

    /// A block can be programmed until 0x00 is in its lock byte; any other value,
    /// which RM0090 §3.8 forbids, is taken as not locked.
    pub(crate) fn is_locked(&self, block: usize) -> bool {
        self.locks.get(block) == Some(&0x00)
    }

    /// Whether a program at `offset` (0 is the first OTP byte) is refused.
    pub(crate) fn refuses(&self, offset: usize) -> bool {
        if offset < Self::DATA {
            self.is_locked(offset / Self::BLOCK_SIZE)
        } else {
            self.is_locked(offset - Self::DATA)
        }
    }

    /// Clears the bits of `mask` at `offset`; OTP cells are NOR cells too.
    pub(crate) fn clear(&mut self, offset: usize, mask: u8) {
        if offset < Self::IMAGE {
            *self.cell(offset) &= !mask;
        }
    }

    fn cell(&mut self, offset: usize) -> &mut u8 {
        match offset.checked_sub(Self::DATA) {
            None => &mut self.data[offset],
            Some(block) => &mut self.locks[block % Self::BLOCKS],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_zero_locks_a_block() {
        let mut otp = Otp::virgin();
        otp.clear(Otp::DATA + 3, 0x0F);
        assert!(!otp.is_locked(3));
        otp.clear(Otp::DATA + 3, 0xF0);
        assert!(otp.is_locked(3) && otp.refuses(3 * 32 + 31) && !otp.refuses(4 * 32));
    }

    #[test]
    fn an_image_survives_a_round_trip() {
        let mut otp = Otp::virgin();
        otp.clear(0, 0x5A);
        otp.clear(Otp::DATA, 0xFF);
        assert_eq!(Otp::from_image(&otp.image()), otp);
    }
}
