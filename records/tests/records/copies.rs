//! Backups, and putting them back.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::Signer as _;
use cradle_records::audit::verify_export_since;
use cradle_records::{Store, restore};

use crate::fixture::{Fixture, PASSWORD, batch_id, name, options, station};

fn backup(fixture: &Fixture) -> PathBuf {
    let path = fixture.dir.path().join("backup.db");
    let admin = fixture.session("ada");
    fixture.store.backup(&admin, &path).unwrap();
    path
}

fn restored(fixture: &Fixture, backup: &std::path::Path, who: &str) -> Result<PathBuf, Fault> {
    let now = Arc::clone(&fixture.now);
    let clock = move || now.load(Ordering::SeqCst);
    let sign_in = |store: &Store| store.sign_in(&name(who), PASSWORD, &station());
    restore(
        backup,
        &fixture.path(),
        clock,
        options(&fixture.key),
        sign_in,
    )
    .map(Option::unwrap)
}

#[test]
fn a_backup_brings_back_what_was_and_keeps_what_it_replaces() {
    let fixture = Fixture::with_batch(3);
    fixture.make_unit(1);
    let backup = backup(&fixture);
    fixture.make_unit(2);
    let lost = fixture.store.checkpoint(&fixture.key).unwrap();

    let Fixture {
        dir,
        store,
        key,
        now,
    } = fixture;
    drop(store);
    let store = crate::fixture::open(&dir.path().join("other.db"), &key, &now).unwrap();
    let fixture = Fixture {
        dir,
        store,
        key,
        now,
    };
    let aside = restored(&fixture, &backup, "ada").unwrap();
    let fixture = fixture.reopened();
    let auditor = fixture.session("art");
    let units = fixture.store.units(&auditor, &batch_id("b-1")).unwrap();
    assert_eq!(units.len(), 1);
    let page = fixture.store.audit_page(&auditor, 0, 9, "records.restored");
    assert_eq!(page.unwrap().matching, 1);
    fixture.store.check().unwrap();

    // What it replaced is whole, and a checkpoint that was kept tells of the step back.
    let replaced = crate::fixture::open(&aside, &fixture.key, &fixture.now).unwrap();
    let reader = replaced
        .sign_in(&name("art"), PASSWORD, &station())
        .unwrap();
    let units = replaced.units(&reader, &batch_id("b-1")).unwrap();
    assert_eq!(units.len(), 2);
    let dir = fixture.dir.path().join("audit");
    let export = fixture
        .store
        .export_audit(&auditor, &dir, &fixture.key)
        .unwrap();
    let fault = verify_export_since(
        std::io::Cursor::new(fs::read(export.entries).unwrap()),
        &fs::read_to_string(export.checkpoint).unwrap(),
        &[&lost.note],
        fixture.key.public_key(),
    )
    .unwrap_err();
    assert_eq!(fault.code, Code::AuditBroken);
}

#[test]
fn a_backup_that_does_not_hold_is_not_put_back() {
    let fixture = Fixture::with_batch(3);
    fixture.make_unit(1);
    let good = backup(&fixture);
    let refused = |bytes: Vec<u8>, who: &str| {
        let bad = fixture.dir.path().join("bad.db");
        fs::write(&bad, bytes).unwrap();
        let code = restored(&fixture, &bad, who).unwrap_err().code;
        let left = fixture.dir.path().join("records.db.restoring");
        assert!(!left.exists());
        code
    };
    let bytes = fs::read(&good).unwrap();
    assert_eq!(refused(b"a letter".repeat(200), "ada"), Code::StoreCorrupt);
    let mut damaged = bytes.clone();
    damaged[4096..4160].fill(0xA5);
    assert_eq!(refused(damaged, "ada"), Code::StoreCorrupt);
    assert_eq!(refused(bytes, "otto"), Code::NotPermitted);

    let edited = rusqlite::Connection::open(&good).unwrap();
    edited.execute("UPDATE batches SET used = 0", []).unwrap();
    edited
        .pragma_update(None, "journal_mode", "DELETE")
        .unwrap();
    drop(edited);
    assert_eq!(refused(fs::read(&good).unwrap(), "ada"), Code::AuditBroken);
    fixture.store.check().unwrap();
}

#[test]
fn a_database_in_use_is_no_backup() {
    let fixture = Fixture::founded();
    let fault = restored(&fixture, &fixture.path(), "ada").unwrap_err();
    assert_eq!(fault.code, Code::FileFailed);
    assert!(fault.detail.contains("in use"), "{fault}");
}

#[test]
fn only_an_admin_backs_up_and_no_file_is_replaced() {
    let fixture = Fixture::founded();
    let path = fixture.dir.path().join("backup.db");
    let refused = fixture.store.backup(&fixture.session("art"), &path);
    assert_eq!(refused.unwrap_err().code, Code::NotPermitted);
    assert!(!path.exists());
    fs::write(&path, "precious").unwrap();
    let refused = fixture.store.backup(&fixture.session("ada"), &path);
    assert_eq!(refused.unwrap_err().code, Code::FileFailed);
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
}
