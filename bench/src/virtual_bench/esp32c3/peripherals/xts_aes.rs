//! Manual encryption (TRM chapter "External Memory Encryption and Decryption (XTS_AES)", section
//! "Software Process"): a program gives up to 64 bytes, the engine enciphers them for one place
//! in flash, and SPI1 writes what the program never sees.

use crate::virtual_bench::esp32c3::xts::{BLOCK, Xts};

const PLAIN_END: u32 = 0x40;
const LINESIZE: u32 = 0x40;
const DESTINATION: u32 = 0x44;
const PHYSICAL_ADDRESS: u32 = 0x48;
const TRIGGER: u32 = 0x4C;
const RELEASE: u32 = 0x50;
const DESTROY: u32 = 0x54;
const STATE: u32 = 0x58;
/// Bytes of the plain-text registers.
const LINE: u32 = 64;

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Idle = 0,
    /// There is a result that SPI1 does not see.
    Done = 2,
    /// SPI1 writes the result.
    Released = 3,
}

#[derive(Debug, Default)]
pub(crate) struct XtsAes {
    plain: [u32; (LINE / 4) as usize],
    line_size: u32,
    destination: u32,
    address: u32,
    state: State,
    result: Vec<u8>,
}

impl XtsAes {
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn read(&self, offset: u32) -> u32 {
        match offset {
            0..PLAIN_END => self.plain[offset as usize / 4],
            LINESIZE => self.line_size,
            DESTINATION => self.destination,
            PHYSICAL_ADDRESS => self.address,
            STATE => self.state as u32,
            _ => 0,
        }
    }

    /// `cipher` is there where eFuses and system registers allow manual encryption.
    pub(crate) fn write(&mut self, offset: u32, value: u32, cipher: Option<Xts>) {
        match (offset, self.state) {
            (0..PLAIN_END, _) => self.plain[offset as usize / 4] = value,
            (LINESIZE, _) => self.line_size = value & 3,
            (DESTINATION, _) => self.destination = value & 1,
            (PHYSICAL_ADDRESS, _) => self.address = value & 0x3FFF_FFFF,
            (TRIGGER, State::Idle) if value & 1 != 0 => self.start(cipher),
            (RELEASE, State::Done) if value & 1 != 0 => self.state = State::Released,
            (DESTROY, State::Released) if value & 1 != 0 => {
                self.result.clear();
                self.state = State::Idle;
            }
            _ => {}
        }
    }

    /// 16, 32 or 64 bytes for an address that is a multiple of that; the bytes stand in the
    /// registers where the address's last bits point.
    fn start(&mut self, cipher: Option<Xts>) {
        let size = (BLOCK as u32) << self.line_size.min(2);
        let of_flash = self.destination == 0 && self.address.is_multiple_of(size);
        let Some(cipher) = cipher.filter(|_| of_flash) else {
            return;
        };
        let bytes: Vec<u8> = self.plain.iter().flat_map(|w| w.to_le_bytes()).collect();
        let from = (self.address % LINE) as usize;
        self.result = cipher.encrypted(self.address, &bytes[from..from + size as usize]);
        self.state = State::Done;
    }

    /// What SPI1 writes in place of its buffer.
    pub(crate) fn released(&self) -> Option<&[u8]> {
        (self.state == State::Released).then_some(&self.result[..])
    }
}
