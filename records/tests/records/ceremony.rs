//! Key ceremonies on record: only those that another person approved.

use cradle_procedure::fault::Code;
use cradle_records::{NewRequest, RequestKind};
use serde_json::{Map, json};

use crate::fixture::Fixture;

#[test]
fn a_ceremony_is_recorded_once_approved_and_begun_and_names_both_people() {
    let fixture = Fixture::with_batch(1);
    let (store, ada) = (&fixture.store, fixture.session("ada"));
    let terms = json!({"keys": ["cradle-audit"]});
    let wanted = NewRequest {
        kind: RequestKind::KeyCeremony,
        subject: "works".to_owned(),
        terms: terms.clone(),
        expires_ms: crate::fixture::NOW + 3_600_000,
    };
    let made = || Map::from_iter([("root_sha256".to_owned(), json!("00ff"))]);
    let request = store.ask(&ada, wanted).unwrap();
    let early = store.record_ceremony(&ada, &request, made()).unwrap_err();
    assert_eq!(early.code, Code::RequestState);
    let ben = fixture.session("ben");
    store
        .approve_request(&ben, request.id, &fixture.key)
        .unwrap();
    let unused = store.record_ceremony(&ada, &request, made()).unwrap_err();
    assert_eq!(unused.code, Code::RequestState);
    let kind = RequestKind::KeyCeremony;
    let request = store.use_approval(&ada, kind, "works", &terms).unwrap();
    store.record_ceremony(&ada, &request, made()).unwrap();
    let page = store.audit_page(&ada, 0, 9, "ceremony.held").unwrap();
    let entry = page.lines.iter().find(|line| line.event == "ceremony.held");
    let entry = entry.unwrap();
    assert_eq!(
        (entry.operator.as_deref(), &*entry.subject),
        (Some("ada"), "works")
    );
    assert!(
        entry.facts.contains("\"approved_by\":\"ben\""),
        "{}",
        entry.facts
    );
    let twice = store.use_approval(&ada, kind, "works", &terms).unwrap_err();
    assert_eq!(twice.code, Code::RequestState);
}
