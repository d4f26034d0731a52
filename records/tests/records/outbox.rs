//! What registries owe stays owed until they confirm, whoever dies meanwhile.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{RegistryName, Serial};
use cradle_procedure::ports::{
    RetirementLedger as _, RevocationLedger as _, RevocationReason, StepLog as _,
};
use cradle_procedure::step::StepId;

use crate::fixture::{Fixture, done, sealed, serial};

fn fleet() -> RegistryName {
    "fleet".parse().unwrap()
}

fn down() -> Result<String, Fault> {
    Err(Fault::new(Code::RegistryUnreachable, "HTTP 503"))
}

/// A unit that is wiped and revoked, and whose registry did not answer.
fn pending() -> (Fixture, Serial) {
    let fixture = Fixture::with_batch(2);
    let bound = fixture.make_unit(1);
    let tess = fixture.session("tess");
    let mut ledger = fixture.store.retirement(&tess);
    for step in [StepId::ProveIdentity, StepId::MassErase, StepId::Revoke] {
        ledger.intent(&bound, step, "").unwrap();
        ledger.outcome(&bound, &done(step)).unwrap();
    }
    let number = ledger.unit(&bound).unwrap().certificate.unwrap();
    let reason = RevocationReason::CessationOfOperation;
    let mut revocations = fixture.store.revocations(&tess);
    revocations.revoke(&number.serial_number, reason).unwrap();
    ledger.owe(&bound, &fleet()).unwrap();
    ledger.answered(&bound, &fleet(), &down()).unwrap();
    ledger.retire(&bound, &sealed(b"pending"), false).unwrap();
    drop((ledger, revocations));
    fixture.store.sign_out(&tess).unwrap();
    (fixture, bound)
}

#[test]
fn what_is_owed_survives_the_station_under_the_same_key() {
    let (fixture, bound) = pending();
    let fixture = fixture.reopened();
    let tess = fixture.session("tess");
    let mut ledger = fixture.store.retirement(&tess);
    let before = ledger.earlier(&bound).unwrap();
    assert_eq!(before.attempts.len(), 1);
    assert!(before.done(StepId::MassErase).is_some());
    assert!(before.tries(StepId::MassErase).all(|ended| ended.is_some()));
    let due = ledger.owe(&bound, &fleet()).unwrap();
    assert_eq!(before.dues, std::slice::from_ref(&due));
    let other = ledger.owe(&bound, &"cloud".parse().unwrap()).unwrap();
    assert_eq!(other.key, due.key, "one key for all registries of a unit");
    let unsettled = fixture.store.unsettled(&tess).unwrap();
    assert_eq!(unsettled.len(), 1);
    assert_eq!(unsettled[0].document, sealed(b"pending"));
}

#[test]
fn no_unit_is_decommissioned_while_a_registry_owes_its_answer() {
    let (fixture, bound) = pending();
    let tess = fixture.session("tess");
    let mut ledger = fixture.store.retirement(&tess);
    let early = ledger.retire(&bound, &sealed(b"complete"), true);
    assert_eq!(early.unwrap_err().code, Code::UnitState);
    let confirmed = Ok("HTTP 204".to_owned());
    ledger.answered(&bound, &fleet(), &confirmed).unwrap();
    let dues = fixture.store.registry_dues(&tess).unwrap();
    assert_eq!((dues[0].tries, &dues[0].detail), (2, &None));
    let again = ledger.answered(&bound, &fleet(), &down());
    assert_eq!(again.unwrap_err().code, Code::UnitState, "it confirmed");
    ledger.retire(&bound, &sealed(b"complete"), true).unwrap();
    assert!(fixture.store.unsettled(&tess).unwrap().is_empty());
    assert_eq!(fixture.store.departed(&tess).unwrap().len(), 1);
    let last = fixture.store.last_document(&tess, &bound).unwrap();
    assert_eq!(last, Some(sealed(b"complete")));
}

#[test]
fn a_step_without_an_outcome_was_interrupted() {
    let fixture = Fixture::with_batch(1);
    let bound = fixture.make_unit(1);
    let tess = fixture.session("tess");
    let mut ledger = fixture.store.retirement(&tess);
    ledger.intent(&bound, StepId::WipeKeys, "").unwrap();
    let earlier = ledger.earlier(&bound).unwrap();
    assert_eq!(earlier.tries(StepId::WipeKeys).collect::<Vec<_>>(), [None]);
    assert!(earlier.was_begun(StepId::WipeKeys));
    assert!(earlier.last(StepId::WipeKeys).is_none());
}

#[test]
fn a_registry_that_was_not_to_be_told_cannot_answer() {
    let (fixture, _) = pending();
    let other = fixture.make_unit(2);
    let tess = fixture.session("tess");
    let mut ledger = fixture.store.retirement(&tess);
    let answer = ledger.answered(&other, &fleet(), &Ok(String::new()));
    assert_eq!(answer.unwrap_err().code, Code::UnitState);
    let unknown = ledger.owe(&serial("b-1-9999"), &fleet());
    assert_eq!(unknown.unwrap_err().code, Code::UnitUnknown);
}

#[test]
fn an_edit_of_what_is_owed_is_found() {
    let (fixture, bound) = pending();
    fixture.tamper("UPDATE registry_dues SET confirmed_ms = 1, evidence = 'HTTP 204'");
    let fault = fixture.store.verify_database().unwrap_err();
    assert_eq!(fault.code, Code::AuditBroken);
    let row = format!("registry_dues {bound} fleet");
    assert!(fault.detail.contains(&row), "{fault}");
}
