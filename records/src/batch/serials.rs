//! How the serial numbers of a batch are made, and how one that was scanned is checked.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Serial;

/// Serial numbers as a prefix, a counter and, if asked for, a check character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialScheme {
    /// What all begin with.
    pub prefix: String,
    /// Digits of the counter, with leading zeros.
    pub width: u8,
    /// First number.
    pub first: u64,
    /// Whether a check character follows: ISO/IEC 7064, MOD 37,36, over every letter and digit
    /// before it. It finds each mistyped character, and nearly every two that are swapped.
    pub check: bool,
}

impl SerialScheme {
    /// The serial with that number. `None` if it does not fit the width, or holds what no check
    /// character can be made of.
    pub(crate) fn serial(&self, number: u64) -> Option<Serial> {
        let width = usize::from(self.width);
        let digits = format!("{number:0width$}");
        if digits.len() != width {
            return None;
        }
        let mut text = format!("{}{digits}", self.prefix);
        if self.check {
            text.push(check_character(&text)?);
        }
        Serial::new(text).ok()
    }

    /// Refuses a serial that was scanned or typed, and is none that this scheme gives. Without a
    /// check character there is nothing to go by: labels may come from elsewhere.
    pub(crate) fn verify(&self, scanned: &Serial) -> Result<(), Fault> {
        if !self.check || self.gives(scanned) {
            return Ok(());
        }
        let (prefix, width) = (&self.prefix, self.width);
        let detail = format!("{scanned} is not {prefix}, {width} digits and their check character");
        Err(Fault::new(Code::SerialForm, detail))
    }

    fn gives(&self, scanned: &Serial) -> bool {
        let number = scanned
            .as_str()
            .strip_prefix(&self.prefix)
            .and_then(|rest| rest.get(..usize::from(self.width)))
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok());
        number.and_then(|number| self.serial(number)).as_ref() == Some(scanned)
    }
}

/// The check character of ISO/IEC 7064:2003, hybrid system MOD 37,36: one of `0-9 A-Z`. Hyphens
/// and dots are passed over; `None` if there is a character that the system does not know.
fn check_character(text: &str) -> Option<char> {
    let mut product = MODULUS;
    for c in text.chars().filter(|c| !matches!(c, '-' | '.')) {
        let value = c.to_digit(MODULUS).filter(|_| !c.is_ascii_lowercase())?;
        let sum = match (product + value) % MODULUS {
            0 => MODULUS,
            sum => sum,
        };
        product = sum * 2 % (MODULUS + 1);
    }
    let check = (MODULUS + 1 - product) % MODULUS;
    char::from_digit(check, MODULUS).map(|c| c.to_ascii_uppercase())
}

const MODULUS: u32 = 36;

#[cfg(test)]
mod tests {
    use super::*;

    fn scheme(check: bool) -> SerialScheme {
        SerialScheme {
            prefix: "SN-".into(),
            width: 4,
            first: 1,
            check,
        }
    }

    #[test]
    fn a_serial_has_all_its_digits_or_is_not_given() {
        assert_eq!(scheme(false).serial(7).unwrap().as_str(), "SN-0007");
        assert_eq!(scheme(false).serial(9999).unwrap().as_str(), "SN-9999");
        assert_eq!(scheme(false).serial(10_000), None);
        assert!(scheme(true).serial(10_000).is_none());
    }

    /// A Global Release Identifier and an EIDR, as their registries publish them, and the value
    /// that python-stdnum gives for one of ours.
    #[test]
    fn check_characters_are_those_of_other_implementations() {
        assert_eq!(check_character("A1-2425G-ABC1234002"), Some('M'));
        assert_eq!(check_character("7791-8534-2C23-9030-8610"), Some('5'));
        assert_eq!(check_character("SN-0007"), Some('G'));
    }

    #[test]
    fn every_mistyped_character_is_found() {
        let scheme = scheme(true);
        let right = scheme.serial(1234).unwrap();
        scheme.verify(&right).unwrap();
        let text = right.as_str();
        for at in 0..text.len() {
            for other in ('0'..='9').chain('A'..='Z').chain(['-', 'a']) {
                let wrong = format!("{}{other}{}", &text[..at], &text[at + 1..]);
                let verified = scheme.verify(&Serial::new(wrong.clone()).unwrap());
                assert_eq!(verified.is_ok(), wrong == text, "{wrong}");
            }
        }
        for wrong in ["SN-1234", "SN-12340", "S", "1234", "SN-"] {
            let fault = scheme.verify(&Serial::new(wrong).unwrap()).unwrap_err();
            assert_eq!(fault.code, Code::SerialForm, "{wrong}");
        }
    }

    #[test]
    fn a_prefix_without_a_check_character_is_found() {
        let mut scheme = scheme(true);
        scheme.prefix = "sn-".into();
        assert_eq!(scheme.serial(1), None);
    }
}
