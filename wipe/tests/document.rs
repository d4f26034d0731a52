//! The signed file can be trusted by itself.

#![allow(clippy::unwrap_used)]

mod support;

use cradle_procedure::fault::Code;
use cradle_procedure::ids::Sha256;
use cradle_wipe::{SignedDocument, verify};
use serde_json::Value;
use support::{House, Key, SERIAL, order};

fn signed(house: &mut House) -> SignedDocument {
    house.decommission(&order()).unwrap().signed.unwrap()
}

#[test]
fn the_file_verifies_and_reads_back_as_the_document() {
    let mut house = House::new();
    let signed = signed(&mut house);
    let read = verify(signed.json(), &house.document.spki()).unwrap();
    assert_eq!(&read, signed.document());
    assert_eq!(Sha256::of(&read.canonical().unwrap()), signed.digest());
}

#[test]
fn one_flipped_bit_anywhere_does_not_verify() {
    let mut house = House::new();
    let (signed, key) = (signed(&mut house), house.document.spki());
    for at in 0..signed.json().len() {
        let mut altered = signed.json().to_vec();
        altered[at] ^= 1 << (at % 8);
        let fault = verify(&altered, &key).unwrap_err();
        assert_eq!(fault.code, Code::DocumentInvalid, "byte {at}");
    }
}

#[test]
fn a_file_cut_short_does_not_verify() {
    let mut house = House::new();
    let (signed, key) = (signed(&mut house), house.document.spki());
    for length in 0..signed.json().len() {
        assert!(verify(&signed.json()[..length], &key).is_err());
    }
}

#[test]
fn another_key_is_not_trusted() {
    let mut house = House::new();
    let signed = signed(&mut house);
    let fault = verify(signed.json(), &Key::new(5).spki()).unwrap_err();
    assert_eq!(fault.code, Code::DocumentInvalid);
}

#[test]
fn a_pending_document_cannot_be_edited_into_a_complete_one() {
    let mut house = House::new();
    house.revoker.unreachable = true;
    let signed = signed(&mut house);
    let mut file: Value = serde_json::from_slice(signed.json()).unwrap();
    assert_eq!(file["document"]["status"], "pending");
    file["document"]["status"] = "complete".into();
    file["document"]["missing"] = Value::Array(Vec::new());
    let forged = serde_json::to_vec(&file).unwrap();
    assert!(verify(&forged, &house.document.spki()).is_err());
}

#[test]
fn a_second_value_for_a_signed_field_is_refused() {
    let mut house = House::new();
    house.revoker.unreachable = true;
    let (signed, key) = (signed(&mut house), house.document.spki());
    let text = std::str::from_utf8(signed.json()).unwrap();
    let doubled = text.replace(
        "\"status\": \"pending\"",
        "\"status\": \"complete\", \"status\": \"pending\"",
    );
    assert_ne!(doubled, text);
    assert_eq!(
        verify(doubled.as_bytes(), &key).unwrap_err().code,
        Code::DocumentInvalid
    );
}

#[test]
fn the_file_says_what_the_standard_asks_for() {
    let mut house = House::new();
    let signed = signed(&mut house);
    let file: Value = serde_json::from_slice(signed.json()).unwrap();
    let document = &file["document"];
    for pointer in [
        "/number",
        "/issued_at",
        "/standard",
        "/status",
        "/reason",
        "/unit/serial",
        "/unit/uid",
        "/unit/certificate",
        "/media/manufacturer",
        "/media/model",
        "/media/property_number",
        "/media/media_type",
        "/media/source",
        "/classification/before",
        "/classification/after",
        "/backup/state",
        "/method",
        "/tool/name",
        "/tool/version",
        "/parts/1/technique",
        "/parts/1/verification",
        "/remains/0/what",
        "/revocation/crl_sha256",
        "/destination/kind",
        "/sanitizer/person/name",
        "/sanitizer/person/title",
        "/sanitizer/person/place",
        "/sanitizer/person/contact",
        "/sanitizer/date",
        "/verifier/person/name",
        "/verifier/person/title",
        "/verifier/person/place",
        "/verifier/person/contact",
        "/verifier/date",
    ] {
        let text = document.pointer(pointer).and_then(Value::as_str);
        assert!(text.is_some_and(|text| !text.is_empty()), "{pointer}");
    }
    assert_eq!(document["unit"]["serial"], SERIAL);
}
