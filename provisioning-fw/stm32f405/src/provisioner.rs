//! Runs from SRAM under the station's debug probe, talks over RTT, and is gone with the reset.
//! Linked once for each home of the device key.

use core::panic::PanicInfo;

use cortex_m::peripheral::SCB;
use cortex_m_rt::entry;
use cradle_firmware::provisioner;
use cradle_protocol::frame::Collector;
use cradle_protocol::limits::MAX_FRAME;
use cradle_stm32f405::chip::Chip;
use cradle_stm32f405::clock::{self, CORE_HZ};
use cradle_stm32f405::idle::Sleeper;
use cradle_stm32f405::keys::{Home, Parts};
use rtt_target::{ChannelMode, DownChannel, UpChannel, rtt_init};
use stm32f4xx_hal::pac;
use stm32f4xx_hal::prelude::*;

use crate::Keys;

/// Ticks of core clock / 8 between two looks at the down channel: 1 ms.
const POLL: u32 = CORE_HZ / 8 / 1000;

#[entry]
fn main() -> ! {
    let (Some(device), Some(core)) = (pac::Peripherals::take(), cortex_m::Peripherals::take())
    else {
        SCB::sys_reset()
    };
    let (mut up, mut down) = channels();
    let mut rcc = clock::start(device.RCC);
    let trng = device.RNG.constrain(&mut rcc);
    let mut chip = Chip::new(device.FLASH, trng, CORE_HZ);
    let parts = Parts {
        bus: device.I2C1,
        port: device.GPIOB,
        counter: core.DWT,
        debug: core.DCB,
    };
    let mut keys = Keys::open(parts, &mut rcc);
    let mut sleeper = Sleeper::new(core.SYST, POLL, None);
    let mut collector = Collector::new();
    let mut out = [0; MAX_FRAME];
    let mut received = [0; 64];
    loop {
        let count = down.read(&mut received);
        for byte in &received[..count] {
            if let Some(frame) = collector.push(*byte)
                && let Some(length) = provisioner::answer(&mut chip, &mut keys, frame, &mut out)
            {
                up.write(&out[..length]);
            }
        }
        if count == 0 {
            sleeper.sleep();
        }
    }
}

/// Channel 0 both ways. Up blocks when it is full: an answer is never cut.
#[allow(unsafe_code, static_mut_refs)]
fn channels() -> (UpChannel, DownChannel) {
    let channels = rtt_init! {
        up: {
            0: { size: 4096, mode: ChannelMode::BlockIfFull, name: "cradle" }
        }
        down: {
            0: { size: 4096, name: "cradle" }
        }
    };
    (channels.up.0, channels.down.0)
}

/// A reset would start what is in flash, with the station still believing in this program.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        cortex_m::asm::wfi();
    }
}
