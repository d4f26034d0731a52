use cradle_procedure::fault::Code;
use cradle_procedure::role::Role;

use crate::fixture::{Fixture, PASSWORD, given, name, new, station};

#[test]
fn only_an_empty_database_is_founded() {
    let fixture = Fixture::empty();
    assert!(fixture.store.is_unfounded().unwrap());
    let (ada, ben, eve) = (name("ada"), name("ben"), name("eve"));
    let same = fixture.store.found(new(&ada), new(&ada)).unwrap_err();
    assert_eq!(same.code, Code::InputInvalid);
    fixture.store.found(new(&ada), new(&ben)).unwrap();
    assert!(!fixture.store.is_unfounded().unwrap());
    let again = fixture.store.found(new(&eve), new(&ada)).unwrap_err();
    assert_eq!(again.code, Code::NotPermitted);
    fixture
        .store
        .sign_in(&eve, PASSWORD, &station())
        .unwrap_err();
}

#[test]
fn only_an_admin_adds_people_and_a_name_is_given_once() {
    let fixture = Fixture::founded();
    let (admin, operator) = (fixture.session("ada"), fixture.session("otto"));
    let person = name("pat");
    let refused = fixture
        .store
        .add_operator(&operator, new(&person), Role::SecurityAdmin)
        .unwrap_err();
    assert_eq!(refused.code, Code::NotPermitted);
    fixture
        .store
        .add_operator(&admin, given(&person), Role::Auditor)
        .unwrap();
    let taken = fixture
        .store
        .add_operator(&admin, new(&person), Role::SecurityAdmin)
        .unwrap_err();
    assert_eq!(taken.code, Code::InputInvalid);
    let people = fixture.store.operators(&admin).unwrap();
    let pat = people.iter().find(|known| known.name == person).unwrap();
    assert_eq!(pat.role, Role::Auditor);
    assert_eq!(pat.added_by, Some(name("ada")));
}

#[test]
fn an_ended_session_allows_nothing() {
    let fixture = Fixture::founded();
    let session = fixture.session("ada");
    fixture.store.sign_out(&session).unwrap();
    let fault = fixture.store.operators(&session).unwrap_err();
    assert_eq!(fault.code, Code::SessionEnded);
    let fault = fixture.store.sign_out(&session).unwrap_err();
    assert_eq!(fault.code, Code::SessionEnded);
}

#[test]
fn a_session_of_another_database_allows_nothing() {
    let (one, other) = (Fixture::founded(), Fixture::empty());
    let fault = other.store.operators(&one.session("ada")).unwrap_err();
    assert_eq!(fault.code, Code::SessionEnded);
}

#[test]
fn lock_out_grows_and_is_the_same_for_a_name_that_nobody_has() {
    for person in ["otto", "nobody"] {
        let fixture = Fixture::founded();
        let attempt = |password: &str| {
            fixture
                .store
                .sign_in(&name(person), password, &station())
                .unwrap_err()
                .code
        };
        for _ in 0..3 {
            assert_eq!(attempt("wrong"), Code::SignInRefused, "{person}");
        }
        // The third failure waits 5 s; even the right password does not help before.
        assert_eq!(attempt(PASSWORD), Code::AccountLocked, "{person}");
        fixture.pass(4_999);
        assert_eq!(attempt(PASSWORD), Code::AccountLocked, "{person}");
        fixture.pass(1);
        assert_eq!(attempt("wrong"), Code::SignInRefused, "{person}");
        fixture.pass(9_999);
        assert_eq!(attempt("wrong"), Code::AccountLocked, "{person}");
        fixture.pass(1);
        assert_eq!(attempt("wrong"), Code::SignInRefused, "{person}");
    }
}

#[test]
fn the_right_password_after_the_wait_clears_the_failures() {
    let fixture = Fixture::founded();
    let attempt = |password: &str| fixture.store.sign_in(&name("otto"), password, &station());
    for _ in 0..3 {
        attempt("wrong").unwrap_err();
    }
    fixture.pass(5_000);
    attempt(PASSWORD).unwrap();
    assert_eq!(attempt("wrong").unwrap_err().code, Code::SignInRefused);
    attempt(PASSWORD).unwrap();
}

#[test]
fn an_admin_unlocks_who_has_to_wait() {
    let fixture = Fixture::founded();
    let admin = fixture.session("ada");
    let otto = name("otto");
    for _ in 0..3 {
        fixture
            .store
            .sign_in(&otto, "wrong", &station())
            .unwrap_err();
    }
    let waiting = |store: &cradle_records::Store| {
        let people = store.operators(&admin).unwrap();
        let found = people.into_iter().find(|known| known.name == otto).unwrap();
        found.wait_until_ms.is_some()
    };
    assert!(waiting(&fixture.store));
    fixture.store.unlock_operator(&admin, &otto).unwrap();
    assert!(!waiting(&fixture.store));
    fixture.session("otto");
}

#[test]
fn sign_ins_and_refusals_are_on_record() {
    let fixture = Fixture::founded();
    let auditor = fixture.session("art");
    fixture
        .store
        .sign_in(&name("otto"), "wrong password", &station())
        .unwrap_err();
    fixture
        .store
        .add_operator(&auditor, new(&name("eve")), Role::SecurityAdmin)
        .unwrap_err();
    let page = fixture.store.audit_page(&auditor, 0, 2, "").unwrap();
    assert_eq!(page.lines[0].event, "refused");
    assert_eq!(page.lines[0].operator.as_deref(), Some("art"));
    assert!(page.lines[0].facts.contains("AUT-03"));
    assert_eq!(page.lines[1].event, "session.refused");
    assert_eq!(page.lines[1].subject, "otto");
    assert!(!page.lines[1].facts.contains("wrong password"));
    let found = fixture
        .store
        .audit_page(&auditor, 0, 10, "session.refused")
        .unwrap();
    assert_eq!((found.matching, found.lines.len()), (1, 1));
}
