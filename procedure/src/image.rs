//! Making and checking signed images in MCUboot's format, on the host's side.

use cradle_protocol::image::{
    self as format, FLAG_ROM_FIXED, HEADER_LENGTH, Image, MAGIC, PADDED_HEADER,
    PROTECTED_TLV_MAGIC, TLV_AREA_HEADER, TLV_HEADER, TLV_MAGIC, Version, tlv,
};

use crate::fault::{Code, Fault, OrFault as _};
use crate::ids::Sha256;
use crate::ports::Signer;
use crate::signature::verifies;

/// What goes into an image's header and TLVs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageTerms {
    /// Version in the header.
    pub version: Version,
    /// Address of the header in flash, where alone this image runs.
    pub address: u32,
    /// Security counter: the image does not boot on a device whose counter is higher.
    pub security_counter: u32,
}

/// Wraps `payload` (starts with the vector table) into a signed image, as
/// `imgtool sign --public-key-format full --rom-fixed` does.
///
/// # Errors
/// `REL-07` the payload is too long for the format; `TOK-…` the key did not sign.
pub fn sign(payload: &[u8], terms: &ImageTerms, key: &dyn Signer) -> Result<Vec<u8>, Fault> {
    let protected = area(
        PROTECTED_TLV_MAGIC,
        &[(tlv::SEC_CNT, &terms.security_counter.to_le_bytes())],
    )?;
    let mut image = header(payload, &protected, terms)?;
    image.extend_from_slice(payload);
    image.extend_from_slice(&protected);
    let digest = Sha256::of(&image);
    let signature = key.sign(&image)?;
    let entries: [(u16, &[u8]); 3] = [
        (tlv::SHA256, digest.bytes()),
        (tlv::PUBKEY, key.public_key()),
        (tlv::ECDSA_SIG, &signature),
    ];
    image.extend_from_slice(&area(TLV_MAGIC, &entries)?);
    Ok(image)
}

fn header(payload: &[u8], protected: &[u8], terms: &ImageTerms) -> Result<Vec<u8>, Fault> {
    let mut header = Vec::with_capacity(usize::from(PADDED_HEADER));
    header.extend_from_slice(&MAGIC.to_le_bytes());
    header.extend_from_slice(&terms.address.to_le_bytes());
    header.extend_from_slice(&PADDED_HEADER.to_le_bytes());
    let protected_length = u16::try_from(protected.len()).or_fault(Code::ReleaseImage)?;
    header.extend_from_slice(&protected_length.to_le_bytes());
    let payload_length = u32::try_from(payload.len()).or_fault(Code::ReleaseImage)?;
    header.extend_from_slice(&payload_length.to_le_bytes());
    header.extend_from_slice(&FLAG_ROM_FIXED.to_le_bytes());
    header.extend_from_slice(&[terms.version.major, terms.version.minor]);
    header.extend_from_slice(&terms.version.revision.to_le_bytes());
    header.extend_from_slice(&terms.version.build.to_le_bytes());
    debug_assert!(header.len() <= HEADER_LENGTH);
    header.resize(usize::from(PADDED_HEADER), 0);
    Ok(header)
}

fn area(magic: u16, entries: &[(u16, &[u8])]) -> Result<Vec<u8>, Fault> {
    let content: usize = entries
        .iter()
        .map(|(_, value)| TLV_HEADER + value.len())
        .sum();
    let total = u16::try_from(TLV_AREA_HEADER + content).or_fault(Code::ReleaseImage)?;
    let mut area = Vec::with_capacity(usize::from(total));
    area.extend_from_slice(&magic.to_le_bytes());
    area.extend_from_slice(&total.to_le_bytes());
    for (kind, value) in entries {
        let length = u16::try_from(value.len()).or_fault(Code::ReleaseImage)?;
        area.extend_from_slice(&kind.to_le_bytes());
        area.extend_from_slice(&length.to_le_bytes());
        area.extend_from_slice(value);
    }
    Ok(area)
}

/// Takes an image apart and checks what the bootloader will check: format, key, signature, hash.
///
/// # Errors
/// `REL-07`.
pub fn check<'a>(image: &'a [u8], root_key: &[u8]) -> Result<Image<'a>, Fault> {
    let refuse = |what: &str| Fault::new(Code::ReleaseImage, what);
    let parsed = format::parse(image).map_err(|error| refuse(&format!("{error:?}")))?;
    if parsed.public_key != root_key {
        return Err(refuse("signed with a key other than the release key"));
    }
    if Sha256::of(parsed.signed).bytes() != parsed.digest {
        return Err(refuse("hash"));
    }
    if !verifies(root_key, parsed.signed, parsed.signature) {
        return Err(refuse("signature"));
    }
    Ok(parsed)
}

/// Reads `major.minor.patch` with an optional `+build`.
///
/// # Errors
/// `CFG-03`.
pub fn parse_version(text: &str) -> Result<Version, Fault> {
    let refuse = || Fault::new(Code::InputInvalid, format!("version {text:?}"));
    let (numbers, build) = text.split_once('+').unwrap_or((text, "0"));
    let parts: Vec<_> = numbers.split('.').collect();
    let [major, minor, revision] = parts.as_slice() else {
        return Err(refuse());
    };
    Ok(Version {
        major: major.parse().map_err(|_| refuse())?,
        minor: minor.parse().map_err(|_| refuse())?,
        revision: revision.parse().map_err(|_| refuse())?,
        build: build.parse().map_err(|_| refuse())?,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use p256::ecdsa::signature::Signer as _;
    use p256::ecdsa::{Signature, SigningKey};
    use p256::pkcs8::EncodePublicKey as _;

    use super::*;

    /// A key in memory, for tests alone.
    pub(crate) struct SoftKey(SigningKey, Vec<u8>);

    impl SoftKey {
        pub(crate) fn new(seed: u8) -> Self {
            let key = SigningKey::from_slice(&[seed; 32]).unwrap();
            let spki = key.verifying_key().to_public_key_der().unwrap();
            Self(key, spki.as_bytes().to_vec())
        }
    }

    impl Signer for SoftKey {
        fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
            let signature: Signature = self.0.sign(message);
            Ok(signature.to_der().as_bytes().to_vec())
        }
        fn public_key(&self) -> &[u8] {
            &self.1
        }
    }

    pub(crate) const TERMS: ImageTerms = ImageTerms {
        version: Version {
            major: 1,
            minor: 2,
            revision: 3,
            build: 4,
        },
        address: 0x0802_0000,
        security_counter: 5,
    };

    #[test]
    fn a_signed_image_reads_back_and_checks() {
        let key = SoftKey::new(1);
        let image = sign(&[7; 1000], &TERMS, &key).unwrap();
        let parsed = check(&image, key.public_key()).unwrap();
        assert_eq!(parsed.payload, [7; 1000]);
        assert_eq!(parsed.version, TERMS.version);
        assert_eq!(parsed.security_counter, 5);
        assert_eq!(parsed.fixed_at, Some(TERMS.address));
    }

    #[test]
    fn no_byte_of_an_image_can_change_unnoticed() {
        let key = SoftKey::new(1);
        let image = sign(&[7; 64], &TERMS, &key).unwrap();
        for at in 0..image.len() {
            let mut bad = image.clone();
            bad[at] ^= 0x10;
            assert!(check(&bad, key.public_key()).is_err(), "byte {at}");
        }
    }

    #[test]
    fn an_image_by_another_key_is_refused() {
        let image = sign(&[7; 64], &TERMS, &SoftKey::new(2)).unwrap();
        let fault = check(&image, SoftKey::new(1).public_key()).unwrap_err();
        assert_eq!(fault.code, Code::ReleaseImage);
    }

    #[test]
    fn versions_are_read_and_nonsense_is_refused() {
        assert_eq!(parse_version("1.2.3+4").unwrap(), TERMS.version);
        for bad in ["", "1", "1.2", "1.2.3.4", "1.2.x", "256.0.0", "1.2.3+"] {
            assert!(parse_version(bad).is_err(), "{bad:?}");
        }
    }
}
