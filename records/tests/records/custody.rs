//! The chain of custody.

use cradle_procedure::fault::Code;
use cradle_procedure::ports::{
    RetirementLedger as _, RevocationLedger as _, RevocationReason, UnitState,
};
use cradle_records::Destruction;

use crate::fixture::Fixture;

#[test]
fn a_unit_changes_hands_only_from_who_has_it_to_who_is_there() {
    let fixture = Fixture::with_batch(1);
    let unit = fixture.make_unit(1);
    let [otto, tess, sue, ada] = ["otto", "tess", "sue", "ada"].map(|name| fixture.session(name));
    let give = |from, to| {
        fixture
            .store
            .hand_over(from, to, &unit, "gate 2", "seal 4711")
    };
    assert_eq!(give(&otto, &otto).unwrap_err().code, Code::OwnApproval);
    give(&otto, &tess).unwrap();
    let not_his = give(&otto, &sue).unwrap_err();
    assert_eq!(not_his.code, Code::UnitState);
    assert!(not_his.detail.contains("tess"), "{not_his}");
    let auditor = fixture.session("art");
    assert_eq!(give(&tess, &auditor).unwrap_err().code, Code::NotPermitted);
    let nowhere = fixture.store.hand_over(&tess, &sue, &unit, " ", "");
    assert_eq!(nowhere.unwrap_err().code, Code::InputInvalid);
    let unreadable = fixture
        .store
        .hand_over(&tess, &sue, &unit, "gate\u{7} 2", "");
    assert_eq!(unreadable.unwrap_err().code, Code::InputInvalid);
    // Tess has left the house.
    give(&ada, &sue).unwrap();
    let told = fixture.store.unit(&auditor, &unit).unwrap().custody;
    let hands = told
        .iter()
        .map(|it| (it.giver.as_str(), it.receiver.as_str()));
    assert_eq!(
        hands.collect::<Vec<_>>(),
        [("otto", "tess"), ("ada", "sue")]
    );
    assert_eq!((&*told[0].place, &*told[0].note), ("gate 2", "seal 4711"));
    let sessions = (told[0].giver_session, told[0].receiver_session);
    assert_eq!(sessions, (otto.id(), tess.id()));
    // So that the certificate of sanitization tells it.
    let earlier = fixture.store.retirement(&tess).earlier(&unit).unwrap();
    assert_eq!(earlier.custody, told);
    fixture.store.verify_database().unwrap();
}

#[test]
fn a_unit_that_died_in_service_is_destroyed_by_who_has_it_once_it_is_revoked() {
    let fixture = Fixture::with_batch(1);
    let unit = fixture.make_unit(1);
    let [tess, otto, sue] = ["tess", "otto", "sue"].map(|name| fixture.session(name));
    let give = |from, to| fixture.store.hand_over(from, to, &unit, "workshop", "");
    give(&tess, &otto).unwrap();
    let shredded = Destruction {
        reason: "does not start; shredded".to_owned(),
        evidence: None,
    };
    let destroy = || fixture.store.destroy(&tess, &sue, &unit, &shredded);
    let in_force = destroy().unwrap_err();
    assert!(in_force.detail.contains("not revoked"), "{in_force}");
    let number = &fixture.store.unit(&sue, &unit).unwrap().certificates[0].serial_number;
    let mut revocations = fixture.store.revocations(&tess);
    let reason = RevocationReason::CessationOfOperation;
    revocations.revoke(number, reason).unwrap();
    let not_hers = destroy().unwrap_err();
    assert_eq!(not_hers.code, Code::UnitState);
    assert!(not_hers.detail.contains("otto has"), "{not_hers}");
    give(&otto, &tess).unwrap();
    destroy().unwrap();
    let end = fixture.store.unit(&sue, &unit).unwrap();
    assert_eq!(end.unit.state, UnitState::Destroyed);
    fixture.store.verify_database().unwrap();
}
