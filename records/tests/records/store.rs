use std::fs;
use std::thread;

use cradle_procedure::fault::Code;
use cradle_records::Store;

use crate::fixture::{Fixture, NOW, open, options};

#[test]
fn newer_database_is_refused() {
    let fixture = Fixture::founded();
    fixture.tamper("PRAGMA user_version = 99");
    let before = fs::read(fixture.path()).unwrap();
    let fault = Store::open(fixture.path(), || NOW, options(&fixture.key)).unwrap_err();
    assert_eq!(fault.code, Code::StoreNewer);
    assert_eq!(fs::read(fixture.path()).unwrap(), before);
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let fixture = Fixture::empty();
    let path = fixture.dir.path().join("letter.txt");
    let text = "Dear Sir or Madam, ".repeat(100);
    fs::write(&path, &text).unwrap();
    let fault = open(&path, &fixture.key, &fixture.now).unwrap_err();
    assert_eq!(fault.code, Code::StoreCorrupt);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let fixture = Fixture::empty();
    let path = fixture.dir.path().join("other.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE stamps (value)").unwrap();
    drop(other);
    let before = fs::read(&path).unwrap();
    let fault = open(&path, &fixture.key, &fixture.now).unwrap_err();
    assert_eq!(fault.code, Code::StoreCorrupt);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_damaged_database_is_refused() {
    let fixture = Fixture::with_batch(3);
    fixture.make_unit(1);
    let (path, dir, key, now) = (fixture.path(), fixture.dir, fixture.key, fixture.now);
    drop(fixture.store);
    let mut bytes = fs::read(&path).unwrap();
    // The b-tree header of the second page.
    bytes[4096..4096 + 64].fill(0xA5);
    fs::write(&path, bytes).unwrap();
    let fault = open(&path, &key, &now).unwrap_err();
    assert_eq!(fault.code, Code::StoreCorrupt);
    drop(dir);
}

#[test]
fn a_file_that_cannot_be_made_is_a_clear_error() {
    let fixture = Fixture::empty();
    let path = fixture.dir.path().join("no such folder").join("records.db");
    let fault = open(&path, &fixture.key, &fixture.now).unwrap_err();
    assert_eq!(fault.code, Code::StoreFailed);
    assert!(fault.detail.contains("no such folder"), "{fault}");
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = Fixture::founded();
    for name in ["records.db", "records.db-wal"] {
        let path = fixture.dir.path().join(name);
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn two_programs_on_one_file_lose_nothing() {
    let fixture = Fixture::with_batch(100);
    let other = open(&fixture.path(), &fixture.key, &fixture.now).unwrap();
    let session = fixture.session("ada");
    thread::scope(|scope| {
        for store in [&fixture.store, &other] {
            let session = &session;
            scope.spawn(move || {
                use cradle_procedure::ports::RevocationLedger as _;
                for _ in 0..50 {
                    store.revocations(session).next_crl().unwrap();
                }
            });
        }
    });
    let page = fixture
        .store
        .audit_page(&session, 0, 1, "crl.numbered")
        .unwrap();
    assert_eq!(page.matching, 100);
    assert_eq!(page.lines[0].subject, "100");
    fixture.store.verify_database().unwrap();
}
