//! The window's data: computed from events and facts, painted elsewhere, compared in tests.

pub mod bench;
pub mod grid;
pub mod scan;
pub mod sign_in;
pub mod slot;
