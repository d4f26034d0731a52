use std::vec::Vec;

use cradle_protocol::layout::stm32f405::{NVS, OTP_COUNTER_BLOCK, OTP_ROOT_KEY_BLOCK};
use cradle_protocol::limits::MAX_SPKI;
use cradle_protocol::message::TrngFault;

use super::*;
use crate::crypto::{public_key, verify_der};
use crate::device::Flash;
use crate::device::OneTime;
use crate::key_store::InternalFlash;
use crate::model::{Model, Signer, UID, element};

fn ask<'a>(
    chip: &mut Model,
    request: &ProvisionerRequest<'_>,
    scratch: &'a mut [u8; MAX_SIGNATURE],
) -> Result<ProvisionerReply<'a>, Refusal> {
    handle(chip, &mut InternalFlash, request, scratch)
}

/// For requests whose answer borrows nothing.
fn short(
    chip: &mut Model,
    request: &ProvisionerRequest<'_>,
) -> Result<ProvisionerReply<'static>, Refusal> {
    match ask(chip, request, &mut [0; MAX_SIGNATURE])? {
        ProvisionerReply::Key(key) => Ok(ProvisionerReply::Key(key)),
        ProvisionerReply::Word(word) => Ok(ProvisionerReply::Word(word)),
        ProvisionerReply::Hardware(hardware) => Ok(ProvisionerReply::Hardware(hardware)),
        ProvisionerReply::Done => Ok(ProvisionerReply::Done),
        ProvisionerReply::Trng(fault) => Ok(ProvisionerReply::Trng(fault)),
        other => panic!("{other:?}"),
    }
}

fn make_key(chip: &mut Model) -> PublicKey {
    match short(chip, &ProvisionerRequest::MakeKey) {
        Ok(ProvisionerReply::Key(key)) => key,
        other => panic!("{other:?}"),
    }
}

fn request_for(key: &PublicKey) -> Vec<u8> {
    let fields = [
        &[2, 1, 0][..],
        &element(0x30, b"subject"),
        &spki(key),
        &[0xA0, 0],
    ];
    element(0x30, &fields.concat())
}

fn certificate_for(key: &PublicKey) -> Vec<u8> {
    let fields = [
        element(0xA0, &[2, 1, 2]),
        element(0x02, &[1]),
        element(0x30, &[]),
        element(0x30, b"issuer"),
        element(0x30, b"validity"),
        element(0x30, b"subject"),
        spki(key).to_vec(),
        element(0xA3, &[0; 60]),
    ];
    let whole = [
        element(0x30, &fields.concat()),
        element(0x30, &[]),
        element(0x03, &[0; 70]),
    ];
    element(0x30, &whole.concat())
}

fn store(chip: &mut Model, der: &[u8]) -> Result<ProvisionerReply<'static>, Refusal> {
    short(chip, &ProvisionerRequest::StoreCertificate { der })
}

#[test]
fn hello_says_who_and_how_healthy() {
    let hardware = short(&mut Model::new(), &ProvisionerRequest::Hello).unwrap();
    let expected = Hardware {
        uid: UID,
        flash_kib: 1024,
        trng_healthy: true,
        clock_hz: 48_000_000,
    };
    assert_eq!(hardware, ProvisionerReply::Hardware(expected));
}

fn makes_no_key_because_of(chip: &mut Model, fault: TrngFault) {
    let Ok(ProvisionerReply::Hardware(hardware)) = short(chip, &ProvisionerRequest::Hello) else {
        panic!("no hardware")
    };
    assert!(!hardware.trng_healthy);
    let found = short(chip, &ProvisionerRequest::CheckTrng);
    assert_eq!(found, Ok(ProvisionerReply::Trng(Some(fault))));
    let key = short(chip, &ProvisionerRequest::MakeKey);
    assert_eq!(key, Err(Refusal::Entropy));
    assert_eq!(chip.operations, 0);
}

#[test]
fn a_trng_that_reports_an_error_makes_no_key() {
    let mut chip = Model::new();
    chip.entropy_broken = true;
    makes_no_key_because_of(&mut chip, TrngFault::Seed);
}

#[test]
fn a_trng_that_fails_its_health_tests_makes_no_key() {
    let mut chip = Model::new();
    chip.entropy_stuck = true;
    makes_no_key_because_of(&mut chip, TrngFault::Repetition);
}

#[test]
fn a_sound_trng_passes_its_health_tests() {
    let found = short(&mut Model::new(), &ProvisionerRequest::CheckTrng);
    assert_eq!(found, Ok(ProvisionerReply::Trng(None)));
}

#[test]
fn making_the_key_again_returns_the_same_one() {
    let mut chip = Model::new();
    let key = make_key(&mut chip);
    assert_eq!(make_key(&mut chip), key);
    assert_eq!(make_key(&mut chip.restarted()), key);
}

#[test]
fn power_cut_while_the_key_is_kept_leaves_no_key_or_a_whole_one() {
    let mut whole = Model::new();
    let key = make_key(&mut whole);
    for cut in 0..whole.operations {
        let mut chip = Model::new();
        (chip.power, chip.torn) = (cut, 0x00FF_FF00);
        assert!(short(&mut chip, &ProvisionerRequest::MakeKey).is_err());
        let mut chip = chip.restarted();
        match InternalFlash.public_key(&mut chip) {
            None => assert_ne!(make_key(&mut chip), key),
            Some(kept) => assert_eq!(kept, key),
        }
    }
}

#[test]
fn a_request_with_the_own_key_is_signed() {
    let mut chip = Model::new();
    let key = make_key(&mut chip);
    let info = request_for(&key);
    let mut scratch = [0; MAX_SIGNATURE];
    let request = ProvisionerRequest::SignRequest { info: &info };
    let Ok(ProvisionerReply::Signature(der)) = ask(&mut chip, &request, &mut scratch) else {
        panic!("not signed")
    };
    assert!(verify_der(&key, &sha256(&info), der));
}

#[test]
fn foreign_keys_odd_and_overlong_requests_are_refused() {
    let mut chip = Model::new();
    let foreign = request_for(&Signer::new(9).public());
    let sign = |chip: &mut Model, info: &[u8]| {
        short(chip, &ProvisionerRequest::SignRequest { info }).unwrap_err()
    };
    assert_eq!(sign(&mut chip, &foreign), Refusal::NoKey);
    let key = make_key(&mut chip);
    assert_eq!(sign(&mut chip, &foreign), Refusal::ForeignKey);
    let mut odd = request_for(&key);
    odd.push(0);
    assert_eq!(sign(&mut chip, &odd), Refusal::NotUnderstood);
    assert_eq!(sign(&mut chip, &[0; MAX_CSR_INFO + 1]), Refusal::TooLong);
}

/// The own key somewhere else in the request does not help a foreign one in its place.
#[test]
fn a_foreign_key_with_the_own_one_beside_it_is_refused() {
    let mut chip = Model::new();
    let own = spki(&make_key(&mut chip));
    let fields = [&[2, 1, 0][..], &own, &Signer::new(9).spki(), &[0xA0, 0]];
    let info = element(0x30, &fields.concat());
    let refused = short(&mut chip, &ProvisionerRequest::SignRequest { info: &info });
    assert_eq!(refused, Err(Refusal::ForeignKey));
}

#[test]
fn a_certificate_is_kept_once_and_only_for_the_own_key() {
    let mut chip = Model::new();
    let key = make_key(&mut chip);
    let foreign = certificate_for(&Signer::new(9).public());
    assert_eq!(store(&mut chip, &foreign), Err(Refusal::ForeignKey));
    let own = certificate_for(&key);
    for _ in 0..2 {
        assert_eq!(store(&mut chip, &own), Ok(ProvisionerReply::Done));
    }
    let mut other = own.clone();
    *other.last_mut().unwrap() ^= 1;
    assert_eq!(store(&mut chip, &other), Err(Refusal::AlreadySet));
    let long = store(&mut chip, &[0; MAX_CERTIFICATE + 1]);
    assert_eq!(long, Err(Refusal::TooLong));
    assert_eq!(
        store::find(chip.bytes(NVS), Kind::Certificate),
        Some(&own[..])
    );
}

#[test]
fn the_wipe_authority_cannot_be_replaced() {
    let mut chip = Model::new();
    let mut keep = |seed| {
        let key = Signer::new(seed).public();
        short(&mut chip, &ProvisionerRequest::StoreWipeAuthority { key })
    };
    assert_eq!(keep(1), Ok(ProvisionerReply::Done));
    assert_eq!(keep(1), Ok(ProvisionerReply::Done));
    assert_eq!(keep(2), Err(Refusal::AlreadySet));
}

#[test]
fn otp_words_are_burnt_and_read_back_until_their_block_is_locked() {
    let mut chip = Model::new();
    let burn = |chip: &mut Model, index, value| {
        short(chip, &ProvisionerRequest::BurnOtpWord { index, value })
    };
    assert_eq!(burn(&mut chip, 0, 0xF0), Ok(ProvisionerReply::Word(0xF0)));
    assert_eq!(burn(&mut chip, 0, 0x3C), Ok(ProvisionerReply::Word(0x30)));
    let block = OTP_ROOT_KEY_BLOCK as u8;
    let locked = short(&mut chip, &ProvisionerRequest::LockOtpBlock { block });
    assert_eq!(locked, Ok(ProvisionerReply::Word(0)));
    assert!(matches!(burn(&mut chip, 7, 0), Err(Refusal::Storage(_))));
    let counter = OTP_COUNTER_BLOCK as u16 * 8;
    assert!(burn(&mut chip, counter, 0xFFFF_FFF8).is_ok());
    assert_eq!(chip.counter(), 3);
    assert_eq!(burn(&mut chip, 128, 0), Err(Refusal::Range));
    let beyond = short(&mut chip, &ProvisionerRequest::LockOtpBlock { block: 16 });
    assert_eq!(beyond, Err(Refusal::Range));
}

#[test]
fn a_chip_that_encrypts_no_flash_refuses_what_is_for_such_flash() {
    let mut chip = Model::new();
    let (address, start) = (NVS.start, NVS.start);
    for request in [
        ProvisionerRequest::MakeFlashKey,
        ProvisionerRequest::WriteFlash {
            address,
            bytes: &[0; 16],
        },
        ProvisionerRequest::DigestFlash { start, length: 16 },
    ] {
        assert_eq!(short(&mut chip, &request), Err(Refusal::Range));
    }
}

#[test]
fn garbled_frames_get_no_answer_and_unknown_messages_a_refusal() {
    let mut chip = Model::new();
    let mut out = [0; MAX_FRAME];
    let mut frame = [0; MAX_FRAME];
    let length = frame::encode(77, &200_u8, &mut frame).unwrap();
    let mut garbled = frame;
    garbled[2] ^= 1;
    let silence = answer(
        &mut chip,
        &mut InternalFlash,
        &mut garbled[..length - 1],
        &mut out,
    );
    assert_eq!(silence, None);
    let said = answer(
        &mut chip,
        &mut InternalFlash,
        &mut frame[..length - 1],
        &mut out,
    );
    let reply = frame::decode(&mut out[..said.unwrap() - 1]);
    let refused = ProvisionerReply::Refused(Refusal::NotUnderstood);
    assert_eq!(reply, Ok((77, refused)));
}

#[test]
fn the_key_in_flash_is_the_one_whose_public_half_was_given() {
    let mut chip = Model::new();
    let key = make_key(&mut chip);
    let record = store::find(chip.bytes(NVS), Kind::DeviceKey).unwrap();
    let private: &[u8; 32] = record.first_chunk().unwrap();
    assert_eq!(public_key(private), Some(key));
    const { assert!(crate::crypto::SPKI_LENGTH <= MAX_SPKI) };
}
