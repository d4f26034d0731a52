//! The states of a unit's life, and the only ways between them.

use cradle_procedure::fault::Code;
use cradle_procedure::ids::{Serial, SlotId};
use cradle_procedure::ports::{
    History, Ledger as _, RetirementLedger as _, RevocationLedger as _, RevocationReason,
    StepLog as _, UnitState,
};
use cradle_procedure::step::{StepId, Verdict};
use cradle_records::Destruction;

use crate::fixture::{Fixture, batch_id, request, serial, uid};

/// As the records have it; every role reads it.
fn state(fixture: &Fixture, unit: &Serial) -> UnitState {
    let history = fixture.store.unit(&fixture.session("art"), unit).unwrap();
    history.unit.state
}

fn quarantined(fixture: &Fixture) -> Serial {
    let mut ledger = fixture.ledger();
    let bound = ledger.admit(SlotId(1), &uid(1), None).unwrap().serial;
    ledger.conclude(&bound, Verdict::Quarantine, None).unwrap();
    bound
}

fn crushed() -> Destruction {
    Destruction {
        reason: "cracked board, shredded".into(),
        evidence: None,
    }
}

#[test]
fn a_unit_is_blank_until_something_is_about_to_be_done_to_it() {
    let fixture = Fixture::with_batch(1);
    let mut ledger = fixture.ledger();
    let bound = ledger.admit(SlotId(1), &uid(1), None).unwrap().serial;
    assert_eq!(state(&fixture, &bound), UnitState::Blank);
    ledger.intent(&bound, StepId::FlashBootloader, "").unwrap();
    assert_eq!(state(&fixture, &bound), UnitState::InProgress);
    fixture.store.verify_database().unwrap();
}

#[test]
fn a_repaired_unit_goes_on_where_it_was_and_keeps_its_batch_open() {
    let fixture = Fixture::with_batch(1);
    let bound = fixture.make_unit(1);
    let sue = fixture.session("sue");
    fixture
        .store
        .send_to_repair(&sue, &bound, "connector broken off")
        .unwrap();
    assert_eq!(state(&fixture, &bound), UnitState::InRepair);
    let open = fixture
        .store
        .close_batch(&fixture.session("ada"), &batch_id("b-1"))
        .unwrap_err();
    assert_eq!(open.code, Code::BatchState);

    let mut ledger = fixture.ledger();
    ledger.authorize().unwrap();
    let again = ledger.admit(SlotId(2), &uid(1), None).unwrap();
    assert_eq!(again.serial, bound);
    assert_eq!(again.history, History::Begun(vec![StepId::BurnRootKey]));
    ledger.conclude(&bound, Verdict::Pass, None).unwrap();
    assert_eq!(state(&fixture, &bound), UnitState::Provisioned);
    let report = fixture.store.batch_report(&sue, &batch_id("b-1")).unwrap();
    assert_eq!((report.reworked, report.in_repair), (1, 0));
    fixture.store.verify_database().unwrap();
}

#[test]
fn a_witness_who_is_somebody_else_sees_a_unit_destroyed() {
    let fixture = Fixture::with_batch(2);
    let bound = quarantined(&fixture);
    let (tess, sue, otto) = (
        fixture.session("tess"),
        fixture.session("sue"),
        fixture.session("otto"),
    );
    let destroy = |by, witness| fixture.store.destroy(by, witness, &bound, &crushed());
    let alone = destroy(&tess, &tess).unwrap_err();
    assert_eq!(alone.code, Code::OwnApproval);
    let by_operator = destroy(&otto, &sue).unwrap_err();
    assert_eq!(by_operator.code, Code::NotPermitted);
    let seen_by_operator = destroy(&tess, &otto).unwrap_err();
    assert_eq!(seen_by_operator.code, Code::NotPermitted);
    destroy(&tess, &sue).unwrap();
    assert_eq!(state(&fixture, &bound), UnitState::Destroyed);

    let twice = destroy(&tess, &sue).unwrap_err();
    assert_eq!(twice.code, Code::UnitState);
    let repaired = fixture.store.send_to_repair(&sue, &bound, "try again");
    assert_eq!(repaired.unwrap_err().code, Code::UnitState);
    let again = fixture.ledger().admit(SlotId(1), &uid(1), None);
    assert_eq!(again.unwrap_err().code, Code::UidKnown);
    let report = fixture.store.batch_report(&sue, &batch_id("b-1")).unwrap();
    assert_eq!(report.destroyed, 1);
    fixture.store.verify_database().unwrap();
}

#[test]
fn a_unit_whose_certificate_is_in_force_is_not_destroyed() {
    let fixture = Fixture::with_batch(1);
    let bound = fixture.make_unit(1);
    let (tess, sue) = (fixture.session("tess"), fixture.session("sue"));
    let number = fixture.store.unit(&sue, &bound).unwrap().certificates[0]
        .serial_number
        .clone();
    fixture.store.send_to_repair(&sue, &bound, "burnt").unwrap();
    let early = fixture.store.destroy(&tess, &sue, &bound, &crushed());
    let early = early.unwrap_err();
    assert_eq!(early.code, Code::UnitState);
    assert!(early.detail.contains(&number), "{early}");
    fixture
        .store
        .revocations(&tess)
        .revoke(&number, RevocationReason::CessationOfOperation)
        .unwrap();
    let destroyed = fixture.store.destroy(&tess, &sue, &bound, &crushed());
    destroyed.unwrap();
    let wiped =
        fixture
            .store
            .retirement(&tess)
            .retire(&bound, &crate::fixture::sealed(b"document"), true);
    assert_eq!(wiped.unwrap_err().code, Code::UnitState);
}

/// The same table once in the code and once in the database: every pair of states is tried
/// behind the code's back.
#[test]
fn the_database_knows_the_same_ways_as_the_code() {
    let fixture = Fixture::with_batch(1);
    let bound = quarantined(&fixture);
    let file = rusqlite::Connection::open(fixture.path()).unwrap();
    let set = |state: UnitState| {
        let sql = "UPDATE units SET state = ?1 WHERE serial = ?2";
        file.execute(sql, (state.text(), bound.as_str()))
    };
    let trigger: String = file
        .query_row(
            "SELECT sql FROM sqlite_schema WHERE name = 'unit_goes_its_way'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    for from in UnitState::ALL {
        for to in UnitState::ALL {
            file.execute_batch("DROP TRIGGER unit_goes_its_way")
                .unwrap();
            set(*from).unwrap();
            file.execute_batch(&trigger).unwrap();
            let allowed = from == to || cradle_records::ways(*from).contains(to);
            assert_eq!(set(*to).is_ok(), allowed, "{from} to {to}");
        }
    }
}

#[test]
fn a_scanned_serial_with_a_wrong_check_character_is_refused() {
    let fixture = Fixture::founded();
    let (ada, ben) = (fixture.session("ada"), fixture.session("ben"));
    let mut asked = request("b-1", 20);
    asked.serials.check = true;
    let refused = fixture
        .store
        .request_batch(&ada, asked.clone())
        .unwrap_err();
    assert_eq!(refused.code, Code::InputInvalid, "lower-case prefix");
    asked.serials.prefix = "B1-".into();
    fixture.store.request_batch(&ada, asked).unwrap();
    let id = batch_id("b-1");
    let approved = fixture.store.approve_batch(&ben, &id, &fixture.key);
    assert!(approved.unwrap().serials.check);
    fixture.store.open_batch(&ben, &id).unwrap();

    let mut ledger = fixture.ledger();
    let given = ledger.admit(SlotId(1), &uid(1), None).unwrap().serial;
    assert_eq!(given.as_str().len(), "B1-0001".len() + 1);
    ledger.conclude(&given, Verdict::Fail, None).unwrap();
    let mistyped = serial("B1-00011");
    let fault = ledger
        .admit(SlotId(2), &uid(2), Some(&mistyped))
        .unwrap_err();
    assert_eq!(fault.code, Code::SerialForm);
    let again = ledger.admit(SlotId(1), &uid(1), Some(&given)).unwrap();
    assert_eq!(again.serial, given);
    fixture.store.verify_database().unwrap();
}
