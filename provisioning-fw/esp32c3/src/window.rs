//! Memory that is handed out once.

use core::cell::{Cell, UnsafeCell};

/// Bytes for a copy of flash; in the program's variables, because the stack has no room for them.
pub struct Window<const N: usize> {
    bytes: UnsafeCell<[u8; N]>,
    taken: Cell<bool>,
}

// SAFETY: there is one core, and no interrupt is ever taken.
#[allow(unsafe_code)]
unsafe impl<const N: usize> Sync for Window<N> {}

impl<const N: usize> Window<N> {
    /// For a `static`.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bytes: UnsafeCell::new([0; N]),
            taken: Cell::new(false),
        }
    }

    /// The bytes, the first time.
    #[allow(unsafe_code)]
    pub fn take(&'static self) -> Option<&'static mut [u8]> {
        if self.taken.replace(true) {
            return None;
        }
        // SAFETY: only the first call gets here, so this is the only reference there will be.
        Some(unsafe { &mut *self.bytes.get() })
    }
}

impl<const N: usize> Default for Window<N> {
    fn default() -> Self {
        Self::new()
    }
}
