//! What a unit may be like after a power cut.

use std::ops::Range;

use cradle_bench::virtual_bench::{Ending, Remains};
use cradle_procedure::ids::Sha256;
use cradle_protocol::layout::Region;
use cradle_protocol::layout::stm32f405::{BANKS, BOOTLOADER, FLASH};

use crate::walk::Found;

/// Addresses where only a verified image may run.
pub const IN_BANKS: Range<u32> = BANKS[0].start..BANKS[1].end();

/// What is meant to be on a unit.
pub struct Meant {
    pub bootloader: Vec<u8>,
    /// The image for each bank; empty where there is none.
    pub images: [Vec<u8>; 2],
    pub root_key: Sha256,
    pub counter: u32,
}

impl Meant {
    /// A whole image that verifies runs, or the bootloader waits in recovery, or the chip is
    /// still open and without a whole bootloader: then it is as good as new.
    pub fn judge(&self, found: &Found<'_>) {
        let what = format!("{found:?}");
        let left = found.left;
        assert!(counter(left) <= self.counter, "{what}");
        match found.ending {
            Ending::Entered(address) => {
                assert_eq!(left.otp()[..32], *self.root_key.bytes(), "{what}");
                let bank = usize::from(address >= BANKS[1].start);
                let image = &self.images[bank];
                assert!(!image.is_empty(), "{what}");
                assert!(holds(left, BANKS[bank], image), "{what}");
            }
            Ending::Asleep => {}
            Ending::LockedUp | Ending::Resetting | Ending::Undecided => {
                let open = left.option_bytes() >> 8 & 0xFF == 0xAA;
                let whole = holds(left, BOOTLOADER, &self.bootloader);
                assert!(open && !whole, "{what}");
            }
        }
    }
}

/// The anti-rollback counter: cleared bits of block 1.
pub fn counter(left: &Remains) -> u32 {
    let block = &left.otp()[32..64];
    block.iter().map(|byte| byte.count_zeros()).sum()
}

/// Whether a region holds these bytes and nothing behind them.
fn holds(left: &Remains, region: Region, wanted: &[u8]) -> bool {
    let start = (region.start - FLASH.start) as usize;
    let bytes = &left.flash()[start..start + region.length as usize];
    let (image, behind) = bytes.split_at(wanted.len());
    image == wanted && behind.iter().all(|byte| *byte == 0xFF)
}
