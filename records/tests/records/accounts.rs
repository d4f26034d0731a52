//! What becomes of accounts and sessions after they were made.

use cradle_procedure::fault::Code;
use cradle_procedure::ids::{Sha256, SlotId};
use cradle_procedure::ports::{Ledger as _, Signer as _};
use cradle_procedure::role::Role;
use cradle_procedure::step::StepId;
use cradle_records::{PersonChange, Session};

use crate::fixture::{
    Fixture, GIVEN, Key, PASSWORD, batch_id, given, name, release, station, uid, work,
};

const MINUTE: u64 = 60_000;

fn sign_in(fixture: &Fixture, person: &str, password: &str) -> Result<Session, Code> {
    fixture
        .store
        .sign_in(&name(person), password, &station())
        .map_err(|fault| fault.code)
}

fn events(fixture: &Fixture, event: &str) -> u64 {
    let auditor = fixture.session("art");
    let filter = format!("\"event\":\"{event}\"");
    fixture
        .store
        .audit_page(&auditor, 0, 1, &filter)
        .unwrap()
        .matching
}

#[test]
fn a_temporary_password_opens_nothing_but_its_change() {
    let fixture = Fixture::founded();
    let pat = name("pat");
    fixture
        .store
        .add_operator(&fixture.session("ada"), given(&pat), Role::Operator)
        .unwrap();
    assert_eq!(
        sign_in(&fixture, "pat", GIVEN),
        Err(Code::TemporaryPassword)
    );
    // Whoever has not even the temporary one learns nothing of it.
    assert_eq!(sign_in(&fixture, "pat", "wrong"), Err(Code::SignInRefused));
    let change = |old: &str, new: &str| {
        fixture
            .store
            .change_password(&pat, old, new, &station())
            .map_err(|fault| fault.code)
    };
    assert_eq!(change("wrong", PASSWORD), Err(Code::SignInRefused));
    assert_eq!(change(GIVEN, GIVEN), Err(Code::WeakPassword));
    assert_eq!(change(GIVEN, "short"), Err(Code::WeakPassword));
    assert_eq!(
        sign_in(&fixture, "pat", GIVEN),
        Err(Code::TemporaryPassword)
    );
    change(GIVEN, PASSWORD).unwrap();
    sign_in(&fixture, "pat", PASSWORD).unwrap();
    assert_eq!(sign_in(&fixture, "pat", GIVEN), Err(Code::SignInRefused));
    assert_eq!(events(&fixture, "operator.password-changed"), 5);
    fixture.store.check().unwrap();
}

#[test]
fn guessing_by_way_of_a_password_change_waits_like_a_sign_in() {
    let fixture = Fixture::founded();
    let change = |old: &str| {
        fixture
            .store
            .change_password(&name("otto"), old, "another tram over seven", &station())
            .unwrap_err()
            .code
    };
    for _ in 0..3 {
        assert_eq!(change("wrong"), Code::SignInRefused);
    }
    assert_eq!(change(PASSWORD), Code::AccountLocked);
    assert_eq!(
        sign_in(&fixture, "otto", PASSWORD),
        Err(Code::AccountLocked)
    );
}

#[test]
fn a_reset_ends_sessions_and_makes_the_password_temporary() {
    let fixture = Fixture::founded();
    let (admin, otto) = (fixture.session("ada"), fixture.session("otto"));
    fixture
        .store
        .reset_password(&admin, given(&name("otto")))
        .unwrap();
    let fault = fixture.store.batches(&otto).unwrap_err();
    assert_eq!(fault.code, Code::SessionEnded);
    assert_eq!(
        sign_in(&fixture, "otto", PASSWORD),
        Err(Code::SignInRefused)
    );
    assert_eq!(
        sign_in(&fixture, "otto", GIVEN),
        Err(Code::TemporaryPassword)
    );
}

#[test]
fn one_admin_alone_cannot_become_a_second_person() {
    let fixture = Fixture::founded();
    let ada = fixture.session("ada");
    let changes = [
        ("ben", PersonChange::ResetPassword),
        ("otto", PersonChange::SetRole(Role::Supervisor)),
        ("sue", PersonChange::Enable),
        ("tess", PersonChange::EnrolCard(Sha256::of(b"card"))),
        ("eve", PersonChange::Add(Role::SecurityAdmin)),
    ];
    for (person, change) in changes {
        let asked = fixture.store.ask_for_change(&ada, &name(person), change);
        let request = asked.unwrap().unwrap();
        let own = fixture
            .store
            .approve_request(&ada, request.id, &fixture.key)
            .unwrap_err();
        assert_eq!(own.code, Code::OwnApproval);
        // Asked again, it is the same request that waits.
        let again = fixture.store.ask_for_change(&ada, &name(person), change);
        assert_eq!(again.unwrap().unwrap().id, request.id);
    }
    let store = &fixture.store;
    let attempts = [
        store.reset_password(&ada, given(&name("ben"))),
        store
            .set_role(&ada, &name("otto"), Role::Supervisor)
            .map(|_| ()),
        store.enable_operator(&ada, &name("sue")),
        store.add_operator(&ada, given(&name("eve")), Role::SecurityAdmin),
    ];
    for attempt in attempts {
        assert_eq!(attempt.unwrap_err().code, Code::RequestState);
    }
    // Those who are never the second person take one admin.
    let asked = store.ask_for_change(&ada, &name("otto"), PersonChange::ResetPassword);
    assert_eq!(asked.unwrap(), None);
}

#[test]
fn a_supervisor_confirms_but_not_a_change_to_the_own_account() {
    let fixture = Fixture::founded();
    let ada = fixture.session("ada");
    let (ben, sue) = (name("ben"), name("sue"));
    let ask = |who, change| {
        let asked = fixture.store.ask_for_change(&ada, who, change);
        asked.unwrap().unwrap().id
    };
    let approve = |id| {
        let session = fixture.session("sue");
        fixture.store.approve_request(&session, id, &fixture.key)
    };
    let own = ask(&sue, PersonChange::SetRole(Role::SecurityAdmin));
    assert_eq!(approve(own).unwrap_err().code, Code::OwnApproval);
    approve(ask(&ben, PersonChange::ResetPassword)).unwrap();
    fixture.store.reset_password(&ada, given(&ben)).unwrap();
    // The approval served once.
    let again = fixture.store.reset_password(&ada, given(&ben)).unwrap_err();
    assert_eq!(again.code, Code::RequestState);
}

#[test]
fn a_disabled_person_is_out_at_once_and_a_new_role_needs_a_new_session() {
    let fixture = Fixture::founded();
    let (ada, otto) = (fixture.session("ada"), fixture.session("otto"));
    fixture.store.disable_operator(&ada, &name("otto")).unwrap();
    let fault = fixture.store.batches(&otto).unwrap_err();
    assert_eq!(fault.code, Code::SessionEnded);
    assert_eq!(
        sign_in(&fixture, "otto", PASSWORD),
        Err(Code::AccountDisabled)
    );
    assert_eq!(sign_in(&fixture, "otto", "wrong"), Err(Code::SignInRefused));
    fixture.store.enable_operator(&ada, &name("otto")).unwrap();
    let otto = fixture.session("otto");
    fixture
        .store
        .set_role(&ada, &name("otto"), Role::Auditor)
        .unwrap();
    assert_eq!(
        fixture.store.batches(&otto).unwrap_err().code,
        Code::SessionEnded
    );
    assert_eq!(fixture.session("otto").role(), Role::Auditor);
    fixture.store.check().unwrap();
}

#[test]
fn the_last_security_admin_stays() {
    let fixture = Fixture::founded();
    let ada = fixture.session("ada");
    let store = &fixture.store;
    assert_eq!(store.disable_operator(&ada, &name("ben")).unwrap(), 1);
    let fault = store.disable_operator(&ada, &name("ada")).unwrap_err();
    assert_eq!(fault.code, Code::LastAdmin);
    let fault = store
        .set_role(&ada, &name("ada"), Role::Operator)
        .unwrap_err();
    assert_eq!(fault.code, Code::LastAdmin);
    // Nothing of it was done, and that it was refused is on record.
    store.operators(&ada).unwrap();
    assert_eq!(events(&fixture, "refused"), 2);
}

#[test]
fn an_admin_who_never_chose_a_password_does_not_count_as_left() {
    let fixture = Fixture::founded();
    let ada = fixture.session("ada");
    let ben = name("ben");
    let asked = fixture
        .store
        .ask_for_change(&ada, &ben, PersonChange::ResetPassword);
    fixture.approve(asked.unwrap(), "sue");
    fixture.store.reset_password(&ada, given(&ben)).unwrap();
    let fault = fixture
        .store
        .disable_operator(&ada, &name("ada"))
        .unwrap_err();
    assert_eq!(fault.code, Code::LastAdmin);
}

#[test]
fn an_idle_session_ends_and_that_is_on_record() {
    let fixture = Fixture::founded();
    let ada = fixture.session("ada");
    fixture.pass(15 * MINUTE);
    fixture.store.operators(&ada).unwrap();
    fixture.pass(15 * MINUTE + 1);
    let fault = fixture.store.operators(&ada).unwrap_err();
    assert_eq!(fault.code, Code::SessionEnded);
    assert_eq!(events(&fixture, "session.expired"), 1);
    let records = fixture
        .store
        .sessions(&fixture.session("art"), 100)
        .unwrap();
    let record = records.iter().find(|record| record.id == ada.id()).unwrap();
    assert!(record.ended_ms.is_some());
    fixture.store.check().unwrap();
}

#[test]
fn a_session_in_use_ends_after_twelve_hours() {
    let fixture = Fixture::founded();
    let ada = fixture.session("ada");
    for _ in 0..12 * 6 {
        fixture.pass(10 * MINUTE);
        fixture.store.operators(&ada).unwrap();
    }
    fixture.pass(10 * MINUTE);
    let fault = fixture.store.operators(&ada).unwrap_err();
    assert_eq!(fault.code, Code::SessionEnded);
}

#[test]
fn a_unit_under_way_is_carried_through_however_long_it_takes() {
    let fixture = Fixture::with_batch(1);
    let session = fixture.session("otto");
    let mut ledger = fixture.store.unit_ledger(&session, &batch_id("b-1"));
    ledger.authorize().unwrap();
    let serial = ledger.admit(SlotId(1), &uid(1), None).unwrap().serial;
    fixture.pass(13 * 60 * MINUTE);
    work(&mut ledger, &serial, StepId::BurnRootKey);
    drop(ledger);
    // With the unit out of hand the session is over.
    let fault = fixture.store.batches(&session).unwrap_err();
    assert_eq!(fault.code, Code::SessionEnded);
}

#[test]
fn a_release_key_that_two_people_did_not_let_in_signs_no_release() {
    let fixture = Fixture::founded();
    let ada = fixture.session("ada");
    let other = Key::new(2);
    let mut unknown = release();
    unknown.id = "sensor-2.0.0".parse().unwrap();
    unknown.root_key = Sha256::of(other.public_key());
    let import = || {
        fixture
            .store
            .import_release(&ada, unknown.clone())
            .map_err(|fault| fault.code)
    };
    assert_eq!(import(), Err(Code::ReleaseKeyUnknown));
    let asked = fixture
        .store
        .ask_to_trust_key(&ada, other.public_key())
        .unwrap();
    let alone = fixture
        .store
        .trust_release_key(&ada, other.public_key())
        .unwrap_err();
    assert_eq!(alone.code, Code::RequestState);
    fixture.approve(asked, "ben");
    fixture
        .store
        .trust_release_key(&ada, other.public_key())
        .unwrap();
    import().unwrap();
    assert_eq!(
        fixture
            .store
            .ask_to_trust_key(&ada, other.public_key())
            .unwrap(),
        None
    );
}

#[test]
fn a_changed_configuration_file_leaves_an_entry_and_the_same_one_does_not() {
    let fixture = Fixture::founded();
    let note = |text: &[u8]| {
        fixture
            .store
            .note_configuration(&station(), "cradle.toml", Sha256::of(text))
            .unwrap()
    };
    assert_eq!([note(b"a"), note(b"a"), note(b"b")], [true, false, true]);
    assert_eq!(events(&fixture, "configuration.changed"), 2);
    fixture.store.check().unwrap();
}
