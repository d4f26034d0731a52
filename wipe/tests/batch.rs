//! One document over many units.

#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use std::path::Path;
use std::process::Command;

use cradle_procedure::fault::Code;
use cradle_procedure::ids::Sha256;
use cradle_wipe::{BatchDocument, BatchLine, SignedBatch, Status, Tool, pdf, verify_batch};
use support::{House, Key, order};

fn line(serial: &str, spoil: impl FnOnce(&mut House)) -> BatchLine {
    let mut house = House::new();
    spoil(&mut house);
    let retirement = house.decommission(&order()).unwrap();
    let uid = house.ledger.unit.uid.clone();
    BatchLine::new(serial.parse().unwrap(), uid, Some(&retirement.document)).unwrap()
}

fn signed(count: usize) -> SignedBatch {
    let done = line("CR-1", |_| ());
    let mut units = vec![done.clone(); count];
    for (number, unit) in (1..).zip(&mut units) {
        unit.serial = format!("CR-{number:06}").parse().unwrap();
    }
    units.push(line("CR-PENDING", |house| house.revoker.unreachable = true));
    let uid = done.uid.clone();
    units.push(BatchLine::new("CR-AWAY".parse().unwrap(), uid, None).unwrap());
    let tool = Tool {
        name: "cradle".to_owned(),
        version: "0.1.0".to_owned(),
    };
    let document = BatchDocument::new(
        b"the list",
        units,
        tool,
        order().sanitizer,
        1_795_167_000_000,
    );
    document.sign(&Key::new(4)).unwrap()
}

#[test]
fn a_batch_is_complete_only_when_every_unit_is() {
    let signed = signed(2);
    let document = signed.document();
    assert_eq!((document.complete(), document.units.len()), (2, 4));
    assert_eq!(document.status(), Status::Pending);
    assert_eq!(document.list_sha256, Sha256::of(b"the list"));
    let mut all = document.clone();
    all.units.truncate(2);
    assert_eq!(all.status(), Status::Complete);
}

#[test]
fn a_batch_verifies_and_an_altered_one_does_not() {
    let signed = signed(1);
    let (key, other) = (Key::new(4).spki(), Key::new(5).spki());
    assert_eq!(
        verify_batch(signed.json(), &key).unwrap(),
        *signed.document()
    );
    assert_eq!(
        verify_batch(signed.json(), &other).unwrap_err().code,
        Code::DocumentInvalid
    );
    let text = String::from_utf8(signed.json().to_vec()).unwrap();
    let altered = text.replace("CR-AWAY", "CR-GONE");
    assert_eq!(
        verify_batch(altered.as_bytes(), &key).unwrap_err().code,
        Code::DocumentInvalid
    );
    let certificate = House::new().decommission(&order()).unwrap().signed.unwrap();
    let other_kind = verify_batch(certificate.json(), &key).unwrap_err();
    assert_eq!(other_kind.code, Code::DocumentInvalid);
}

#[test]
fn the_pages_say_what_the_data_says() {
    let folder = tempfile::tempdir().unwrap();
    let signed = signed(40);
    let file = folder.path().join("batch.pdf");
    std::fs::write(&file, pdf::render_batch(&signed).unwrap()).unwrap();
    let text = squeezed(&poppler(
        "pdftotext",
        folder.path(),
        &["-raw", "batch.pdf", "-"],
    ));
    let says = |what: &str| assert!(text.contains(&squeezed(what)), "{what:?} not in {text}");
    says("PENDING");
    says("40 of 42 units are sanitized");
    says(&signed.digest().to_string());
    says(&signed.document().list_sha256.to_string());
    for unit in &signed.document().units {
        says(unit.serial.as_str());
        says(&unit.uid.to_string());
        let Some(certificate) = &unit.certificate else {
            says("nothing was done");
            continue;
        };
        says(&certificate.number);
        says(&certificate.sha256.to_string());
        certificate.missing.iter().for_each(|part| says(part));
    }
    let name = format!("{}.json", signed.document().number);
    poppler(
        "pdfdetach",
        folder.path(),
        &["-savefile", &name, "batch.pdf"],
    );
    assert_eq!(
        std::fs::read(folder.path().join(name)).unwrap(),
        signed.json()
    );
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Runs a poppler tool (Debian: `poppler-utils`).
fn poppler(tool: &str, folder: &Path, arguments: &[&str]) -> String {
    let run = Command::new(tool)
        .current_dir(folder)
        .args(arguments)
        .output();
    let run = run.unwrap_or_else(|error| panic!("{tool} (package poppler-utils): {error}"));
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    String::from_utf8(run.stdout).unwrap()
}
