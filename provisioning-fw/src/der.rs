//! Finds the public key in a certification request and in a certificate, and converts ECDSA
//! signatures. Only as much DER as that takes, and strict in it: definite minimal lengths, every
//! element ends where its parent says (X.690 §10.1). Small, because the bootloader uses it too.

use cradle_protocol::limits::MAX_SIGNATURE;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;
/// `[0]`, constructed.
const CONTEXT_0: u8 = 0xA0;

/// The `SubjectPublicKeyInfo`, as DER, of a `CertificationRequestInfo` (RFC 2986 §4.1).
pub(crate) fn key_in_request(info: &[u8]) -> Option<&[u8]> {
    let mut fields = Elements::of_only(info)?;
    if fields.next(INTEGER)?.content != [0] {
        return None;
    }
    fields.next(SEQUENCE)?;
    let key = fields.next(SEQUENCE)?;
    fields.next(CONTEXT_0)?;
    fields.end()?;
    Some(key.whole)
}

/// The `SubjectPublicKeyInfo`, as DER, of a `Certificate` (RFC 5280 §4.1).
pub(crate) fn key_in_certificate(certificate: &[u8]) -> Option<&[u8]> {
    let mut outer = Elements::of_only(certificate)?;
    let mut fields = Elements {
        rest: outer.next(SEQUENCE)?.content,
    };
    outer.next(SEQUENCE)?;
    outer.next(BIT_STRING)?;
    outer.end()?;
    fields.next(CONTEXT_0)?; // version 3
    fields.next(INTEGER)?; // serial number
    fields.next(SEQUENCE)?; // signature algorithm
    fields.next(SEQUENCE)?; // issuer
    fields.next(SEQUENCE)?; // validity
    fields.next(SEQUENCE)?; // subject
    Some(fields.next(SEQUENCE)?.whole)
}

/// r ‖ s of an `Ecdsa-Sig-Value` (RFC 3279 §2.2.3).
pub(crate) fn signature_from_der(der: &[u8]) -> Option<[u8; 64]> {
    let mut fields = Elements::of_only(der)?;
    let mut signature = [0; 64];
    for half in signature.as_chunks_mut::<32>().0 {
        let number = match fields.next(INTEGER)?.content {
            [0, number @ ..] if number.first()? >= &0x80 => number,
            number if number.first()? < &0x80 && number[0] > 0 => number,
            _ => return None,
        };
        let start = half.len().checked_sub(number.len())?;
        half[start..].copy_from_slice(number);
    }
    fields.end()?;
    Some(signature)
}

/// r ‖ s as an `Ecdsa-Sig-Value`; both numbers are above 0. Written to `out`; returns its length.
pub(crate) fn signature_to_der(signature: &[u8; 64], out: &mut [u8; MAX_SIGNATURE]) -> usize {
    let mut end = 2;
    for half in signature.as_chunks::<32>().0 {
        let zeros = half.iter().take_while(|byte| **byte == 0).count().min(31);
        let number = &half[zeros..];
        let sign = usize::from(number[0] >= 0x80);
        out[end] = INTEGER;
        out[end + 1] = (number.len() + sign) as u8;
        out[end + 2] = 0;
        let start = end + 2 + sign;
        end = start + number.len();
        out[start..end].copy_from_slice(number);
    }
    out[0] = SEQUENCE;
    out[1] = (end - 2) as u8;
    end
}

struct Element<'a> {
    whole: &'a [u8],
    content: &'a [u8],
}

struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    /// What is in the one `SEQUENCE` that `bytes` is.
    fn of_only(bytes: &'a [u8]) -> Option<Self> {
        let mut outside = Self { rest: bytes };
        let inside = outside.next(SEQUENCE)?.content;
        outside.end()?;
        Some(Self { rest: inside })
    }

    /// The next element, which must have this tag.
    fn next(&mut self, tag: u8) -> Option<Element<'a>> {
        let (&found, after_tag) = self.rest.split_first()?;
        if found != tag {
            return None;
        }
        let (length, after_length) = length(after_tag)?;
        let (content, rest) = after_length.split_at_checked(length)?;
        let whole = self.rest.get(..self.rest.len() - rest.len())?;
        self.rest = rest;
        Some(Element { whole, content })
    }

    fn end(&self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }
}

fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match *bytes {
        [short, ref rest @ ..] if short < 0x80 => Some((usize::from(short), rest)),
        [0x81, long, ref rest @ ..] if long >= 0x80 => Some((usize::from(long), rest)),
        [0x82, high, low, ref rest @ ..] if high > 0 => {
            Some((usize::from(u16::from_be_bytes([high, low])), rest))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::model::element;

    fn request(version: u8, tail: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let key = element(SEQUENCE, &[0x55; 89]);
        let fields = [
            element(INTEGER, &[version]),
            element(SEQUENCE, b"subject"),
            key.clone(),
            element(CONTEXT_0, b""),
            tail.to_vec(),
        ];
        (element(SEQUENCE, &fields.concat()), key)
    }

    #[test]
    fn the_key_of_a_request_is_found() {
        let (info, key) = request(0, b"");
        assert_eq!(key_in_request(&info), Some(&key[..]));
    }

    #[test]
    fn another_version_and_trailing_bytes_are_refused() {
        assert_eq!(key_in_request(&request(1, b"").0), None);
        assert_eq!(key_in_request(&request(0, &[2, 1, 0]).0), None);
        let (mut info, _) = request(0, b"");
        info.push(0);
        assert_eq!(key_in_request(&info), None);
    }

    #[test]
    fn every_truncation_is_refused() {
        let (info, _) = request(0, b"");
        for short in 0..info.len() {
            assert_eq!(key_in_request(&info[..short]), None);
        }
    }

    #[test]
    fn signatures_of_every_shape_survive_the_trip() {
        for (first, second) in [(0x7F, 0x80), (0x80, 0x01), (0x00, 0xFF)] {
            let mut signature = [0x11; 64];
            (signature[0], signature[32]) = (first, second);
            let mut out = [0; MAX_SIGNATURE];
            let length = signature_to_der(&signature, &mut out);
            assert_eq!(signature_from_der(&out[..length]), Some(signature));
        }
    }

    #[test]
    fn odd_signatures_are_refused() {
        let refused: [&[u8]; 6] = [
            &[0x30, 6, 2, 1, 0, 2, 1, 1],          // zero
            &[0x30, 6, 2, 1, 0x80, 2, 1, 1],       // negative
            &[0x30, 7, 2, 2, 0, 1, 2, 1, 1],       // not minimal
            &[0x30, 3, 2, 1, 1],                   // one number
            &[0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1], // three
            &[0x30, 5, 2, 0, 2, 1, 1],             // empty number
        ];
        for der in refused {
            assert_eq!(signature_from_der(der), None, "{der:?}");
        }
        let mut long = std::vec![0x30, 38, 2, 33];
        long.extend([1; 33]);
        long.extend([2, 1, 1]);
        assert_eq!(signature_from_der(&long), None);
    }

    #[test]
    fn lengths_longer_than_needed_are_refused() {
        assert_eq!(length(&[0x81, 0x7F]), None);
        assert_eq!(length(&[0x82, 0x00, 0xFF]), None);
        assert_eq!(length(&[0x80]), None);
    }

    #[test]
    fn mutated_input_never_panics() {
        let (good, _) = request(0, b"");
        let mut seed = 3_u64;
        for _ in 0..100_000 {
            let mut bad = good.clone();
            for _ in 0..2 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let at = (seed >> 33) as usize % bad.len();
                bad[at] = (seed >> 20) as u8;
            }
            let _ = key_in_request(&bad);
            let _ = key_in_certificate(&bad);
        }
    }
}
