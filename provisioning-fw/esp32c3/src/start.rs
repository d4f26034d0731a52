//! From the first instruction to `main`, and back to reset.

use esp32c3::{
    APB_SARADC, EFUSE, EXTMEM, MMU_TABLE, RNG, RTC_CNTL, SPI1, SYSTEM, SYSTIMER, TIMG0, UART0,
    XTS_AES,
};

mod first {
    #![allow(unsafe_code)]
    core::arch::global_asm!(include_str!("first.s"));
}

/// The peripherals that the programs use.
#[allow(missing_docs)]
pub struct Peripherals {
    pub cache: EXTMEM,
    pub efuse: EFUSE,
    pub mmu: MMU_TABLE,
    pub rng: RNG,
    pub rtc: RTC_CNTL,
    pub saradc: APB_SARADC,
    pub spi1: SPI1,
    pub system: SYSTEM,
    pub systimer: SYSTIMER,
    pub timg0: TIMG0,
    pub uart0: UART0,
    pub xts_aes: XTS_AES,
}

impl Peripherals {
    /// Takes them.
    ///
    /// # Safety
    /// Once in a program.
    #[allow(unsafe_code)]
    pub unsafe fn take() -> Self {
        // SAFETY: as above, for each.
        unsafe {
            Self {
                cache: EXTMEM::steal(),
                efuse: EFUSE::steal(),
                mmu: MMU_TABLE::steal(),
                rng: RNG::steal(),
                rtc: RTC_CNTL::steal(),
                saradc: APB_SARADC::steal(),
                spi1: SPI1::steal(),
                system: SYSTEM::steal(),
                systimer: SYSTIMER::steal(),
                timg0: TIMG0::steal(),
                uart0: UART0::steal(),
                xts_aes: XTS_AES::steal(),
            }
        }
    }
}

/// Makes a program of a function `main(u32, Peripherals) -> !`, given what its loader passed,
/// and of a function `fault() -> !` for traps and panics.
#[macro_export]
macro_rules! program {
    ($main:path, $fault:path) => {
        #[allow(unsafe_code)]
        #[unsafe(no_mangle)]
        extern "C" fn _main(argument: u32) -> ! {
            // SAFETY: the start-up code calls this once, and nothing ran before it.
            let peripherals = unsafe { $crate::start::Peripherals::take() };
            $main(argument, peripherals)
        }

        #[allow(unsafe_code)]
        #[unsafe(no_mangle)]
        extern "C" fn _fault() -> ! {
            $fault()
        }

        #[panic_handler]
        fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
            $fault()
        }
    };
}

/// Resets the chip; the mask ROM starts again.
#[allow(unsafe_code)]
pub fn reset() -> ! {
    // SAFETY: nothing runs after it that could mind the register being written here.
    let registers = unsafe { &*esp32c3::RTC_CNTL::PTR };
    registers.options0().modify(|_, w| w.sw_sys_rst().set_bit());
    stop()
}

/// Does nothing any more.
pub fn stop() -> ! {
    loop {
        core::hint::spin_loop();
    }
}
