//! Checkpoints kept outside of the records.

use std::fs;
use std::io::{BufReader, Cursor};

use cradle_procedure::fault::Code;
use cradle_procedure::ports::Signer as _;
use cradle_records::audit::{split_witness, verify_export_since};

use crate::fixture::{Fixture, open};

#[test]
fn a_witness_file_holds_every_checkpoint_and_an_export_is_verified_against_all() {
    let fixture = Fixture::with_batch(3);
    let file = fixture.dir.path().join("witness");
    for n in 1..=3 {
        fixture.make_unit(n);
        let checkpoint = fixture.store.checkpoint(&fixture.key).unwrap();
        fixture.store.witness(&checkpoint, &file).unwrap();
        // The same again adds nothing.
        fixture.store.witness(&checkpoint, &file).unwrap();
    }
    let notes = split_witness(&fs::read_to_string(&file).unwrap()).unwrap();
    let kept: Vec<_> = fixture.store.checkpoints().unwrap();
    let kept: Vec<_> = kept.into_iter().map(|checkpoint| checkpoint.note).collect();
    assert_eq!(notes, kept);

    let folder = fixture.dir.path().join("export");
    let art = fixture.session("art");
    let export = fixture
        .store
        .export_audit(&art, &folder, &fixture.key)
        .unwrap();
    let entries = fs::read(&export.entries).unwrap();
    let checkpoint = fs::read_to_string(&export.checkpoint).unwrap();
    let older: Vec<_> = notes.iter().map(String::as_str).collect();
    let read = BufReader::new(Cursor::new(entries));
    verify_export_since(read, &checkpoint, &older, fixture.key.public_key()).unwrap();
}

#[test]
fn a_log_that_was_rolled_back_is_not_added_to_a_witness_file() {
    let fixture = Fixture::with_batch(3);
    fixture.make_unit(1);
    let copy = fixture.dir.path().join("copy.db");
    let backup = fixture.store.backup(&fixture.session("ada"), &copy);
    backup.unwrap();
    let file = fixture.dir.path().join("witness");
    fixture.make_unit(2);
    let newest = fixture.store.checkpoint(&fixture.key).unwrap();
    fixture.store.witness(&newest, &file).unwrap();
    let before = fs::read(&file).unwrap();

    let rolled_back = open(&copy, &fixture.key, &fixture.now).unwrap();
    let fewer = rolled_back.checkpoint(&fixture.key).unwrap();
    let fault = rolled_back.witness(&fewer, &file).unwrap_err();
    assert_eq!(fault.code, Code::AuditBroken);
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn a_witness_file_that_was_cut_off_is_refused() {
    assert!(split_witness("").unwrap().is_empty());
    let fault = split_witness("a\n\nb\n\nc").unwrap_err();
    assert_eq!(fault.code, Code::AuditBroken);
}
