//! What takes two people.

use cradle_procedure::fault::Code;
use cradle_records::{NewRequest, Request, RequestKind};
use serde_json::json;

use crate::fixture::{DAY, Fixture, Key, NOW, batch_id};

fn larger(quota: u32) -> NewRequest {
    NewRequest {
        kind: RequestKind::RaiseQuota,
        subject: "b-1".into(),
        terms: json!({"quota": quota}),
        expires_ms: NOW + DAY,
    }
}

fn waiver() -> NewRequest {
    NewRequest {
        kind: RequestKind::WipeWaiver,
        subject: "b-1-0001".into(),
        terms: json!({"reason": "lost"}),
        expires_ms: NOW + DAY,
    }
}

fn asked(fixture: &Fixture, who: &str, request: NewRequest) -> Request {
    fixture.store.ask(&fixture.session(who), request).unwrap()
}

fn use_waiver(fixture: &Fixture, reason: &str) -> Result<Request, Code> {
    fixture
        .store
        .use_approval(
            &fixture.session("tess"),
            RequestKind::WipeWaiver,
            "b-1-0001",
            &json!({"reason": reason}),
        )
        .map_err(|fault| fault.code)
}

#[test]
fn a_quota_is_raised_by_two_admins_and_the_new_ticket_holds() {
    let fixture = Fixture::with_batch(1);
    fixture.make_unit(1);
    let request = asked(&fixture, "ada", larger(2));
    let own = fixture
        .store
        .approve_request(&fixture.session("ada"), request.id, &fixture.key)
        .unwrap_err();
    assert_eq!(own.code, Code::OwnApproval);
    let supervisor = fixture
        .store
        .approve_request(&fixture.session("sue"), request.id, &fixture.key)
        .unwrap_err();
    assert_eq!(supervisor.code, Code::NotPermitted);
    let ben = fixture.session("ben");
    let approved = fixture
        .store
        .approve_request(&ben, request.id, &fixture.key)
        .unwrap();
    assert!(approved.used_ms.is_some());
    assert_eq!(approved.approved.unwrap().0.as_str(), "ben");
    // One more is made, under the new ticket.
    fixture.make_unit(2);
    let again = fixture
        .store
        .approve_request(&ben, request.id, &fixture.key)
        .unwrap_err();
    assert_eq!(again.code, Code::RequestState);
    fixture.store.check().unwrap();
}

#[test]
fn a_quota_is_not_lowered_nor_raised_beyond_the_serials() {
    let fixture = Fixture::with_batch(5);
    for quota in [4, 5, 10_000] {
        let request = asked(&fixture, "ada", larger(quota));
        let fault = fixture
            .store
            .approve_request(&fixture.session("ben"), request.id, &fixture.key)
            .unwrap_err();
        assert_eq!(fault.code, Code::InputInvalid, "{quota}");
    }
    let batch = fixture
        .store
        .batch(&fixture.session("ada"), &batch_id("b-1"))
        .unwrap();
    assert_eq!(batch.quota, 5);
    // Nothing of an approval that failed is left.
    let requests = fixture.store.requests(&fixture.session("ada")).unwrap();
    let mut larger = requests
        .iter()
        .filter(|request| request.kind == RequestKind::RaiseQuota);
    assert!(larger.all(|request| request.approved.is_none()));
}

#[test]
fn an_approval_serves_once_and_only_for_what_was_asked() {
    let fixture = Fixture::with_batch(1);
    assert_eq!(use_waiver(&fixture, "lost"), Err(Code::RequestState));
    let request = asked(&fixture, "tess", waiver());
    assert_eq!(use_waiver(&fixture, "lost"), Err(Code::RequestState));
    fixture
        .store
        .approve_request(&fixture.session("sue"), request.id, &fixture.key)
        .unwrap();
    assert_eq!(use_waiver(&fixture, "end of life"), Err(Code::RequestState));
    use_waiver(&fixture, "lost").unwrap();
    assert_eq!(use_waiver(&fixture, "lost"), Err(Code::RequestState));
}

#[test]
fn a_request_expires_before_and_after_its_approval() {
    let fixture = Fixture::with_batch(1);
    let late = asked(&fixture, "tess", waiver());
    let in_time = asked(&fixture, "tess", waiver());
    let witness = fixture.session("sue");
    fixture
        .store
        .approve_request(&witness, in_time.id, &fixture.key)
        .unwrap();
    fixture.pass(DAY + 1);
    let witness = fixture.session("sue");
    let fault = fixture
        .store
        .approve_request(&witness, late.id, &fixture.key)
        .unwrap_err();
    assert_eq!(fault.code, Code::RequestState);
    assert_eq!(use_waiver(&fixture, "lost"), Err(Code::RequestState));
}

#[test]
fn an_approval_that_was_edited_or_forged_is_not_used() {
    for edit in [
        "UPDATE requests SET terms = '{\"reason\":\"lost\"}'",
        "UPDATE requests SET approved_by = 'ben'",
        "UPDATE requests SET expires_ms = expires_ms + 1",
    ] {
        let fixture = Fixture::with_batch(1);
        let mut request = waiver();
        if edit.contains("terms") {
            request.terms = json!({"reason": "end of life"});
        }
        let id = asked(&fixture, "tess", request).id;
        let witness = fixture.session("sue");
        fixture
            .store
            .approve_request(&witness, id, &fixture.key)
            .unwrap();
        fixture.tamper(edit);
        assert_eq!(
            use_waiver(&fixture, "lost"),
            Err(Code::TicketInvalid),
            "{edit}"
        );
    }
    let fixture = Fixture::with_batch(1);
    let id = asked(&fixture, "tess", waiver()).id;
    let fault = fixture
        .store
        .approve_request(&fixture.session("sue"), id, &Key::new(9))
        .unwrap_err();
    assert_eq!(fault.code, Code::TokenKey);
}

#[test]
fn only_who_may_asks_and_for_no_longer_than_a_week() {
    let fixture = Fixture::with_batch(1);
    let fault = fixture
        .store
        .ask(&fixture.session("otto"), waiver())
        .unwrap_err();
    assert_eq!(fault.code, Code::NotPermitted);
    for expires_ms in [NOW, NOW + 8 * DAY] {
        let request = NewRequest {
            expires_ms,
            ..waiver()
        };
        let fault = fixture
            .store
            .ask(&fixture.session("tess"), request)
            .unwrap_err();
        assert_eq!(fault.code, Code::InputInvalid);
    }
}

#[test]
fn what_was_refused_or_taken_back_is_not_approved_or_used_any_more() {
    let fixture = Fixture::with_batch(1);
    let (tess, sue) = (fixture.session("tess"), fixture.session("sue"));
    let refused = asked(&fixture, "tess", waiver());
    let told = fixture.store.refuse_request(&sue, refused.id).unwrap();
    assert_eq!(told.refused.unwrap().0.as_str(), "sue");
    let fault = fixture
        .store
        .approve_request(&sue, refused.id, &fixture.key)
        .unwrap_err();
    assert_eq!(fault.code, Code::RequestState);

    let approved = asked(&fixture, "tess", waiver());
    fixture
        .store
        .approve_request(&sue, approved.id, &fixture.key)
        .unwrap();
    fixture.store.refuse_request(&tess, approved.id).unwrap();
    assert_eq!(use_waiver(&fixture, "lost"), Err(Code::RequestState));
    fixture.store.check().unwrap();
}

#[test]
fn who_may_neither_ask_nor_approve_refuses_nothing() {
    let fixture = Fixture::with_batch(1);
    let request = asked(&fixture, "tess", waiver());
    let fault = fixture
        .store
        .refuse_request(&fixture.session("otto"), request.id)
        .unwrap_err();
    assert_eq!(fault.code, Code::NotPermitted);
}

#[test]
fn asking_again_gives_the_request_that_waits_and_none_once_it_is_approved() {
    let fixture = Fixture::with_batch(1);
    let tess = fixture.session("tess");
    let ask = || fixture.store.ask_unless_approved(&tess, waiver()).unwrap();
    let first = ask().unwrap();
    assert_eq!(ask().unwrap().id, first.id);
    fixture.approve(Some(first), "sue");
    assert_eq!(ask(), None);
    use_waiver(&fixture, "lost").unwrap();
    assert!(ask().is_some());
}
