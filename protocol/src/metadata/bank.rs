//! The two banks, and what happens to them.

use serde::{Deserialize, Serialize};

/// An image bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bank {
    /// First in [`crate::layout::Layout::banks`].
    A,
    /// Second there.
    B,
}

impl Bank {
    /// Index into [`crate::layout::Layout::banks`].
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::A => 0,
            Self::B => 1,
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// The bank with that index.
    #[must_use]
    pub const fn from_index(index: u8) -> Option<Self> {
        match index {
            0 => Some(Self::A),
            1 => Some(Self::B),
            _ => None,
        }
    }
}

/// Why a record was written. The number is what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum Event {
    /// The station installed the first image.
    Provisioned = 1,
    /// An update was installed into the pending bank.
    Installed = 2,
    /// The pending bank did not verify or never confirmed itself; the active one runs on.
    FellBack = 3,
    /// No record was readable; a bank that verified was put on trial.
    Recovered = 4,
}

impl Event {
    pub(super) const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Provisioned),
            2 => Some(Self::Installed),
            3 => Some(Self::FellBack),
            4 => Some(Self::Recovered),
            _ => None,
        }
    }
}
