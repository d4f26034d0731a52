//! Signed images, made with the portable code's own SHA-256 and RFC 6979.

use cradle_firmware::crypto::{public_key, sha256, sign, spki, to_der};
use cradle_protocol::image::{MAGIC, PADDED_HEADER, PROTECTED_TLV_MAGIC, TLV_MAGIC, tlv};
use cradle_protocol::layout::stm32f405::BANKS;
use cradle_protocol::limits::MAX_SIGNATURE;

use super::chip::BANK;
use super::random::Random;

/// The counter of ordinary images, and of newer ones.
pub const COUNTER: u32 = 3;
pub const NEWER: u32 = 5;
const PAYLOAD: usize = 700;

/// Images by the root key.
pub struct Images {
    pub root_key_hash: [u8; 32],
    pub ordinary: [Image; 2],
    /// For bank B.
    pub newer: Image,
}

/// The content of a bank.
pub struct Image {
    pub bytes: [u8; BANK],
    pub length: usize,
}

impl Images {
    /// Without content. They are filled in place, because the stack has no room for copies.
    pub const fn unsigned() -> Self {
        Self {
            root_key_hash: [0; 32],
            ordinary: [Image::ERASED; 2],
            newer: Image::ERASED,
        }
    }

    /// `None` if signing fails.
    pub fn sign(&mut self) -> Option<()> {
        let root = Signer::new([1; 32])?;
        self.root_key_hash = sha256(&root.spki);
        let [a, b] = &mut self.ordinary;
        root.image(a, 0, COUNTER)?;
        root.image(b, 1, COUNTER)?;
        root.image(&mut self.newer, 1, NEWER)
    }
}

struct Signer {
    private: [u8; 32],
    spki: [u8; 91],
}

impl Signer {
    fn new(private: [u8; 32]) -> Option<Self> {
        let spki = spki(&public_key(&private)?);
        Some(Self { private, spki })
    }

    /// Shape: `cradle_protocol::image`.
    fn image(&self, image: &mut Image, bank: usize, counter: u32) -> Option<()> {
        image.header();
        image.payload(bank, counter);
        image.area(
            PROTECTED_TLV_MAGIC,
            &[(tlv::SEC_CNT, &counter.to_le_bytes())],
        );
        let digest = sha256(&image.bytes[..image.length]);
        let mut der = [0; MAX_SIGNATURE];
        let signature = to_der(&sign(&self.private, &digest)?, &mut der);
        let entries: [(u16, &[u8]); 3] = [
            (tlv::SHA256, &digest),
            (tlv::PUBKEY, &self.spki),
            (tlv::ECDSA_SIG, signature),
        ];
        image.area(TLV_MAGIC, &entries);
        Some(())
    }
}

impl Image {
    const ERASED: Self = Self {
        bytes: [0xFF; BANK],
        length: 0,
    };

    fn header(&mut self) {
        self.put(&MAGIC.to_le_bytes());
        self.put(&[0; 4]);
        self.put(&PADDED_HEADER.to_le_bytes());
        self.put(&[12, 0]); // the protected area
        self.put(&(PAYLOAD as u32).to_le_bytes());
        self.put(&[0; 4]);
        self.put(&[1, 2, 3, 0, 0, 0, 0, 0]);
        let padded = usize::from(PADDED_HEADER);
        self.bytes[self.length..padded].fill(0);
        self.length = padded;
    }

    fn payload(&mut self, bank: usize, seed: u32) {
        let start = self.length;
        let entry = BANKS[bank].start + u32::from(PADDED_HEADER) + 0x101;
        self.put(&0x2001_0000_u32.to_le_bytes());
        self.put(&entry.to_le_bytes());
        let end = start + PAYLOAD;
        Random::new(seed).fill(&mut self.bytes[self.length..end]);
        self.length = end;
    }

    fn area(&mut self, magic: u16, entries: &[(u16, &[u8])]) {
        let total: usize = entries.iter().map(|(_, value)| 4 + value.len()).sum();
        self.put(&magic.to_le_bytes());
        self.put(&(4 + total as u16).to_le_bytes());
        for (kind, value) in entries {
            self.put(&kind.to_le_bytes());
            self.put(&(value.len() as u16).to_le_bytes());
            self.put(value);
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        self.bytes[self.length..end].copy_from_slice(bytes);
        self.length = end;
    }
}
