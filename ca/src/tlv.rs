//! Writing DER by hand (X.690 §8.1, §10.1), where a structure would only be in the way.

/// SEQUENCE.
pub(crate) const SEQUENCE: u8 = 0x30;
/// OCTET STRING.
pub(crate) const OCTET_STRING: u8 = 0x04;
/// ENUMERATED.
pub(crate) const ENUMERATED: u8 = 0x0A;

/// The constructed, context-specific tag of that number (at most 30).
pub(crate) const fn explicit(number: u8) -> u8 {
    0xA0 | number
}

/// One value: its tag, its length, and its content put together from the parts.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len()).sum();
    let mut value = Vec::with_capacity(length + 10);
    value.push(tag);
    append_length(&mut value, length);
    for part in parts {
        value.extend_from_slice(part);
    }
    value
}

/// The length octets, in their shortest form.
pub(crate) fn append_length(value: &mut Vec<u8>, length: usize) {
    let bytes = length.to_be_bytes();
    let significant = bytes.iter().skip_while(|byte| **byte == 0).count();
    match length {
        0..=127 => value.push(bytes[bytes.len() - 1]),
        _ => {
            // At most 8: the size of a `usize`.
            value.push(0x80 | significant.to_be_bytes()[significant.to_be_bytes().len() - 1]);
            value.extend_from_slice(&bytes[bytes.len() - significant..]);
        }
    }
}

/// Reads the value at the start of `der`: its tag, its content, and what follows it.
/// `None` if it is cut short, or its length is not in the definite form.
pub(crate) fn read(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7F => (usize::from(first), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
            let length = bytes
                .iter()
                .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
            (length, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use der::asn1::OctetString;
    use der::{Decode as _, Encode as _};

    use super::*;

    #[test]
    fn lengths_are_those_that_der_wants() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536, 1 << 20] {
            let content = vec![7; length];
            let value = tlv(OCTET_STRING, &[&content]);
            let expected = OctetString::new(content.clone()).unwrap().to_der().unwrap();
            assert_eq!(value, expected, "{length}");
            assert_eq!(read(&value), Some((OCTET_STRING, &*content, &[][..])));
        }
    }

    #[test]
    fn value_that_is_cut_short_is_none() {
        let value = tlv(SEQUENCE, &[&[1; 300]]);
        for end in 0..value.len() {
            assert_eq!(read(&value[..end]), None, "{end}");
        }
        assert!(OctetString::from_der(&value).is_err());
        assert_eq!(read(&[0x30, 0x80, 0, 0]), None);
    }
}
