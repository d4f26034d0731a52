//! What a genuine part shows of itself, and a counterfeit may not.

use serde::Deserialize;

use crate::chip::ChipState;
use crate::fault::{Code, Fault};
use crate::named::named;

/// Marks of a genuine part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genuine {
    /// Silicon revisions that the product was released on. Empty: any.
    #[serde(default)]
    pub revisions: Vec<u32>,
    /// How the maker forms unique identifiers, a word for each byte. Empty: any.
    #[serde(default)]
    pub uid: Vec<UidByte>,
}

named! {
    /// What one byte of a unique identifier can be.
    UidByte {
        /// Anything.
        Any = "any",
        /// A printable ASCII character (lot numbers; RM0090 §39.1).
        Ascii = "ascii",
        /// Two decimal digits.
        Bcd = "bcd",
    }
}

impl UidByte {
    const fn fits(self, byte: u8) -> bool {
        match self {
            Self::Any => true,
            Self::Ascii => byte.is_ascii_graphic() || byte == b' ',
            Self::Bcd => byte >> 4 < 10 && byte & 0xF < 10,
        }
    }
}

impl Genuine {
    /// Checks what the chip shows.
    ///
    /// # Errors
    /// `DEV-02` a revision the product was not released on; `DEV-21` an identifier that the maker
    /// does not form.
    pub(crate) fn check(&self, chip: &ChipState) -> Result<(), Fault> {
        if !self.revisions.is_empty() && !self.revisions.contains(&chip.revision) {
            let known: Vec<_> = self.revisions.iter().map(|r| format!("{r:#06x}")).collect();
            let detail = format!(
                "silicon revision {:#06x}, the profile allows {}",
                chip.revision,
                known.join(", ")
            );
            return Err(Fault::new(Code::WrongChip, detail));
        }
        let bytes = chip.uid.bytes();
        let fits = |(class, byte): (&UidByte, &u8)| class.fits(*byte);
        let formed = self.uid.is_empty()
            || (self.uid.len() == bytes.len() && self.uid.iter().zip(bytes).all(fits));
        if formed {
            return Ok(());
        }
        Err(Fault::new(
            Code::NotGenuine,
            format!("identifier {}", chip.uid),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chip::ReadProtection;
    use crate::ids::Uid;

    fn chip(uid: &[u8], revision: u32) -> ChipState {
        ChipState {
            device_id: 0x413,
            revision,
            uid: Uid::new(uid),
            flash_kib: 1024,
            fuses: None,
            read_protection: ReadProtection::Open,
        }
    }

    fn marks() -> Genuine {
        Genuine {
            revisions: vec![0x1007],
            uid: vec![UidByte::Any, UidByte::Bcd, UidByte::Ascii],
        }
    }

    #[test]
    fn a_part_with_every_mark_is_taken() {
        assert_eq!(marks().check(&chip(&[0xFF, 0x19, b'Q'], 0x1007)), Ok(()));
        assert_eq!(Genuine::default().check(&chip(&[1], 1)), Ok(()));
    }

    #[test]
    fn another_revision_and_identifiers_of_another_form_are_refused() {
        let cases: [(&[u8], u32, Code); 4] = [
            (&[0, 0x19, b'Q'], 0x1001, Code::WrongChip),
            (&[0, 0x1A, b'Q'], 0x1007, Code::NotGenuine),
            (&[0, 0x19, 0x07], 0x1007, Code::NotGenuine),
            (&[0, 0x19], 0x1007, Code::NotGenuine),
        ];
        for (uid, revision, code) in cases {
            let fault = marks().check(&chip(uid, revision)).unwrap_err();
            assert_eq!(fault.code, code, "{uid:?}");
        }
    }
}
