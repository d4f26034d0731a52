//! The window's data: computed from events and facts, painted elsewhere, compared in tests.

pub mod authority;
pub mod batch;
pub mod bench;
pub mod grid;
pub mod log;
pub mod query;
pub mod release;
pub mod remote;
pub mod scan;
pub mod sign_in;
pub mod slot;
pub mod tally;
pub mod unit;
