//! The 72 bytes that stand for a certificate in an element (CryptoAuthLib, `atcacert_def.h` and
//! `atcacert_set_comp_cert`): what differs from one certificate of its kind to the next.

use crate::fault::Fault;

use super::foreign;

/// Certificate serial number is a hash of public key and dates (`SNSRC_PUB_KEY_HASH`).
const SERIAL_FROM_KEY: u8 = 0xA;

/// Two bytes that name a signer of the maker.
pub type SignerId = [u8; 2];

/// A compressed certificate of a known kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compressed {
    /// r ‖ s.
    pub signature: [u8; 64],
    /// From when until when it is valid.
    pub dates: Dates,
    /// In a signer's certificate its own; in an element's, its signer's.
    pub signer_id: SignerId,
    /// Which certificate definition it is for.
    pub template: u8,
}

/// From when until when, as three bytes: years since 2000 (5 bits), month (4), day (5), hour (5),
/// and for how many years (5; 0 stands for ever).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dates(pub [u8; 3]);

impl Dates {
    /// From that hour on, for so many years.
    #[must_use]
    pub const fn new(year: u32, month: u32, day: u32, hour: u32, years: u32) -> Self {
        let packed = (year - 2000) << 19 | month << 15 | day << 10 | hour << 5 | years;
        let [_, a, b, c] = packed.to_be_bytes();
        Self([a, b, c])
    }

    /// First and last moment, as `YYYYMMDDhhmmssZ`.
    pub(super) fn texts(self) -> (String, String) {
        let [a, b, c] = self.0;
        let packed = u32::from_be_bytes([0, a, b, c]);
        let year = 2000 + (packed >> 19);
        let within = format!(
            "{:02}{:02}{:02}0000Z",
            packed >> 15 & 0xF,
            packed >> 10 & 0x1F,
            packed >> 5 & 0x1F
        );
        let last = match packed & 0x1F {
            0 => "99991231235959Z".to_owned(),
            years => format!("{:04}{within}", year + years),
        };
        (format!("{year:04}{within}"), last)
    }
}

impl Compressed {
    /// Reads one of that kind.
    ///
    /// # Errors
    /// `DEV-28` it is of another kind, or there is none.
    pub(super) fn read(bytes: &[u8; 72], template: u8) -> Result<Self, Fault> {
        let (signature, rest) = bytes.split_at(64);
        let (Ok(signature), &[d0, d1, d2, s0, s1, kind, source, _]) = (signature.try_into(), rest)
        else {
            return Err(foreign("its certificate is too short"));
        };
        // In the low halves: the chain, and the format of these bytes; both are 0.
        if (kind, source) != (template << 4, SERIAL_FROM_KEY << 4) {
            let why = format!("it has no certificate of kind {template} ({kind:02x} {source:02x})");
            return Err(foreign(why));
        }
        Ok(Self {
            signature,
            dates: Dates([d0, d1, d2]),
            signer_id: [s0, s1],
            template,
        })
    }

    /// As it lies in an element.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 72] {
        let mut bytes = [0; 72];
        bytes[..64].copy_from_slice(&self.signature);
        bytes[64..67].copy_from_slice(&self.dates.0);
        bytes[67..69].copy_from_slice(&self.signer_id);
        bytes[69] = self.template << 4;
        bytes[70] = SERIAL_FROM_KEY << 4;
        bytes
    }
}
