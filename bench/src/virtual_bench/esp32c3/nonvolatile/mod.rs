//! What survives without supply: the cells of the flash and the eFuses, and the numbered
//! operations that change them.

mod cells;
mod fuses;
mod operations;
mod presets;
mod write_protection;

pub(crate) use cells::{Cells, Extent, PAGE, Work};
pub(crate) use fuses::{BLOCKS, Fuses};
pub(crate) use operations::Operations;
pub(crate) use presets::factory_fuses;
pub(crate) use write_protection::{block_is_closed, writable_block_0};
