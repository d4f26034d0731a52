//! Flash, OTP, TRNG and posture of the STM32F405.

use cradle_firmware::device::{Entropy, EntropyFault, Flash, Posture, StorageFault};
use cradle_firmware::otp::Otp;
use cradle_protocol::layout::stm32f405::{self as layout, OTP_BLOCK, OTP_LOCKS};
use cradle_protocol::layout::{Layout, Region};
use cradle_protocol::message::{ChipUid, TrngFault};
use stm32f4xx_hal::flash::FlashExt;
use stm32f4xx_hal::hal_02::blocking::rng::Read;
use stm32f4xx_hal::pac;
use stm32f4xx_hal::pac::flash::cr::PSIZE;
use stm32f4xx_hal::rng::Rng;
use stm32f4xx_hal::signature::FlashSize;

/// Unique device id register, RM0090 §39.1.
const UID: u32 = 0x1FFF_7A10;
/// Keys that unlock FLASH_CR, RM0090 §3.6.1.
const KEYS: [u32; 2] = [0x4567_0123, 0xCDEF_89AB];
/// OPERR, WRPERR, PGAERR, PGPERR, PGSERR: cleared by writing 1, RM0090 §3.9.4.
const ERRORS: u32 = 0xF2;

/// The chip. `R` is the TRNG, or `()` where nothing random is needed.
pub struct Chip<R = ()> {
    flash: pac::FLASH,
    trng: R,
    clock_hz: u32,
}

impl<R> Chip<R> {
    /// Takes the peripherals; `clock_hz` is the core clock.
    pub fn new(flash: pac::FLASH, trng: R, clock_hz: u32) -> Self {
        Self {
            flash,
            trng,
            clock_hz,
        }
    }

    /// Runs a flash operation from clean error flags and drops the data cache after it, which
    /// may hold what was there before (RM0090 §3.5.2).
    fn operate<E>(
        &mut self,
        operation: impl FnOnce(&mut pac::FLASH) -> Result<(), E>,
    ) -> Result<(), StorageFault> {
        clear_errors(&self.flash);
        let outcome = operation(&mut self.flash);
        let status = self.flash.sr().read().bits();
        drop_data_cache(&self.flash);
        outcome.map_err(|_| StorageFault(status))
    }
}

impl<R> Flash for Chip<R> {
    const LAYOUT: Layout = layout::LAYOUT;

    fn bytes(&mut self, region: Region) -> &[u8] {
        let start = region.start.wrapping_sub(layout::FLASH.start) as usize;
        let end = start.saturating_add(region.length as usize);
        self.flash.read().get(start..end).unwrap_or(&[])
    }

    fn program(&mut self, address: u32, words: &[u32]) -> Result<(), StorageFault> {
        let offset = address.wrapping_sub(layout::FLASH.start) as usize;
        self.operate(|flash| {
            let mut flash = flash.unlocked();
            for (index, word) in words.iter().enumerate() {
                flash.program(offset + index * 4, word.to_le_bytes().iter())?;
            }
            Ok::<_, stm32f4xx_hal::flash::Error>(())
        })
    }

    fn erase(&mut self, region: Region) -> Result<(), StorageFault> {
        let offset = region.start.wrapping_sub(layout::FLASH.start) as usize;
        let sector = self.flash.sector(offset).ok_or(StorageFault(0))?.number;
        self.operate(|flash| flash.unlocked().erase(sector))
    }
}

impl<R> Otp for Chip<R> {
    fn word(&self, index: u16) -> u32 {
        read_word(layout::OTP.start + u32::from(index) * 4)
    }

    fn lock_byte(&self, block: u8) -> u8 {
        let word = read_word(OTP_LOCKS.start + u32::from(block & !3));
        word.to_le_bytes()[usize::from(block & 3)]
    }

    fn program_word(&mut self, index: u16, value: u32) -> Result<(), StorageFault> {
        if u32::from(index) >= layout::OTP.length / 4 {
            return Err(StorageFault(0));
        }
        let address = layout::OTP.start + u32::from(index) * 4;
        self.operate(|flash| {
            program_otp(flash, PSIZE::Psize32, || {
                write_otp_word(address, value);
            })
        })
    }

    fn lock_block(&mut self, block: u8) -> Result<(), StorageFault> {
        if u32::from(block) >= layout::OTP.length / OTP_BLOCK {
            return Err(StorageFault(0));
        }
        let address = OTP_LOCKS.start + u32::from(block);
        self.operate(|flash| program_otp(flash, PSIZE::Psize8, || write_otp_lock(address)))
    }
}

impl Entropy for Chip<Rng> {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyFault> {
        let drawn = self.trng.read(bytes);
        match trng_fault() {
            None => drawn.map_err(|_| EntropyFault),
            Some(_) => Err(EntropyFault),
        }
    }

    fn raw_word(&mut self) -> Result<u32, TrngFault> {
        let mut word = [0; 4];
        // The HAL gives up when either error is present now, and both are latched.
        let drawn = self.trng.read(&mut word);
        match (trng_fault(), drawn) {
            (Some(fault), _) => Err(fault),
            (None, Err(_)) => Err(TrngFault::Seed),
            (None, Ok(())) => Ok(u32::from_le_bytes(word)),
        }
    }
}

impl<R> Posture for Chip<R> {
    fn uid(&self) -> ChipUid {
        uid()
    }

    fn flash_kib(&self) -> u16 {
        FlashSize::get().kilo_bytes()
    }

    fn rdp(&self) -> u8 {
        self.flash.optcr().read().rdp().bits()
    }

    /// nWRP, bits 16 to 27 of FLASH_OPTCR, active low; RM0090 §3.9.10.
    fn write_protected(&self) -> u32 {
        !self.flash.optcr().read().bits() >> 16 & 0xFFF
    }

    fn clock_hz(&self) -> u32 {
        self.clock_hz
    }
}

/// The unique device identifier.
pub fn uid() -> ChipUid {
    let mut uid = [0; 12];
    let (words, _) = uid.as_chunks_mut::<4>();
    for (place, address) in words.iter_mut().zip((UID..).step_by(4)) {
        *place = read_word(address).to_le_bytes();
    }
    uid
}

/// Programs OTP as main flash is programmed, RM0090 §3.6.5: unlock, set PG and the size of the
/// access, write, wait. The HAL's driver covers main flash only.
fn program_otp(flash: &pac::FLASH, size: PSIZE, write: impl FnOnce()) -> Result<(), ()> {
    for key in KEYS {
        unlock(flash, key);
    }
    flash
        .cr()
        .modify(|_, w| w.psize().variant(size).ser().clear_bit().pg().set_bit());
    write();
    while flash.sr().read().bsy().bit_is_set() {}
    flash
        .cr()
        .modify(|_, w| w.pg().clear_bit().lock().set_bit());
    if flash.sr().read().bits() & ERRORS == 0 {
        Ok(())
    } else {
        Err(())
    }
}

/// What the TRNG has reported since it was enabled: CEIS or SEIS of RNG_SR, RM0090 §24.4.2. The
/// HAL's driver looks only at what is wrong at the moment.
#[allow(unsafe_code)]
fn trng_fault() -> Option<TrngFault> {
    // SAFETY: RNG_SR is only read, which has no side effects; the driver owns the peripheral.
    let status = unsafe { &*pac::RNG::PTR }.sr().read();
    if status.ceis().bit_is_set() {
        Some(TrngFault::Clock)
    } else if status.seis().bit_is_set() {
        Some(TrngFault::Seed)
    } else {
        None
    }
}

#[allow(unsafe_code)]
fn unlock(flash: &pac::FLASH, key: u32) {
    // SAFETY: any value is allowed in FLASH_KEYR; a wrong one only locks the controller.
    flash.keyr().write(|w| unsafe { w.key().bits(key) });
}

#[allow(unsafe_code)]
fn clear_errors(flash: &pac::FLASH) {
    // SAFETY: writes 1 to the rc_w1 error flags of FLASH_SR and 0 to everything else.
    flash.sr().write(|w| unsafe { w.bits(ERRORS) });
}

/// The cache may be reset only while it is disabled, RM0090 §3.9.2.
fn drop_data_cache(flash: &pac::FLASH) {
    if flash.acr().read().dcen().bit_is_set() {
        flash.acr().modify(|_, w| w.dcen().clear_bit());
        flash.acr().modify(|_, w| w.dcrst().set_bit());
        flash
            .acr()
            .modify(|_, w| w.dcrst().clear_bit().dcen().set_bit());
    }
}

#[allow(unsafe_code)]
fn read_word(address: u32) -> u32 {
    // SAFETY: private, and called only with aligned addresses of system memory that always
    // reads: OTP, its lock bytes, the device id.
    unsafe { core::ptr::read_volatile(address as *const u32) }
}

#[allow(unsafe_code)]
fn write_otp_word(address: u32, value: u32) {
    // SAFETY: the caller bounded the address to the OTP area; nothing Rust owns lies there.
    unsafe { core::ptr::write_volatile(address as *mut u32, value) }
}

#[allow(unsafe_code)]
fn write_otp_lock(address: u32) {
    // SAFETY: the caller bounded the address to the OTP lock bytes; nothing Rust owns is there.
    unsafe { core::ptr::write_volatile(address as *mut u8, 0) }
}
