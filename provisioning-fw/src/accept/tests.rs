use std::vec::Vec;

use cradle_protocol::layout::stm32f405::{BANKS, LAYOUT};

use super::*;
use crate::model::{ImageBuilder, Signer};

const ROOT: Signer = Signer::new(1);
const COUNTER: u32 = 3;

fn in_bank(image: &[u8]) -> Vec<u8> {
    let mut bank = std::vec![0xFF; BANKS[0].length as usize];
    bank[..image.len()].copy_from_slice(image);
    bank
}

fn verdict(image: &[u8]) -> Result<Accepted, BankVerdict> {
    accept_bytes(
        &in_bank(image),
        &LAYOUT,
        Bank::A,
        Some(&ROOT.hash()),
        COUNTER,
    )
}

fn builder() -> ImageBuilder {
    ImageBuilder::new(ROOT, 0)
}

#[test]
fn a_good_image_is_accepted() {
    let accepted = verdict(&builder().build()).unwrap();
    assert_eq!(accepted.start(), BANKS[0].start + 0x200);
    assert_eq!(accepted.security_counter, COUNTER);
    assert_eq!(accepted.version.text().as_str(), "1.2.3");
}

/// The whole signed part and the TLVs: nothing of an image is without a check.
#[test]
fn a_flipped_bit_anywhere_is_refused() {
    let good = builder().build();
    for byte in 0..good.len() {
        // Padding and payload are one signed stretch: a sample of it is enough.
        if (0x40..0x5C0).contains(&byte) && !byte.is_multiple_of(61) {
            continue;
        }
        let mut bad = good.clone();
        bad[byte] ^= 1 << (byte % 8);
        assert!(verdict(&bad).is_err(), "byte {byte:#x}");
    }
}

#[test]
fn an_altered_payload_is_a_bad_hash() {
    let mut image = builder().build();
    image[0x300] ^= 1;
    assert_eq!(verdict(&image), Err(BankVerdict::BadHash));
}

/// Payload and claimed hash changed together: the signature covers the hash.
#[test]
fn an_altered_hash_is_a_bad_signature() {
    let mut image = builder().build();
    let digest = *image::parse(&image).unwrap().digest;
    let at = image.windows(32).position(|w| w == digest).unwrap();
    image[0x300] ^= 1;
    let signed = image::parse(&image).unwrap().signed.len();
    let forged = sha256(&image[..signed]);
    image[at..at + 32].copy_from_slice(&forged);
    assert_eq!(verdict(&image), Err(BankVerdict::BadSignature));
}

#[test]
fn another_key_is_refused_though_its_signature_is_good() {
    let image = ImageBuilder::new(Signer::new(2), 0).build();
    assert_eq!(verdict(&image), Err(BankVerdict::UnknownKey));
}

#[test]
fn a_counter_below_otp_is_refused_and_one_above_is_not() {
    let with = |counter| {
        ImageBuilder {
            counter,
            ..builder()
        }
        .build()
    };
    assert_eq!(verdict(&with(COUNTER - 1)), Err(BankVerdict::RolledBack));
    assert!(verdict(&with(COUNTER + 1)).is_ok());
}

#[test]
fn truncated_oversize_and_foreign_bytes_are_malformed() {
    let good = builder().build();
    for length in (4..good.len()).step_by(13) {
        assert!(verdict(&good[..length]).is_err());
    }
    assert_eq!(verdict(&good[..0x300]), Err(BankVerdict::Malformed));
    let mut long = good.clone();
    long.push(0);
    assert_eq!(verdict(&long), Err(BankVerdict::Malformed));
    let mut foreign = good;
    foreign[0] ^= 1;
    assert_eq!(verdict(&foreign), Err(BankVerdict::Malformed));
}

#[test]
fn a_payload_longer_than_the_bank_is_malformed() {
    let mut image = builder().build();
    image[12..16].copy_from_slice(&BANKS[0].length.to_le_bytes());
    assert_eq!(verdict(&image), Err(BankVerdict::Malformed));
    image[12..16].fill(0xFF);
    assert_eq!(verdict(&image), Err(BankVerdict::Malformed));
}

#[test]
fn an_image_made_for_the_other_bank_is_malformed() {
    let linked_for_b = ImageBuilder::new(ROOT, 1).build();
    assert_eq!(verdict(&linked_for_b), Err(BankVerdict::Malformed));
    let fixed = |fixed_at| {
        ImageBuilder {
            fixed_at,
            ..builder()
        }
        .build()
    };
    assert!(verdict(&fixed(Some(BANKS[0].start))).is_ok());
    let elsewhere = verdict(&fixed(Some(BANKS[1].start)));
    assert_eq!(elsewhere, Err(BankVerdict::Malformed));
}

#[test]
fn a_stack_outside_sram_is_malformed() {
    for stack in [0x2000_0000, 0x2002_0008, 0x1000_1000, 0x2001_0004, u32::MAX] {
        let image = ImageBuilder { stack, ..builder() }.build();
        assert_eq!(verdict(&image), Err(BankVerdict::Malformed));
    }
}

#[test]
fn an_erased_bank_is_empty_and_no_root_key_trusts_nothing() {
    assert_eq!(verdict(&[]), Err(BankVerdict::Empty));
    let bank = in_bank(&builder().build());
    let untrusted = accept_bytes(&bank, &LAYOUT, Bank::A, None, 0);
    assert_eq!(untrusted, Err(BankVerdict::NoRootKey));
}
