//! The engine that encrypts flash (TRM chapter 23, XTS_AES), and flash as it decrypts it.
//!
//! What is written goes through manual encryption: the engine enciphers a line for one place, and
//! SPI1 writes what no program sees. What is read comes over the data bus, through MMU and cache
//! (TRM section 3.3.3), where it is decrypted on its way.

use cradle_firmware::device::StorageFault;
use cradle_protocol::layout::Region;
use esp32c3::{EXTMEM, MMU_TABLE, SYSTEM, XTS_AES};

/// Bytes of a cipher block.
const BLOCK: u32 = 16;
/// Most that is enciphered at once.
const LINE: u32 = 64;
/// Where the first entry of the MMU maps flash to, and how much of it.
const MAPPED: u32 = 0x3C00_0000;
const PAGE: u32 = 0x1_0000;
/// STATE of the engine: at work, done, and visible to SPI1.
const BUSY: u32 = 1;
const DONE: u32 = 2;
const RELEASED: u32 = 3;
/// Looks at STATE before the engine counts as stuck; a line takes some microseconds.
const PATIENCE: u32 = 10_000;

/// The engine, MMU and cache.
pub struct Cipher {
    engine: XTS_AES,
    cache: EXTMEM,
    mmu: MMU_TABLE,
}

impl Cipher {
    /// Takes them, and allows encryption and decryption as far as the eFuses do.
    pub fn new(engine: XTS_AES, cache: EXTMEM, mmu: MMU_TABLE, system: &SYSTEM) -> Self {
        system.external_device_encrypt_decrypt_control().write(|w| {
            w.enable_spi_manual_encrypt().set_bit();
            w.enable_download_g0cb_decrypt().set_bit();
            w.enable_download_manual_encrypt().set_bit()
        });
        Self { engine, cache, mmu }
    }

    /// Replaces bytes of flash, in whole blocks from `address`, by what they are deciphered.
    /// Blocks that are erased stay so: nothing was ever enciphered there.
    pub fn decipher(&mut self, address: u32, cells: &mut [u8]) {
        let mut page = None;
        let blocks = cells.chunks_mut(BLOCK as usize);
        for (at, block) in (address..).step_by(BLOCK as usize).zip(blocks) {
            if block.iter().all(|byte| *byte == 0xFF) {
                continue;
            }
            if page != Some(at / PAGE) {
                page = Some(at / PAGE);
                self.map(at / PAGE);
            }
            for (place, bytes) in (at % PAGE..).step_by(4).zip(block.chunks_mut(4)) {
                bytes.copy_from_slice(&mapped(place).to_le_bytes()[..bytes.len()]);
            }
        }
    }

    /// Maps a page of flash, and has the cache forget what it knew of another.
    #[allow(unsafe_code)]
    fn map(&mut self, page: u32) {
        // SAFETY: nothing is fetched or read through the cache but by this program, from here on.
        unsafe {
            self.mmu.entry(0).write(|w| w.bits(page));
            self.cache.icache_sync_addr().write(|w| w.bits(MAPPED));
            self.cache.icache_sync_size().write(|w| w.bits(PAGE));
            self.cache.icache_ctrl1().write(|w| w.bits(0));
        }
        let sync = self.cache.icache_sync_ctrl();
        sync.write(|w| w.icache_invalidate_ena().set_bit());
        while sync.read().icache_sync_done().bit_is_clear() {}
        self.cache
            .icache_ctrl()
            .modify(|_, w| w.icache_enable().set_bit());
    }

    /// How many of that many bytes are enciphered at once for that address.
    pub fn line(at: u32, bytes: u32) -> u32 {
        let fits = |line: &u32| at.is_multiple_of(*line) && *line <= bytes;
        [LINE, LINE / 2].into_iter().find(fits).unwrap_or(BLOCK)
    }

    /// Enciphers a line for `address`. Until [`Self::discard`] it is what SPI1 writes.
    ///
    /// # Errors
    /// [`StorageFault`] if the engine does not come to an end, or may not encipher at all.
    #[allow(unsafe_code)]
    pub fn encipher(&mut self, address: u32, words: &[u32]) -> Result<(), StorageFault> {
        let first = address % LINE / 4;
        for (index, word) in (first..).zip(words) {
            let place = XTS_AES::PTR.cast::<u32>().cast_mut();
            // SAFETY: one of the 16 registers PLAIN at the start of the block, of which the
            // description knows four.
            unsafe { place.add(index as usize % 16).write_volatile(*word) };
        }
        let engine = &self.engine;
        // SAFETY: values the manual defines: 0, 1, 2 for lines of 16, 32, 64 bytes; 0 for flash.
        unsafe {
            engine
                .linesize()
                .write(|w| w.bits(words.len() as u32 * 4 >> 5));
            engine.destination().write(|w| w.bits(0));
            engine.physical_address().write(|w| w.bits(address));
            engine.trigger().write(|w| w.bits(1));
        }
        self.reach(DONE)?;
        // SAFETY: as above.
        unsafe { self.engine.release().write(|w| w.bits(1)) };
        self.reach(RELEASED)
    }

    fn reach(&self, wanted: u32) -> Result<(), StorageFault> {
        let state = || self.engine.state().read().bits() & 3;
        let settled = (0..PATIENCE).map(|_| state()).find(|now| *now != BUSY);
        match settled {
            Some(now) if now == wanted => Ok(()),
            now => Err(StorageFault(now.unwrap_or(BUSY))),
        }
    }

    /// Forgets the line.
    #[allow(unsafe_code)]
    pub fn discard(&mut self) {
        // SAFETY: as in `encipher`.
        unsafe { self.engine.destroy().write(|w| w.bits(1)) };
    }
}

/// The blocks that hold a region.
pub fn whole_blocks(region: Region) -> Region {
    let start = region.start / BLOCK * BLOCK;
    let length = (region.end() - start).next_multiple_of(BLOCK);
    Region { start, length }
}

/// A word of the page that is mapped.
#[allow(unsafe_code)]
fn mapped(offset: u32) -> u32 {
    // SAFETY: flash on the data bus, mapped before; the address is a multiple of 4.
    unsafe { ((MAPPED + offset) as *const u32).read_volatile() }
}
