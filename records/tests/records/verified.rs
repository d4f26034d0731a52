//! The second person's word on what became of a unit.

use cradle_procedure::fault::Code;
use cradle_procedure::ports::{RetirementLedger as _, UnitState};
use rusqlite::Connection;

use crate::fixture::{Fixture, sealed};

/// Event and person of the last entries, newest first.
fn last_entries(fixture: &Fixture, count: u32) -> Vec<(String, String)> {
    let sql = "SELECT line ->> 'event', line ->> 'operator' FROM audit
               ORDER BY entry DESC LIMIT ?1";
    let connection = Connection::open(fixture.path()).unwrap();
    let mut query = connection.prepare(sql).unwrap();
    let entries = query.query_map([count], |row| Ok((row.get(0)?, row.get(1)?)));
    entries.unwrap().map(Result::unwrap).collect()
}

#[test]
fn the_verifiers_word_is_in_the_transaction_that_retires() {
    let fixture = Fixture::with_batch(1);
    let unit = fixture.make_unit(1);
    let (tess, sue) = (fixture.session("tess"), fixture.session("sue"));
    let mut ledger = fixture.store.retirement(&tess).verified_by(&sue);
    ledger.retire(&unit, &sealed(b"pending"), false).unwrap();
    let entries = last_entries(&fixture, 2);
    let said = entries.iter().map(|(event, who)| (&**event, &**who));
    assert_eq!(
        said.collect::<Vec<_>>(),
        [("document.verified", "sue"), ("unit.retired", "tess")]
    );
    fixture.store.verify_database().unwrap();
}

#[test]
fn without_the_verifiers_word_there_is_no_document() {
    let fixture = Fixture::with_batch(1);
    let unit = fixture.make_unit(1);
    let tess = fixture.session("tess");
    let gone = fixture.session("sue");
    fixture.store.sign_out(&gone).unwrap();
    let others = [
        (fixture.session("tess"), Code::OwnApproval),
        (fixture.session("otto"), Code::NotPermitted),
        (gone, Code::SessionEnded),
    ];
    for (verifier, code) in others {
        let mut ledger = fixture.store.retirement(&tess).verified_by(&verifier);
        let refused = ledger.retire(&unit, &sealed(b"pending"), false);
        assert_eq!(refused.unwrap_err().code, code);
    }
    let told = fixture.store.unit(&tess, &unit).unwrap();
    assert_eq!(told.unit.state, UnitState::Provisioned);
    assert!(told.documents.is_empty());
    fixture.store.verify_database().unwrap();
}
