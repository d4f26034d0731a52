//! Signed images, good ones and odd ones.

use std::vec::Vec;

use cradle_protocol::image::{MAGIC, PADDED_HEADER, PROTECTED_TLV_MAGIC, TLV_MAGIC, tlv};
use cradle_protocol::layout::stm32f405::BANKS;
use cradle_protocol::limits::MAX_SIGNATURE;

use super::Signer;
use crate::crypto::{sha256, to_der};

pub(crate) struct ImageBuilder {
    pub(crate) signer: Signer,
    pub(crate) counter: u32,
    /// Bank whose addresses the vector table has.
    pub(crate) bank: usize,
    pub(crate) stack: u32,
    /// Where it says it runs, if it does.
    pub(crate) fixed_at: Option<u32>,
    pub(crate) payload_length: usize,
}

impl ImageBuilder {
    pub(crate) fn new(signer: Signer, bank: usize) -> Self {
        Self {
            signer,
            counter: 3,
            bank,
            stack: 0x2001_0000,
            fixed_at: None,
            payload_length: 1000,
        }
    }

    pub(crate) fn build(&self) -> Vec<u8> {
        let protected = area(
            PROTECTED_TLV_MAGIC,
            &entry(tlv::SEC_CNT, &self.counter.to_le_bytes()),
        );
        let payload = self.payload();
        let mut image = MAGIC.to_le_bytes().to_vec();
        image.extend(self.fixed_at.unwrap_or(0).to_le_bytes());
        image.extend(PADDED_HEADER.to_le_bytes());
        image.extend((protected.len() as u16).to_le_bytes());
        image.extend((payload.len() as u32).to_le_bytes());
        image.extend(self.fixed_at.map_or(0, |_| 0x100_u32).to_le_bytes());
        image.extend([1, 2, 3, 0, 0, 0, 0, 0]);
        image.resize(usize::from(PADDED_HEADER), 0);
        image.extend(payload);
        image.extend(protected);
        let tlvs = self.tlvs(&image);
        image.extend(tlvs);
        image
    }

    fn payload(&self) -> Vec<u8> {
        let entry = BANKS[self.bank].start + u32::from(PADDED_HEADER) + 0x101;
        let mut payload = self.stack.to_le_bytes().to_vec();
        payload.extend(entry.to_le_bytes());
        payload.resize(self.payload_length, 0x5A);
        payload
    }

    fn tlvs(&self, signed: &[u8]) -> Vec<u8> {
        let mut der = [0; MAX_SIGNATURE];
        let entries = [
            entry(tlv::SHA256, &sha256(signed)),
            entry(tlv::PUBKEY, &self.signer.spki()),
            entry(tlv::ECDSA_SIG, to_der(&self.signer.sign(signed), &mut der)),
        ];
        area(TLV_MAGIC, &entries.concat())
    }
}

fn entry(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = value.len() as u16;
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), value].concat()
}

fn area(magic: u16, entries: &[u8]) -> Vec<u8> {
    let total = 4 + entries.len() as u16;
    [&magic.to_le_bytes()[..], &total.to_le_bytes(), entries].concat()
}
