//! Reading a log on a screen: found in parts, and what is not there is missed.

use std::ops::ControlFlow;

use cradle_procedure::fault::Code;
use cradle_records::audit::{AuditRow, AuditSearch};

use crate::fixture::Fixture;

fn search(words: &[&str]) -> AuditSearch {
    AuditSearch {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        from_ms: 0,
        until_ms: u64::MAX,
    }
}

fn found(fixture: &Fixture, search: &AuditSearch) -> Vec<u64> {
    let (auditor, mut all) = (fixture.session("art"), Vec::new());
    let mut tell = |part: cradle_records::audit::AuditFound| {
        all.extend(part.entries);
        ControlFlow::Continue(())
    };
    fixture
        .store
        .audit_search(&auditor, search, &mut tell)
        .unwrap();
    all
}

#[test]
fn a_search_finds_every_entry_with_all_its_words_newest_first() {
    let fixture = Fixture::with_batch(3);
    let serial = fixture.make_unit(1).to_string();
    fixture.make_unit(2);
    let all = found(&fixture, &search(&[&serial.to_uppercase()]));
    assert!(all.len() > 2 && all.is_sorted_by(|a, b| a > b), "{all:?}");
    let one = found(&fixture, &search(&[&serial, "certificate.issued"]));
    let auditor = fixture.session("art");
    let rows = fixture.store.audit_rows(&auditor, &one).unwrap();
    assert!(
        matches!(&rows[..], [AuditRow::Line(line)] if line.event == "certificate.issued"),
        "{rows:?}"
    );
    assert!(found(&fixture, &search(&["no such thing"])).is_empty());
}

#[test]
fn an_entry_that_was_removed_or_overwritten_is_shown_as_what_it_is() {
    let fixture = Fixture::with_batch(3);
    fixture.make_unit(1);
    let auditor = fixture.session("art");
    let size = fixture.store.audit_size(&auditor).unwrap();
    fixture.tamper(&format!(
        "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_removed;
         UPDATE audit SET line = 'nothing happened' WHERE entry = 3;
         DELETE FROM audit WHERE entry = {}",
        size - 1
    ));
    assert_eq!(fixture.store.audit_size(&auditor).unwrap(), size);
    let rows = fixture
        .store
        .audit_rows(&auditor, &[size - 1, 3, 0])
        .unwrap();
    assert_eq!(rows[0], AuditRow::Gone);
    assert_eq!(rows[1], AuditRow::Unreadable("nothing happened".to_owned()));
    assert!(matches!(rows[2], AuditRow::Line(_)));
}

#[test]
fn a_verification_tells_how_far_it_is_and_can_be_given_up() {
    let fixture = Fixture::with_batch(3);
    let mut told = Vec::new();
    let mut watch = |done, of| {
        told.push((done, of));
        ControlFlow::Break(())
    };
    let fault = fixture
        .store
        .verify_database_watched(&mut watch)
        .unwrap_err();
    assert_eq!(fault.code, Code::Cancelled);
    let size = fixture.store.verify_database().unwrap().entries;
    assert_eq!(told, [(0, size)]);
}
