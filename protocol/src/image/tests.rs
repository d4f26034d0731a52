use std::vec::Vec;

use super::*;

fn entry(kind: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = kind.to_le_bytes().to_vec();
    bytes.extend((value.len() as u16).to_le_bytes());
    bytes.extend(value);
    bytes
}

fn area(magic: u16, entries: &[Vec<u8>]) -> Vec<u8> {
    let body = entries.concat();
    let mut bytes = magic.to_le_bytes().to_vec();
    bytes.extend((4 + body.len() as u16).to_le_bytes());
    bytes.extend(body);
    bytes
}

fn usual_tlvs() -> Vec<Vec<u8>> {
    std::vec![
        entry(tlv::SHA256, &[0x11; 32]),
        entry(tlv::PUBKEY, &[0x22; 91]),
        entry(tlv::ECDSA_SIG, &[0x33; 71]),
    ]
}

fn image(flags: u32, protected: &[Vec<u8>], tlvs: &[Vec<u8>]) -> Vec<u8> {
    let protected = area(PROTECTED_TLV_MAGIC, protected);
    let mut bytes = MAGIC.to_le_bytes().to_vec();
    bytes.extend(0x0802_0000_u32.to_le_bytes());
    bytes.extend(PADDED_HEADER.to_le_bytes());
    bytes.extend((protected.len() as u16).to_le_bytes());
    bytes.extend(100_u32.to_le_bytes());
    bytes.extend(flags.to_le_bytes());
    bytes.extend([1, 2, 3, 0, 4, 0, 0, 0, 0, 0, 0, 0]);
    bytes.resize(usize::from(PADDED_HEADER), 0xFF);
    bytes.extend([0xAB; 100]);
    bytes.extend(protected);
    bytes.extend(area(TLV_MAGIC, tlvs));
    bytes
}

fn counter(value: u32) -> Vec<u8> {
    entry(tlv::SEC_CNT, &value.to_le_bytes())
}

fn good() -> Vec<u8> {
    image(FLAG_ROM_FIXED, &[counter(7)], &usual_tlvs())
}

#[test]
fn a_good_image_is_taken_apart() {
    let bytes = good();
    let image = parse(&bytes).unwrap();
    assert_eq!(
        (image.security_counter, image.payload),
        (7, &[0xAB; 100][..])
    );
    assert_eq!(image.fixed_at, Some(0x0802_0000));
    assert_eq!(image.signed.len(), 0x200 + 100 + 4 + 8);
    assert_eq!((image.digest, image.signature.len()), (&[0x11; 32], 71));
    let version = image.version;
    assert_eq!((version.major, version.minor), (1, 2));
    assert_eq!((version.revision, version.build), (3, 4));
}

#[test]
fn every_truncation_is_refused() {
    let bytes = good();
    for short in 0..bytes.len() {
        assert!(parse(&bytes[..short]).is_err(), "{short}");
    }
}

#[test]
fn what_follows_the_image_must_be_erased_flash() {
    let mut bytes = good();
    bytes.resize(4096, 0xFF);
    assert_eq!(parse(&bytes), Err(ImageError::Trailing));
    assert!(parse_in_bank(&bytes).is_ok());
    bytes[4000] = 0;
    assert_eq!(parse_in_bank(&bytes), Err(ImageError::Trailing));
}

#[test]
fn a_missing_tlv_is_named() {
    let kinds = [tlv::SHA256, tlv::PUBKEY, tlv::ECDSA_SIG];
    for (index, kind) in kinds.into_iter().enumerate() {
        let mut tlvs = usual_tlvs();
        tlvs.remove(index);
        let bytes = image(0, &[counter(7)], &tlvs);
        assert_eq!(parse(&bytes), Err(ImageError::Missing(kind)));
    }
    let bytes = image(0, &[], &usual_tlvs());
    assert_eq!(parse(&bytes), Err(ImageError::Missing(tlv::SEC_CNT)));
}

#[test]
fn repeated_unknown_and_odd_sized_tlvs_are_refused() {
    let odd = [
        entry(tlv::SHA256, &[0x11; 32]),
        entry(0x7F, &[]),
        entry(tlv::KEYHASH, &[0; 31]),
        entry(tlv::ECDSA_SIG, &[0; 200]),
    ];
    for extra in odd {
        let mut tlvs = usual_tlvs();
        tlvs.push(extra);
        let bytes = image(0, &[counter(7)], &tlvs);
        assert_eq!(parse(&bytes), Err(ImageError::Tlv));
    }
    let twice = image(0, &[counter(7), counter(7)], &usual_tlvs());
    assert_eq!(parse(&twice), Err(ImageError::Tlv));
}

#[test]
fn unknown_flags_and_wrong_magic_are_refused() {
    let flagged = image(0x10, &[counter(7)], &usual_tlvs());
    assert_eq!(parse(&flagged), Err(ImageError::Header));
    let mut bytes = good();
    bytes[0] ^= 1;
    assert_eq!(parse(&bytes), Err(ImageError::Magic));
}

#[test]
fn a_version_is_written_as_semver() {
    let mut version = Version {
        major: 1,
        minor: 20,
        revision: 300,
        build: 0,
    };
    assert_eq!(version.text().as_str(), "1.20.300");
    version.build = 4;
    assert_eq!(version.text().as_str(), "1.20.300+4");
    let longest = Version {
        major: u8::MAX,
        minor: u8::MAX,
        revision: u16::MAX,
        build: u32::MAX,
    };
    assert_eq!(longest.text().as_str().len(), VersionText::LONGEST);
}

#[test]
fn mutated_images_never_panic() {
    let good = good();
    let mut seed = 7_u64;
    for _ in 0..200_000 {
        let mut bad = good.clone();
        for _ in 0..3 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // Padding and payload are dull: aim at the header and the TLVs.
            let pick = (seed >> 33) as usize % (HEADER_LENGTH + 250);
            let at = if pick < HEADER_LENGTH {
                pick
            } else {
                pick + 580
            };
            if let Some(byte) = bad.get_mut(at) {
                *byte = (seed >> 20) as u8;
            }
        }
        let _ = parse(&bad);
        let _ = parse_in_bank(&bad);
    }
}
