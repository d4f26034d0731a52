use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::Signer as _;

use super::*;
use crate::plan;
use crate::profile::TargetProfile;
use crate::step::StepId;

const PROFILE: &str = include_str!("../../../profiles/stm32f405-se.toml");
/// 2026-11-21.
const NOW_MS: u64 = 1_795_219_200_000;
const YEAR_MS: u64 = 365 * 24 * 60 * 60 * 1000;

fn root() -> Root {
    let element = TargetProfile::parse(PROFILE).unwrap().element.unwrap();
    element.root.unwrap()
}

/// The training root's key is no secret.
fn root_key() -> SigningKey {
    let seed = crate::ids::Sha256::of(b"Cradle Training Element Root 0001");
    SigningKey::from_slice(seed.bytes()).unwrap()
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

fn point(key: &SigningKey) -> Point {
    let point = key.verifying_key().to_sec1_point(false);
    point.as_bytes()[1..].try_into().unwrap()
}

fn sign(key: &SigningKey, message: &[u8]) -> [u8; 64] {
    let signature: Signature = key.sign(message);
    signature.to_bytes().into()
}

/// An element as its maker leaves it, whose certificate is for so many years and names that signer.
fn made(years: u32, signer_id: SignerId) -> ElementFiles {
    let (signer_point, public_key) = (point(&key(7)), point(&key(8)));
    let (serial, eui48) = (*b"\x01\x23abcdef\xEE", *b"020123456789");
    let dates = Dates::new(2018, 11, 8, 5, years);
    let signer = Signer {
        key: &signer_point,
        id: [0, 1],
        dates: Dates::new(2020, 1, 2, 3, 31),
    };
    let device = Device {
        key: &public_key,
        serial: &serial,
        eui48: &eui48,
        signer_id,
        signer_key: &signer_point,
        dates,
    };
    let mut padded = [0; 72];
    padded[4..36].copy_from_slice(&signer_point[..32]);
    padded[40..].copy_from_slice(&signer_point[32..]);
    let compressed = |signature, dates, signer_id, template| Compressed {
        signature,
        dates,
        signer_id,
        template,
    };
    let by_root = sign(&root_key(), &signer.to_be_signed(&root()));
    let by_signer = sign(&key(7), &device.to_be_signed(&root()));
    ElementFiles {
        serial,
        eui48,
        public_key,
        device: compressed(by_signer, dates, signer_id, 3).to_bytes(),
        signer_key: padded,
        signer: compressed(by_root, signer.dates, signer.id, 1).to_bytes(),
    }
}

fn refusal(files: &ElementFiles, now_ms: u64) -> String {
    let fault = Chain::verify(files, &root(), now_ms).unwrap_err();
    assert_eq!(fault.code, Code::ElementForeign);
    fault.detail
}

/// Dates of the template in `tngtls_cert_def_3_device`.
#[test]
fn dates_are_packed_as_microchip_packs_them() {
    let dates = Dates::new(2018, 11, 8, 5, 28);
    assert_eq!(dates, Dates([0x95, 0xA0, 0xBC]));
    let (first, last) = dates.texts();
    assert_eq!(first, "20181108050000Z");
    assert_eq!(last, "20461108050000Z");
    let for_ever = Dates::new(2018, 11, 8, 5, 0);
    assert_eq!(for_ever.texts().1, "99991231235959Z");
}

#[test]
fn chain_is_valid_from_its_first_day_to_its_last() {
    for (years, lasts) in [(28, 20), (0, 25)] {
        let files = made(years, [0, 1]);
        assert!(Chain::verify(&files, &root(), NOW_MS).is_ok());
        assert!(Chain::verify(&files, &root(), NOW_MS + (lasts - 1) * YEAR_MS).is_ok());
        let late = refusal(&files, NOW_MS + (lasts + 1) * YEAR_MS);
        assert!(late.contains("not valid now"), "{late}");
    }
    let expired = refusal(&made(5, [0, 1]), NOW_MS);
    assert_eq!(expired, "the certificate of the element is not valid now");
    refusal(&made(28, [0, 1]), 0);
}

/// The element's certificate verifies with the key beside it, but names no such signer.
#[test]
fn certificate_that_names_another_signer_is_refused() {
    let why = refusal(&made(28, [0, 2]), NOW_MS);
    assert_eq!(why, "its certificate names another signer");
}

#[test]
fn every_flipped_bit_of_what_is_certified_is_refused() {
    let good = made(28, [0, 1]);
    type Part = fn(&mut ElementFiles) -> &mut [u8];
    // Padding, and the last byte of a compressed certificate, say nothing.
    let parts: [Part; 6] = [
        |files| &mut files.serial,
        |files| &mut files.eui48,
        |files| &mut files.public_key,
        |files| &mut files.device[..71],
        |files| &mut files.signer_key[4..36],
        |files| &mut files.signer[..71],
    ];
    for part in parts {
        for at in 0..part(&mut good.clone()).len() {
            let mut bad = good.clone();
            part(&mut bad)[at] ^= 1 << (at % 8);
            refusal(&bad, NOW_MS);
        }
    }
}

#[test]
fn only_a_root_is_pinned_and_a_bad_one_is_refused_with_its_line() {
    let refused = |from: &str, to: &str| {
        let text = PROFILE.replacen(from, to, 1);
        assert_ne!(text, PROFILE);
        let fault = TargetProfile::parse(&text).unwrap_err();
        assert_eq!(fault.code, Code::ProfileInvalid);
        fault.detail
    };
    // A letter of its signature.
    let unsigned = refused("RIsAiAFgSU", "RIsAiAFgSV");
    assert!(unsigned.contains("its own key"), "{unsigned}");
    assert!(unsigned.contains("line 39"), "{unsigned}");
    let torn = refused("-----END", "----END");
    assert!(torn.contains("not a root"), "{torn}");
}

#[test]
fn journey_has_the_check_where_the_profile_has_an_element() {
    let profile = TargetProfile::parse(PROFILE).unwrap();
    let steps = plan::journey(&profile).unwrap();
    let place = |step| steps.iter().position(|it| *it == step).unwrap();
    assert!(place(StepId::StartProvisioner) < place(StepId::CheckElement));
    assert!(place(StepId::CheckElement) < place(StepId::MakeKey));
    let without = TargetProfile {
        element: None,
        ..profile
    };
    let steps = plan::journey(&without).unwrap();
    assert!(!steps.contains(&StepId::CheckElement));
}
