//! Widths of accesses.

/// How many bits one access moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    U8,
    U16,
    U32,
}

impl Width {
    pub(crate) const fn bytes(self) -> u32 {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::U32 => 4,
        }
    }

    /// The bits that are moved, from bit 0.
    pub(crate) const fn mask(self) -> u32 {
        match self {
            Self::U8 => 0xFF,
            Self::U16 => 0xFFFF,
            Self::U32 => u32::MAX,
        }
    }

    pub(crate) const fn aligns(self, address: u32) -> bool {
        address & (self.bytes() - 1) == 0
    }
}

/// Addresses of words one after the other.
pub(crate) fn words_from(address: u32) -> impl Iterator<Item = u32> {
    (0..).map(move |number: u32| address.wrapping_add(number.wrapping_mul(4)))
}
