use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::SlotId;
use cradle_procedure::ports::{
    History, IssuanceLedger as _, Ledger as _, RetirementLedger as _, RevocationLedger as _,
    RevocationReason, StepLog as _, UnitState,
};
use cradle_procedure::step::{Outcome, StepId, Verdict};

use crate::fixture::{Fixture, batch_id, certificate, done, sealed, serial, subject, uid, work};

#[test]
fn serials_follow_the_batch_and_skip_those_that_were_scanned() {
    let fixture = Fixture::with_batch(5);
    let mut ledgers: Vec<_> = (0..3).map(|_| fixture.ledger()).collect();
    let scanned = serial("b-1-0002");
    let serials: Vec<_> = [(1, Some(&scanned)), (2, None), (3, None)]
        .into_iter()
        .zip(&mut ledgers)
        .map(|((n, scanned), ledger)| {
            let admission = ledger.admit(SlotId(n.into()), &uid(n), scanned).unwrap();
            assert_eq!(admission.history, History::New);
            admission.serial.to_string()
        })
        .collect();
    assert_eq!(serials, ["b-1-0002", "b-1-0001", "b-1-0003"]);
}

#[test]
fn a_finished_chip_is_not_admitted_again() {
    let fixture = Fixture::with_batch(5);
    fixture.make_unit(1);
    let fault = fixture
        .ledger()
        .admit(SlotId(1), &uid(1), None)
        .unwrap_err();
    assert_eq!(fault.code, Code::UidKnown);
    assert!(fault.detail.contains("b-1-0001"), "{fault}");
}

#[test]
fn a_chip_of_another_batch_is_not_admitted() {
    let fixture = Fixture::with_batch(5);
    fixture.open_batch("b-2", 5);
    let mut ledger = fixture.ledger();
    ledger.admit(SlotId(1), &uid(1), None).unwrap();
    drop(ledger);
    let fault = fixture
        .store
        .unit_ledger(&fixture.session("otto"), &batch_id("b-2"))
        .admit(SlotId(1), &uid(1), None)
        .unwrap_err();
    assert_eq!(fault.code, Code::UidKnown);
}

#[test]
fn a_serial_stays_with_its_chip() {
    let fixture = Fixture::with_batch(5);
    let mut ledger = fixture.ledger();
    let bound = ledger.admit(SlotId(1), &uid(1), None).unwrap().serial;
    let other_chip = fixture
        .ledger()
        .admit(SlotId(2), &uid(2), Some(&bound))
        .unwrap_err();
    assert_eq!(other_chip.code, Code::SerialMismatch);
    let other_serial = ledger
        .admit(SlotId(1), &uid(1), Some(&serial("b-1-0004")))
        .unwrap_err();
    assert_eq!(other_serial.code, Code::SerialMismatch);
}

#[test]
fn one_chip_identifier_in_two_slots_is_a_clone() {
    let fixture = Fixture::with_batch(5);
    let mut ledger = fixture.ledger();
    ledger.admit(SlotId(1), &uid(1), None).unwrap();
    let fault = fixture
        .ledger()
        .admit(SlotId(2), &uid(1), None)
        .unwrap_err();
    assert_eq!(fault.code, Code::UidKnown);
    let bound = serial("b-1-0001");
    ledger.conclude(&bound, Verdict::Fail, None).unwrap();
    fixture.ledger().admit(SlotId(2), &uid(1), None).unwrap();
}

#[test]
fn a_durable_intent_is_seen_after_reopening() {
    let fixture = Fixture::with_batch(5);
    let mut ledger = fixture.ledger();
    let bound = ledger.admit(SlotId(1), &uid(1), None).unwrap().serial;
    for step in [StepId::FlashBootloader, StepId::MakeKey] {
        work(&mut ledger, &bound, step);
    }
    ledger
        .intent(&bound, StepId::BurnRootKey, "32 bytes at block 0")
        .unwrap();
    drop(ledger);

    let fixture = fixture.reopened();
    let mut ledger = fixture.ledger();
    let admission = ledger.admit(SlotId(3), &uid(1), None).unwrap();
    assert_eq!(admission.serial, bound);
    assert_eq!(
        admission.history,
        History::Begun(vec![
            StepId::FlashBootloader,
            StepId::MakeKey,
            StepId::BurnRootKey
        ])
    );
    let history = fixture.store.unit(&fixture.session("art"), &bound).unwrap();
    let [interrupted, present] = &history.runs[..] else {
        panic!("{:?}", history.runs);
    };
    assert_eq!(interrupted.verdict, None);
    assert!(interrupted.ended_ms.is_some());
    assert_eq!(interrupted.intents.len(), 3);
    assert_eq!(interrupted.steps.len(), 2);
    assert_eq!(present.slot, Some(SlotId(3)));
    assert_eq!(present.ended_ms, None);
}

#[test]
fn a_unit_that_was_bound_and_not_touched_is_new() {
    let fixture = Fixture::with_batch(5);
    let bound = fixture.ledger().admit(SlotId(1), &uid(1), None).unwrap();
    let again = fixture.ledger().admit(SlotId(1), &uid(1), None).unwrap();
    assert_eq!(again, bound);
}

#[test]
fn nothing_is_written_down_for_a_unit_that_is_not_being_worked_on() {
    let fixture = Fixture::with_batch(5);
    let mut ledger = fixture.ledger();
    let bound = ledger.admit(SlotId(1), &uid(1), None).unwrap().serial;
    let mut other_session = fixture.ledger();
    for fault in [
        other_session
            .intent(&bound, StepId::MakeKey, "")
            .unwrap_err(),
        other_session
            .outcome(&bound, &done(StepId::MakeKey))
            .unwrap_err(),
        other_session
            .conclude(&bound, Verdict::Fail, None)
            .unwrap_err(),
    ] {
        assert_eq!(fault.code, Code::UnitState);
    }
    ledger.intent(&bound, StepId::MakeKey, "").unwrap();
}

#[test]
fn a_pass_needs_a_certificate() {
    let fixture = Fixture::with_batch(5);
    let mut ledger = fixture.ledger();
    let bound = ledger.admit(SlotId(1), &uid(1), None).unwrap().serial;
    let fault = ledger.conclude(&bound, Verdict::Pass, None).unwrap_err();
    assert_eq!(fault.code, Code::UnitState);
}

#[test]
fn a_quarantined_unit_stays_out() {
    let fixture = Fixture::with_batch(5);
    let mut ledger = fixture.ledger();
    let bound = ledger.admit(SlotId(1), &uid(1), None).unwrap().serial;
    let fault = Fault::new(Code::BurnFailed, "block 0");
    ledger
        .conclude(&bound, Verdict::Quarantine, Some(&fault))
        .unwrap();
    let refused = ledger.admit(SlotId(1), &uid(1), None).unwrap_err();
    assert_eq!(refused.code, Code::UidKnown);
    let units = fixture
        .store
        .units(&fixture.session("sue"), &batch_id("b-1"))
        .unwrap();
    assert_eq!(units[0].state, UnitState::Quarantined);
    assert_eq!(units[0].code.as_deref(), Some("DEV-10"));
}

#[test]
fn no_more_units_are_begun_than_the_quota_can_finish() {
    let fixture = Fixture::with_batch(2);
    let mut first = fixture.ledger();
    let bound = first.admit(SlotId(1), &uid(1), None).unwrap().serial;
    let mut second = fixture.ledger();
    second.admit(SlotId(2), &uid(2), None).unwrap();
    let mut third = fixture.ledger();
    let fault = third.admit(SlotId(3), &uid(3), None).unwrap_err();
    assert_eq!(fault.code, Code::BatchExhausted);
    // The refused unit took no serial, and a failed one makes room.
    first.conclude(&bound, Verdict::Fail, None).unwrap();
    let admission = third.admit(SlotId(3), &uid(3), None).unwrap();
    assert_eq!(admission.serial.as_str(), "b-1-0003");
}

#[test]
fn a_counted_unit_is_finished_when_the_quota_is_used_up() {
    let fixture = Fixture::with_batch(1);
    let session = fixture.session("otto");
    let mut ledger = fixture.store.unit_ledger(&session, &batch_id("b-1"));
    let bound = ledger.admit(SlotId(1), &uid(1), None).unwrap().serial;
    work(&mut ledger, &bound, StepId::Issue);
    let subject = subject(&bound, 1, 1);
    fixture
        .store
        .issuance(&session)
        .issue(&subject, &mut || Ok(certificate(&subject)))
        .unwrap();
    drop(ledger);

    let mut ledger = fixture.ledger();
    assert_eq!(ledger.authorize().unwrap().left, 0);
    ledger.admit(SlotId(1), &uid(1), None).unwrap();
    assert_eq!(
        ledger.certificate(&bound).unwrap(),
        Some(certificate(&subject))
    );
    ledger.conclude(&bound, Verdict::Pass, None).unwrap();
    let fault = ledger.authorize().unwrap_err();
    assert_eq!(fault.code, Code::BatchExhausted);
}

#[test]
fn an_outcome_is_kept_however_much_a_device_says() {
    let fixture = Fixture::with_batch(1);
    let mut ledger = fixture.ledger();
    let bound = ledger.admit(SlotId(1), &uid(1), None).unwrap().serial;
    let mut report = done(StepId::BurnRootKey);
    report.detail = "ä\u{1}".repeat(1_000_000);
    ledger.outcome(&bound, &report).unwrap();
    let history = fixture.store.unit(&fixture.session("art"), &bound).unwrap();
    assert!(history.runs[0].steps[0].detail.len() <= 4096);
}

#[test]
fn the_list_shows_the_latest_outcome_of_each_step() {
    let fixture = Fixture::with_batch(1);
    let mut ledger = fixture.ledger();
    let bound = ledger.admit(SlotId(1), &uid(1), None).unwrap().serial;
    let failed = cradle_procedure::step::StepReport {
        outcome: Outcome::Failed,
        verification: None,
        code: Some("DEV-07".into()),
        ..done(StepId::FlashBootloader)
    };
    ledger.outcome(&bound, &failed).unwrap();
    ledger.conclude(&bound, Verdict::Fail, None).unwrap();
    ledger.admit(SlotId(2), &uid(1), None).unwrap();
    work(&mut ledger, &bound, StepId::FlashBootloader);
    let units = fixture
        .store
        .units(&fixture.session("otto"), &batch_id("b-1"))
        .unwrap();
    assert_eq!(units.len(), 1);
    assert_eq!(units[0].slot, Some(SlotId(2)));
    assert_eq!(units[0].steps, [done(StepId::FlashBootloader)]);
}

#[test]
fn a_unit_is_decommissioned_only_when_it_is_complete_and_revoked() {
    let fixture = Fixture::with_batch(1);
    let bound = fixture.make_unit(1);
    let tess = fixture.session("tess");
    let mut ledger = fixture.store.retirement(&tess);
    let record = ledger.unit(&bound).unwrap();
    assert_eq!(record.state, UnitState::Provisioned);
    assert_eq!(record.product, "sensor");
    let number = record.certificate.unwrap().serial_number;
    ledger
        .intent(&bound, StepId::MassErase, "RDP 1 to 0")
        .unwrap();
    ledger.outcome(&bound, &done(StepId::MassErase)).unwrap();

    let document = sealed(b"document");
    let early = ledger.retire(&bound, &document, true).unwrap_err();
    assert_eq!(early.code, Code::UnitState);
    ledger.retire(&bound, &document, false).unwrap();
    assert_eq!(ledger.unit(&bound).unwrap().state, UnitState::Provisioned);

    let reason = RevocationReason::CessationOfOperation;
    fixture
        .store
        .revocations(&tess)
        .revoke(&number, reason)
        .unwrap();
    ledger.retire(&bound, &document, true).unwrap();
    let record = ledger.unit(&bound).unwrap();
    assert_eq!(record.state, UnitState::Decommissioned);
    // What proved its identity stays on record.
    assert_eq!(record.certificate.unwrap().serial_number, number);
    let again = ledger.retire(&bound, &document, true).unwrap_err();
    assert_eq!(again.code, Code::UnitState);

    let history = fixture.store.unit(&tess, &bound).unwrap();
    let journeys: Vec<_> = history
        .runs
        .iter()
        .map(|run| (run.journey.as_str(), run.verdict, run.steps.len()))
        .collect();
    assert_eq!(
        journeys,
        [
            ("provision", Some(Verdict::Pass), 1),
            ("decommission", Some(Verdict::Fail), 1),
            ("decommission", Some(Verdict::Pass), 0),
        ]
    );
    assert_eq!(history.documents.len(), 2);
}

#[test]
fn only_a_technician_retires() {
    let fixture = Fixture::with_batch(1);
    let bound = fixture.make_unit(1);
    let fault = fixture
        .store
        .retirement(&fixture.session("ada"))
        .retire(&bound, &sealed(b""), true)
        .unwrap_err();
    assert_eq!(fault.code, Code::NotPermitted);
    let fault = fixture
        .store
        .retirement(&fixture.session("tess"))
        .unit(&serial("b-1-9999"))
        .unwrap_err();
    assert_eq!(fault.code, Code::UnitUnknown);
}
