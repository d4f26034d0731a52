//! Manual encryption, SPI1 and the cache, driven by the loader at the addresses of the `esp32c3`
//! crate, which is generated from Espressif's SVD file.

use std::mem::MaybeUninit;

use cradle_bench::virtual_bench::EspBoard;
use esp32c3 as pac;
use espflash::connection::Connection;

use crate::board::connection;

/// Flash on the data bus, and the bytes that an entry of the MMU maps (TRM chapter "System and
/// Memory").
const MAPPED: u32 = 0x3C00_0000;
const PAGE: u32 = 0x1_0000;

/// Bits of EXTERNAL_DEVICE_ENCRYPT_DECRYPT_CONTROL, download mode.
pub struct Switches {
    pub decrypt: u32,
    pub manual: u32,
}
pub const SWITCHES: Switches = Switches {
    decrypt: 1 << 2,
    manual: 1 << 3,
};

/// Address of a register: the base that the SVD gives and its place in the block.
macro_rules! address {
    ($peripheral:ident . $($register:tt)+) => {{
        let block = block_like(pac::$peripheral::PTR);
        let place = std::ptr::from_ref(block.$($register)+).cast::<u8>() as usize;
        let start = std::ptr::from_ref(&*block).cast::<u8>() as usize;
        (pac::$peripheral::PTR as usize + place - start) as u32
    }};
}

/// A register block of all zeros.
fn block_like<T>(_: *const T) -> Box<T> {
    // SAFETY: the blocks consist of 32-bit cells only, for which zero is a value.
    Box::new(unsafe { MaybeUninit::zeroed().assume_init() })
}

pub struct Loader(Connection);

impl Loader {
    /// The loader of a board that stands in it.
    pub fn of(board: &EspBoard) -> Self {
        crate::board::download(board);
        let mut connection = connection(board, 115_200);
        connection.begin().unwrap();
        Self(connection)
    }

    fn read(&mut self, address: u32) -> u32 {
        self.0.read_reg(address).unwrap()
    }

    fn write(&mut self, address: u32, value: u32) {
        self.0.write_reg(address, value, None).unwrap();
    }

    pub fn efuse_key2(&mut self) -> [u32; 8] {
        let first = address!(EFUSE.rd_key2_data0());
        std::array::from_fn(|word| self.read(first + 4 * word as u32))
    }

    pub fn allow(&mut self, switches: u32) {
        let control = address!(SYSTEM.external_device_encrypt_decrypt_control());
        self.write(control, switches);
    }

    /// Has up to 64 bytes encrypted for a place in flash; the state of the engine then.
    pub fn encrypt(&mut self, at: u32, plain: &[u8]) -> u32 {
        let place = address!(XTS_AES.plain_mem(0)) + at % 64;
        for (place, word) in (place..).step_by(4).zip(plain.chunks(4)) {
            let word = u32::from_le_bytes(word.try_into().unwrap());
            self.write(place, word);
        }
        // 0, 1, 2 for 16, 32, 64 bytes.
        self.write(address!(XTS_AES.linesize()), plain.len() as u32 >> 5);
        self.write(address!(XTS_AES.destination()), 0);
        self.write(address!(XTS_AES.physical_address()), at);
        self.write(address!(XTS_AES.trigger()), 1);
        self.read(address!(XTS_AES.state()))
    }

    /// Writes the result into flash with the controller's own commands.
    pub fn write_result(&mut self, at: u32, len: u32) {
        self.write(address!(XTS_AES.release()), 1);
        assert_eq!(self.read(address!(XTS_AES.state())), 3);
        let (write_enable, page_program) = (1 << 30, 1 << 25);
        self.write(address!(SPI1.cmd()), write_enable);
        self.write(address!(SPI1.addr()), at | len << 24);
        self.write(address!(SPI1.cmd()), page_program);
        self.write(address!(XTS_AES.destroy()), 1);
        assert_eq!(self.read(address!(XTS_AES.state())), 0);
    }

    /// Maps an entry of the MMU to a page of flash and opens the cache.
    pub fn map(&mut self, entry: u32, at: u32) {
        self.write(address!(MMU_TABLE.entry(0)) + 4 * entry, at / PAGE);
        self.write(address!(EXTMEM.icache_ctrl1()), 0);
        self.write(address!(EXTMEM.icache_ctrl()), 1);
    }

    pub fn invalidate(&mut self, entry: u32) {
        self.write(address!(EXTMEM.icache_sync_addr()), MAPPED + entry * PAGE);
        self.write(address!(EXTMEM.icache_sync_size()), PAGE);
        self.write(address!(EXTMEM.icache_sync_ctrl()), 1);
        assert_eq!(self.read(address!(EXTMEM.icache_sync_ctrl())), 2);
    }

    pub fn mapped(&mut self, entry: u32, len: u32) -> Vec<u8> {
        let start = MAPPED + entry * PAGE;
        let words = (start..start + len).step_by(4);
        words.flat_map(|at| self.read(at).to_le_bytes()).collect()
    }

    pub fn try_mapped(&mut self, entry: u32) -> Option<u32> {
        self.0.read_reg(MAPPED + entry * PAGE).ok()
    }
}
