//! The two key registers.

/// A key register: two words in the right order open it, anything else closes it
/// until the next reset (RM0090 §3.6.1 "Unlocking the Flash control register").
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    #[default]
    Closed,
    HalfOpen,
    Open,
    Jammed,
}

impl Gate {
    pub(super) fn turn(self, key: u32, keys: [u32; 2]) -> Self {
        match self {
            Self::Closed if key == keys[0] => Self::HalfOpen,
            Self::HalfOpen if key == keys[1] => Self::Open,
            _ => Self::Jammed,
        }
    }

    /// Setting the lock bit closes an open gate.
    pub(super) fn close(self) -> Self {
        match self {
            Self::Open => Self::Closed,
            other => other,
        }
    }
}
