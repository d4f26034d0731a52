use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::SlotId;
use cradle_procedure::ports::{Ledger as _, Signer as _, StepLog as _};
use cradle_procedure::step::{Outcome, StepId, Verdict};
use cradle_records::BatchState;

use crate::fixture::{DAY, Fixture, Key, batch_id, done, release, request, serial, uid};

#[test]
fn nobody_approves_their_own_batch() {
    let fixture = Fixture::founded();
    let ada = fixture.session("ada");
    fixture
        .store
        .request_batch(&ada, request("b-1", 3))
        .unwrap();
    let fault = fixture
        .store
        .approve_batch(&ada, &batch_id("b-1"), &fixture.key)
        .unwrap_err();
    assert_eq!(fault.code, Code::OwnApproval);
}

#[test]
fn an_admins_batch_needs_one_more_name() {
    let fixture = Fixture::founded();
    let (ada, ben) = (fixture.session("ada"), fixture.session("ben"));
    let id = batch_id("b-1");
    fixture
        .store
        .request_batch(&ada, request("b-1", 3))
        .unwrap();
    let early = fixture.store.open_batch(&ada, &id).unwrap_err();
    assert_eq!(early.code, Code::BatchState);
    let batch = fixture
        .store
        .approve_batch(&ben, &id, &fixture.key)
        .unwrap();
    assert_eq!(batch.state, BatchState::Approved);
    assert_eq!(
        batch.manifest,
        cradle_procedure::ids::Sha256::of(b"manifest")
    );
    let batch = fixture.store.open_batch(&ada, &id).unwrap();
    assert_eq!(batch.state, BatchState::Open);
    let batch = fixture.store.close_batch(&ada, &id).unwrap();
    assert_eq!(batch.state, BatchState::Closed);
}

#[test]
fn a_supervisors_batch_needs_two_names_and_one_admin_is_one() {
    let fixture = Fixture::founded();
    let (sue, ada, ben) = (
        fixture.session("sue"),
        fixture.session("ada"),
        fixture.session("ben"),
    );
    let id = batch_id("b-1");
    fixture
        .store
        .request_batch(&sue, request("b-1", 3))
        .unwrap();
    let batch = fixture
        .store
        .approve_batch(&ada, &id, &fixture.key)
        .unwrap();
    assert_eq!(batch.state, BatchState::Draft);
    let twice = fixture
        .store
        .approve_batch(&ada, &id, &fixture.key)
        .unwrap_err();
    assert_eq!(twice.code, Code::BatchState);
    let batch = fixture
        .store
        .approve_batch(&ben, &id, &fixture.key)
        .unwrap();
    assert_eq!(batch.state, BatchState::Approved);
    assert_eq!(batch.approved_by.len(), 2);
}

#[test]
fn roles_that_may_not_are_refused() {
    let fixture = Fixture::founded();
    let id = batch_id("b-1");
    let (otto, sue, ada) = (
        fixture.session("otto"),
        fixture.session("sue"),
        fixture.session("ada"),
    );
    let request = || request("b-1", 3);
    let asked = fixture.store.request_batch(&otto, request()).unwrap_err();
    assert_eq!(asked.code, Code::NotPermitted);
    fixture.store.request_batch(&ada, request()).unwrap();
    let approved = fixture
        .store
        .approve_batch(&sue, &id, &fixture.key)
        .unwrap_err();
    assert_eq!(approved.code, Code::NotPermitted);
    let imported = fixture.store.import_release(&sue, release()).unwrap_err();
    assert_eq!(imported.code, Code::NotPermitted);
}

#[test]
fn a_batch_of_a_release_that_is_not_on_record_is_refused() {
    let fixture = Fixture::founded();
    let mut request = request("b-1", 3);
    request.release = cradle_procedure::ids::ReleaseId::new("sensor-9").unwrap();
    let ada = fixture.session("ada");
    let fault = fixture.store.request_batch(&ada, request).unwrap_err();
    assert_eq!(fault.code, Code::BatchMismatch);
}

#[test]
fn a_serial_scheme_must_hold_the_quota() {
    let fixture = Fixture::founded();
    let ada = fixture.session("ada");
    let mut request = request("b-1", 10);
    request.serials.first = 9_991;
    let fault = fixture
        .store
        .request_batch(&ada, request.clone())
        .unwrap_err();
    assert_eq!(fault.code, Code::InputInvalid);
    request.serials.first = 9_990;
    fixture.store.request_batch(&ada, request).unwrap();
}

#[test]
fn a_release_keeps_its_manifest() {
    let fixture = Fixture::founded();
    let ada = fixture.session("ada");
    fixture.store.import_release(&ada, release()).unwrap();
    assert_eq!(fixture.store.releases(&ada).unwrap().len(), 1);
    let mut altered = release();
    altered.manifest.push(0);
    let fault = fixture.store.import_release(&ada, altered).unwrap_err();
    assert_eq!(fault.code, Code::ReleaseAltered);
}

#[test]
fn a_ticket_signed_by_another_key_is_not_made() {
    let fixture = Fixture::founded();
    let (ada, ben) = (fixture.session("ada"), fixture.session("ben"));
    fixture
        .store
        .request_batch(&ada, request("b-1", 3))
        .unwrap();
    let fault = fixture
        .store
        .approve_batch(&ben, &batch_id("b-1"), &Key::new(9))
        .unwrap_err();
    assert_eq!(fault.code, Code::TokenKey);
}

#[test]
fn terms_edited_in_the_file_are_found_before_a_unit_is_made() {
    for edit in [
        "UPDATE batches SET quota = 1000",
        "UPDATE batches SET valid_until_ms = valid_until_ms + 1",
        "UPDATE batches SET manifest_sha256 = replace(manifest_sha256, 'a', 'b')",
        "UPDATE batches SET ticket = NULL",
        "UPDATE batches SET requested_by = 'sue'",
        "DELETE FROM approvals",
    ] {
        let fixture = Fixture::with_batch(3);
        fixture.ledger().authorize().unwrap();
        fixture.tamper(edit);
        let fault = fixture.ledger().authorize().unwrap_err();
        assert_eq!(fault.code, Code::TicketInvalid, "{edit}");
    }
}

#[test]
fn a_draft_opened_in_the_file_makes_no_unit() {
    let fixture = Fixture::founded();
    let ada = fixture.session("ada");
    fixture
        .store
        .request_batch(&ada, request("b-1", 3))
        .unwrap();
    let fault = fixture.ledger().authorize().unwrap_err();
    assert_eq!(fault.code, Code::BatchNotOpen);
    fixture.tamper("UPDATE batches SET state = 'open'");
    let fault = fixture.ledger().authorize().unwrap_err();
    assert_eq!(fault.code, Code::TicketInvalid);
}

#[test]
fn a_batch_ends_with_its_last_day() {
    let fixture = Fixture::with_batch(3);
    fixture.pass(30 * DAY);
    fixture.ledger().authorize().unwrap();
    fixture.pass(1);
    let fault = fixture.ledger().authorize().unwrap_err();
    assert_eq!(fault.code, Code::BatchExpired);
}

#[test]
fn without_the_audit_key_nothing_is_authorized() {
    let fixture = Fixture::with_batch(3);
    let mut options = crate::fixture::options(&fixture.key);
    options.audit_key = Some(Key::new(9).public_key().to_vec());
    for audit_key in [None, options.audit_key.clone()] {
        options.audit_key = audit_key;
        let store =
            cradle_records::Store::open(fixture.path(), || crate::fixture::NOW, options.clone())
                .unwrap();
        let session = fixture.session("otto");
        let fault = store
            .unit_ledger(&session, &batch_id("b-1"))
            .authorize()
            .unwrap_err();
        assert_eq!(fault.code, Code::TicketInvalid);
    }
}

#[test]
fn a_paused_batch_lets_nobody_in_until_it_goes_on() {
    let fixture = Fixture::with_batch(2);
    let (sue, id) = (fixture.session("sue"), batch_id("b-1"));
    let batch = fixture.store.pause_batch(&sue, &id).unwrap();
    assert_eq!(batch.state, BatchState::Paused);
    let fault = fixture.ledger().authorize().unwrap_err();
    assert_eq!(fault.code, Code::BatchNotOpen);
    fixture.store.pause_batch(&sue, &id).unwrap_err();
    fixture.store.resume_batch(&sue, &id).unwrap();
    fixture.make_unit(1);
    let otto = fixture.session("otto");
    let refused = fixture.store.pause_batch(&otto, &id).unwrap_err();
    assert_eq!(refused.code, Code::NotPermitted);
}

#[test]
fn a_batch_is_closed_only_when_every_unit_is_finished_or_set_aside_with_a_reason() {
    let fixture = Fixture::with_batch(4);
    let (sue, id) = (fixture.session("sue"), batch_id("b-1"));
    fixture.make_unit(1);
    let mut ledger = fixture.ledger();
    let begun = ledger.admit(SlotId(2), &uid(2), None).unwrap().serial;
    ledger.conclude(&begun, Verdict::Fail, None).unwrap();
    let odd = ledger.admit(SlotId(3), &uid(3), None).unwrap().serial;
    ledger.conclude(&odd, Verdict::Quarantine, None).unwrap();

    let fault = fixture.store.close_batch(&sue, &id).unwrap_err();
    assert_eq!(fault.code, Code::BatchState);
    assert!(fault.detail.ends_with("b-1-0002, b-1-0003"), "{fault}");
    let silent = fixture.store.set_aside(&sue, &begun, "  ").unwrap_err();
    assert_eq!(silent.code, Code::InputInvalid);
    let otto = fixture.session("otto");
    let refused = fixture.store.set_aside(&otto, &begun, "dropped");
    assert_eq!(refused.unwrap_err().code, Code::NotPermitted);
    fixture.store.set_aside(&sue, &begun, "dropped").unwrap();
    fixture.store.close_batch(&sue, &id).unwrap_err();
    fixture.store.set_aside(&sue, &odd, "odd smell").unwrap();
    let made = fixture.store.set_aside(&sue, &serial("b-1-0001"), "spare");
    assert_eq!(made.unwrap_err().code, Code::UnitState);
    fixture.store.close_batch(&sue, &id).unwrap();
    fixture.store.check().unwrap();
}

#[test]
fn a_report_counts_what_was_made_short_reworked_and_set_aside() {
    let fixture = Fixture::with_batch(4);
    fixture.make_unit(1);
    let mut ledger = fixture.ledger();
    let begun = ledger.admit(SlotId(2), &uid(2), None).unwrap().serial;
    let mut failed = done(StepId::BurnRootKey);
    failed.outcome = Outcome::Failed;
    ledger.outcome(&begun, &failed).unwrap();
    ledger.conclude(&begun, Verdict::Fail, None).unwrap();
    fixture.make_unit(2);
    let odd = ledger.admit(SlotId(3), &uid(3), None).unwrap().serial;
    let fault = Fault::new(Code::BurnFailed, "bit 3");
    ledger
        .conclude(&odd, Verdict::Quarantine, Some(&fault))
        .unwrap();

    let report = fixture
        .store
        .batch_report(&fixture.session("art"), &batch_id("b-1"))
        .unwrap();
    assert_eq!(
        (report.begun, report.short, report.over),
        (3, 2, 0),
        "{report:?}"
    );
    assert_eq!((report.first_pass, report.reworked), (1, 1));
    assert_eq!(report.failures, [("burn-root-key".to_owned(), 1)]);
    let (set_aside, reason) = &report.set_aside[0];
    assert_eq!(set_aside, "b-1-0003");
    assert!(reason.as_ref().unwrap().starts_with("DEV-10: "));
}

/// Otherwise it would keep a place of the quota for ever.
#[test]
fn a_unit_set_aside_in_the_middle_of_its_work_gives_its_place_free() {
    let fixture = Fixture::with_batch(1);
    let begun = fixture.ledger().admit(SlotId(1), &uid(1), None).unwrap();
    let full = fixture
        .ledger()
        .admit(SlotId(2), &uid(2), None)
        .unwrap_err();
    assert_eq!(full.code, Code::BatchExhausted);
    let sue = fixture.session("sue");
    fixture
        .store
        .set_aside(&sue, &begun.serial, "dropped")
        .unwrap();
    fixture.make_unit(2);
}
