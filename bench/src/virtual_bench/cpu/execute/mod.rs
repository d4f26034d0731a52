//! What instructions do, by the groups of the architecture manual (DDI0403 A7.7).

pub(super) mod bits;
pub(super) mod branch;
pub(super) mod data;
pub(super) mod float;
pub(super) mod float_moves;
pub(super) mod memory;
pub(super) mod multiple;
pub(super) mod multiply;
pub(super) mod parallel;
pub(super) mod saturate;
pub(super) mod special;
