//! Flasher stubs: which programs are taken for one, and READ_FLASH, which only they have.

use sha2::{Digest, Sha256};

use super::request::{Refusal, Request};
use super::silicon::Silicon;
use super::slip;

/// SHA-256 over all blocks that are loaded: the stub of espflash 4.7 and esptool 5.6 for the
/// ESP32-C3, and the older one that esptool uses first.
const STUBS: &[[u8; 32]] = &[
    [
        0xAF, 0x77, 0xDE, 0xCE, 0xD9, 0xEB, 0xA8, 0x36, 0x04, 0x59, 0x72, 0x45, 0x61, 0x14, 0x28,
        0xBB, 0xC5, 0x59, 0x07, 0x29, 0x6A, 0x92, 0xF4, 0x8B, 0xA0, 0x87, 0x76, 0xFF, 0x44, 0x3E,
        0xC1, 0x22,
    ],
    [
        0xEF, 0x24, 0x2E, 0x82, 0x92, 0x6C, 0xF7, 0x6E, 0xA8, 0x1D, 0x68, 0xCB, 0x24, 0x6E, 0xFA,
        0x8C, 0x78, 0x9B, 0x8A, 0x3A, 0xFB, 0x38, 0x88, 0xF6, 0xB3, 0xE3, 0x15, 0x56, 0x4A, 0xB1,
        0x03, 0x83,
    ],
];

pub(super) fn is_stub(loaded: &[u8]) -> bool {
    let digest: [u8; 32] = Sha256::digest(loaded).into();
    STUBS.contains(&digest)
}

/// A READ_FLASH under way: packets that the host acknowledges with the number of bytes it has.
#[derive(Debug)]
pub(super) struct FlashReading {
    offset: u32,
    len: u32,
    packet: u32,
    in_flight: u32,
    sent: u32,
    contents: Vec<u8>,
    digest: [u8; 16],
}

impl FlashReading {
    pub(super) fn new(request: &Request<'_>) -> Result<Self, Refusal> {
        let (packet, in_flight) = (request.word(2)?, request.word(3)?);
        if packet == 0 || packet > 0x1000 || in_flight == 0 {
            return Err(Refusal::Invalid);
        }
        Ok(Self {
            offset: request.word(0)?,
            len: request.word(1)?,
            packet,
            in_flight,
            sent: 0,
            contents: Vec::new(),
            digest: [0; 16],
        })
    }

    /// The first packets.
    pub(super) fn begin(&mut self, silicon: &Silicon<'_>) -> Vec<u8> {
        self.contents = silicon
            .read_flash(self.offset, self.len)
            .unwrap_or_default();
        self.digest = silicon.md5(self.offset, self.len).unwrap_or_default();
        self.len = self.contents.len() as u32;
        self.packets(0)
    }

    /// An acknowledgement; the next packets, or the digest, and whether that was the end.
    pub(super) fn acknowledged(&mut self, frame: &[u8]) -> (Vec<u8>, bool) {
        let Ok(bytes) = frame.try_into() else {
            return (Vec::new(), true);
        };
        let received = u32::from_le_bytes(bytes);
        if received >= self.len {
            return (slip::encode(&self.digest), true);
        }
        (self.packets(received), false)
    }

    fn packets(&mut self, received: u32) -> Vec<u8> {
        let mut out = Vec::new();
        let window = self.packet.saturating_mul(self.in_flight);
        while self.sent < self.len && self.sent.saturating_sub(received) < window {
            let end = (self.sent + self.packet).min(self.len);
            let bytes = &self.contents[self.sent as usize..end as usize];
            out.extend(slip::encode(bytes));
            self.sent = end;
        }
        out
    }
}
