use super::*;

fn claims() -> Claims<'static> {
    Claims {
        nonce: [1; 32],
        uid: [2; 12],
        hardware_model: "STM32F405",
        software_name: "sample",
        software_version: "1.2.3+4",
        image_sha256: [3; 32],
        bootloader_sha256: [4; 32],
        root_key_sha256: [5; 32],
        root_key_locked: true,
        counter: 300,
        rdp: 0x55,
        write_protected: 3,
        boot_bank: Bank::B,
        bank_confirmed: true,
    }
}

fn encoded() -> ([u8; MAX_ATTESTATION], usize) {
    let mut out = [0; MAX_ATTESTATION];
    let length = encode_claims(&claims(), &mut out).unwrap();
    (out, length)
}

#[test]
fn claims_survive_the_trip() {
    let (out, length) = encoded();
    assert_eq!(decode_claims(&out[..length]), Ok(claims()));
}

#[test]
fn the_longest_claims_fit_an_attestation() {
    let name = core::str::from_utf8(&[b'n'; MAX_NAME]).unwrap();
    let long = Claims {
        software_name: name,
        software_version: name,
        counter: u32::MAX,
        write_protected: u32::MAX,
        ..claims()
    };
    let mut payload = [0; MAX_ATTESTATION];
    let length = encode_claims(&long, &mut payload).unwrap();
    let payload = &payload[..length];
    to_be_signed(payload, &mut [0; MAX_TO_BE_SIGNED]).unwrap();
    let mut out = [0; MAX_ATTESTATION];
    let cose = assemble(payload, &[6; 64], &mut out).unwrap();
    assert_eq!(open(cose).unwrap().payload, payload);
}

#[test]
fn the_envelope_is_a_tagged_cose_sign1() {
    let mut out = [0; MAX_ATTESTATION];
    let cose = assemble(b"hi", &[6; 64], &mut out).unwrap();
    assert_eq!(cose[..10], *b"\xD2\x84\x43\xA1\x01\x26\xA0\x42hi");
    assert_eq!(cose[10..12], [0x58, 64]);
    let mut out = [0; MAX_TO_BE_SIGNED];
    let signed = to_be_signed(b"hi", &mut out).unwrap();
    assert_eq!(signed, b"\x84\x6ASignature1\x43\xA1\x01\x26\x40\x42hi");
}

#[test]
fn every_truncation_and_every_extra_byte_is_refused() {
    let (out, length) = encoded();
    for short in 0..length {
        assert!(decode_claims(&out[..short]).is_err());
    }
    assert!(decode_claims(&out[..=length]).is_err());
}

#[test]
fn a_uid_that_contradicts_the_ueid_is_refused() {
    let (mut out, length) = encoded();
    let at = out.windows(12).position(|w| w == [2; 12]).unwrap();
    out[at] = 9;
    let read = decode_claims(&out[..length]);
    assert_eq!(read, Err(AttestationError::Contradiction));
}

#[test]
fn a_long_form_head_is_refused() {
    let (out, length) = encoded();
    let mut long = [0; MAX_ATTESTATION];
    long[..2].copy_from_slice(&[0xB8, out[0] & 0x1F]);
    long[2..=length].copy_from_slice(&out[1..length]);
    let read = decode_claims(&long[..=length]);
    assert_eq!(read, Err(AttestationError::Malformed));
}

#[test]
fn mutated_attestations_never_panic_and_never_read_as_the_same_claims() {
    let (good, length) = encoded();
    let mut seed = 1_u64;
    for _ in 0..200_000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut bad = good;
        let at = (seed >> 33) as usize % length;
        bad[at] ^= 1 << (seed >> 61);
        assert_ne!(decode_claims(&bad[..length]), Ok(claims()));
        let _ = open(&bad[..length]);
    }
}
