//! TLS certificates of stations and servers.

use cradle_procedure::curve::SubjectKey;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::SlotId;
use cradle_procedure::ports::{
    CertificateStatus, IssuanceLedger as _, IssuedCertificate, Ledger as _, RevocationLedger as _,
    RevocationReason, Signer as _, StatusLedger as _,
};
use cradle_procedure::tls::{TlsLedger as _, TlsPurpose, TlsSubject};

use crate::cards;
use crate::fixture::{DAY, Fixture, Key, NOW, certificate, public_key, subject, uid};

const NAME: &str = "st-1.works.example";
const NUMBER: &str = "4711aa";

fn host(key: SubjectKey) -> TlsSubject {
    TlsSubject::new(vec![NAME.parse().unwrap()], TlsPurpose::Client, key).unwrap()
}

/// Has somebody get a certificate for that host.
fn issue(fixture: &Fixture, who: &str, key: SubjectKey) -> Result<IssuedCertificate, Fault> {
    let der = cards::certificate(Key::new(9).public_key(), NOW / 1000, (NOW + DAY) / 1000);
    let serial_number = NUMBER.to_owned();
    let mut ledger = fixture.store.tls_issuance(&fixture.session(who));
    ledger.issue_tls(&host(key), &mut || {
        let (der, serial_number) = (der.clone(), serial_number.clone());
        Ok(IssuedCertificate { der, serial_number })
    })
}

#[test]
fn certificate_of_a_host_is_on_record_and_revoked_like_a_device_s() {
    let fixture = Fixture::with_batch(1);
    fixture.make_unit(1);
    issue(&fixture, "ada", public_key(2).into()).unwrap();
    let (ada, ben) = (fixture.session("ada"), fixture.session("ben"));
    let [record] = &fixture.store.tls_certificates(&ada).unwrap()[..] else {
        panic!("one certificate");
    };
    assert_eq!((&*record.names, record.ends_ms), (NAME, NOW + DAY));
    let status = || fixture.store.statuses(&ada).status(NUMBER).unwrap();
    assert_eq!(status(), CertificateStatus::Good);

    let reason = RevocationReason::Superseded;
    let mut revocations = fixture.store.revocations(&ada);
    let fault = revocations.revoke(NUMBER, reason).unwrap_err();
    assert_eq!(fault.code, Code::RequestState, "one person alone");
    let asked = fixture.store.ask_to_revoke(&ada, NUMBER, reason).unwrap();
    let asked = asked.unwrap().id;
    fixture
        .store
        .approve_request(&ben, asked, &fixture.key)
        .unwrap();
    revocations.revoke(NUMBER, reason).unwrap();
    revocations
        .revoke(NUMBER, RevocationReason::KeyCompromise)
        .unwrap();
    assert!(matches!(status(), CertificateStatus::Revoked(kept) if kept.reason == reason));
    let (_, list) = revocations.next_crl().unwrap();
    assert_eq!(list.len(), 1);
    let all = fixture.store.revoked_on_record(&ada).unwrap();
    assert_eq!(all, [(NUMBER.to_owned(), NAME.to_owned())]);
    fixture.store.verify_database().unwrap();

    fixture.tamper("UPDATE tls_certificates SET revoked_ms = NULL, reason = NULL");
    let fault = fixture.store.verify_database().unwrap_err();
    assert!(
        fault.detail.contains(&format!("tls_certificates {NUMBER}")),
        "{fault}"
    );
}

#[test]
fn only_who_manages_the_authority_gets_a_certificate_for_a_host() {
    let fixture = Fixture::founded();
    for who in ["otto", "sue", "tess", "art"] {
        let fault = issue(&fixture, who, public_key(2).into()).unwrap_err();
        assert_eq!(fault.code, Code::NotPermitted, "{who}");
    }
    let ada = fixture.session("ada");
    assert!(fixture.store.tls_certificates(&ada).unwrap().is_empty());
}

#[test]
fn key_is_either_a_device_s_or_a_host_s() {
    let fixture = Fixture::with_batch(2);
    fixture.make_unit(1);
    let fault = issue(&fixture, "ada", public_key(1).into()).unwrap_err();
    assert_eq!(fault.code, Code::KeyReused);
    issue(&fixture, "ada", public_key(2).into()).unwrap();
    let mut ledger = fixture.ledger();
    let serial = ledger.admit(SlotId(2), &uid(2), None).unwrap().serial;
    let device = subject(&serial, 2, 2);
    let mut issuance = fixture.store.issuance(&fixture.session("otto"));
    let fault = issuance
        .issue(&device, &mut || Ok(certificate(&device)))
        .unwrap_err();
    assert_eq!(fault.code, Code::KeyReused);
}
