//! Boards with the bootloader of this repository.

use cradle_bench::virtual_bench::BoardConfig;
use cradle_procedure::plan::BurnItem;
use cradle_protocol::image::PADDED_HEADER;
use cradle_protocol::layout::stm32f405::{BANKS, BOOTLOADER, METADATA};
use cradle_protocol::metadata::{self, Bank};

use super::signed::Key;
use super::{Setup, firmware, program, setup};

pub const COUNTER: u32 = 3;

pub fn root() -> Key {
    Key::new(0x11)
}

/// A board with the bootloader, nothing to boot, and the root key and counter burnt.
pub fn board_without_image(seed: u32, counter: u32) -> Setup {
    without_image(BoardConfig::genuine(seed), counter)
}

fn without_image(config: BoardConfig, counter: u32) -> Setup {
    let mut setup = setup(config);
    let device = &mut *setup.device;
    program(device, BOOTLOADER.start, &firmware("bootloader.bin")).unwrap();
    device
        .start_provisioner(&firmware("provisioner.elf"))
        .unwrap();
    let hash = BurnItem::RootKeyHash(root().hash());
    device.burn(&hash).unwrap();
    device.burn(&BurnItem::Counter(counter)).unwrap();
    setup
}

/// The same with this image on trial in bank A.
pub fn board_with(seed: u32, image: &[u8], counter: u32) -> Setup {
    with_image(BoardConfig::genuine(seed), image, counter)
}

/// The same on that board.
pub fn with_image(config: BoardConfig, image: &[u8], counter: u32) -> Setup {
    let mut setup = without_image(config, counter);
    let device = &mut *setup.device;
    program(device, METADATA[0].start, &metadata::initial(Bank::A)).unwrap();
    program(device, BANKS[0].start, image).unwrap();
    setup
}

/// Firmware for a bank that resets itself at once: `ldr r0, =AIRCR; ldr r1,
/// =VECTKEY|SYSRESETREQ; str r1, [r0]; b .`
pub fn never_confirms(bank: Bank) -> Vec<u8> {
    const CODE: [u16; 8] = [
        0x4801, 0x4902, 0x6001, 0xE7FE, 0xED0C, 0xE000, 0x0004, 0x05FA,
    ];
    let start = BANKS[bank.index()].start + u32::from(PADDED_HEADER);
    let mut payload = 0x2001_0000_u32.to_le_bytes().to_vec();
    payload.extend((start + 9).to_le_bytes());
    payload.extend(CODE.iter().flat_map(|half| half.to_le_bytes()));
    payload
}
