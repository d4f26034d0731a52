use std::thread;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::SlotId;
use cradle_procedure::ports::{
    IssuanceLedger as _, IssuedCertificate, Ledger as _, RevocationLedger as _, RevocationReason,
};
use cradle_procedure::step::Verdict;

use crate::fixture::{Fixture, batch_id, certificate, serial, subject, uid};

fn never() -> Result<IssuedCertificate, Fault> {
    panic!("must not be signed")
}

/// Admits chip `n` and returns its serial.
fn admitted(fixture: &Fixture, n: u8) -> cradle_procedure::ids::Serial {
    let mut ledger = fixture.ledger();
    let slot = SlotId(u16::from(n));
    ledger.admit(slot, &uid(n), None).unwrap().serial
}

#[test]
fn quota_of_three_gives_three_certificates() {
    let fixture = Fixture::with_batch(3);
    // Each failed once and may go on: more are begun than the quota can finish.
    let serials: Vec<_> = (1..=8)
        .map(|n| {
            let mut ledger = fixture.ledger();
            let slot = SlotId(u16::from(n));
            let serial = ledger.admit(slot, &uid(n), None).unwrap().serial;
            ledger.conclude(&serial, Verdict::Fail, None).unwrap();
            serial
        })
        .collect();
    let session = fixture.session("otto");
    let issued: usize = thread::scope(|scope| {
        let workers: Vec<_> = (1..=8_u8)
            .map(|n| {
                let (store, session) = (fixture.store.clone(), session.clone());
                let subject = subject(&serials[usize::from(n) - 1], n, n);
                scope.spawn(move || {
                    store
                        .issuance(&session)
                        .issue(&subject, &mut || Ok(certificate(&subject)))
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| match worker.join().unwrap() {
                Ok(_) => 1,
                Err(fault) => {
                    assert_eq!(fault.code, Code::BatchExhausted);
                    0
                }
            })
            .sum()
    });
    assert_eq!(issued, 3);
    let batch = fixture.store.batch(&session, &batch_id("b-1")).unwrap();
    assert_eq!((batch.used, batch.left()), (3, 0));
    let units = fixture.store.units(&session, &batch_id("b-1")).unwrap();
    let certified = units.iter().filter(|unit| unit.certificate.is_some());
    assert_eq!(certified.count(), 3);
}

#[test]
fn the_same_chip_and_key_gets_the_same_certificate() {
    let fixture = Fixture::with_batch(1);
    let session = fixture.session("otto");
    let subject = subject(&admitted(&fixture, 1), 1, 1);
    let mut issuance = fixture.store.issuance(&session);
    let first = issuance
        .issue(&subject, &mut || Ok(certificate(&subject)))
        .unwrap();
    let again = issuance.issue(&subject, &mut never).unwrap();
    assert_eq!(first, again);
    let batch = fixture.store.batch(&session, &batch_id("b-1")).unwrap();
    assert_eq!(batch.used, 1);
}

#[test]
fn another_units_key_is_refused() {
    let fixture = Fixture::with_batch(3);
    let session = fixture.session("otto");
    let mut issuance = fixture.store.issuance(&session);
    let first = subject(&admitted(&fixture, 1), 1, 1);
    issuance
        .issue(&first, &mut || Ok(certificate(&first)))
        .unwrap();
    let second = subject(&admitted(&fixture, 2), 2, 1);
    let fault = issuance.issue(&second, &mut never).unwrap_err();
    assert_eq!(fault.code, Code::KeyReused);
}

#[test]
fn another_chips_serial_and_a_chip_never_admitted_are_refused() {
    let fixture = Fixture::with_batch(3);
    let session = fixture.session("otto");
    let mut issuance = fixture.store.issuance(&session);
    let serial_1 = admitted(&fixture, 1);
    let fault = issuance
        .issue(&subject(&serial_1, 2, 2), &mut never)
        .unwrap_err();
    assert_eq!(fault.code, Code::SerialMismatch);
    let fault = issuance
        .issue(&subject(&serial("b-1-0009"), 2, 2), &mut never)
        .unwrap_err();
    assert_eq!(fault.code, Code::UnitUnknown);
}

#[test]
fn a_new_key_of_the_same_chip_supersedes_and_does_not_count_again() {
    let fixture = Fixture::with_batch(1);
    let session = fixture.session("otto");
    let serial = admitted(&fixture, 1);
    let mut issuance = fixture.store.issuance(&session);
    let (old, new) = (subject(&serial, 1, 1), subject(&serial, 1, 2));
    for subject in [&old, &new] {
        issuance
            .issue(subject, &mut || Ok(certificate(subject)))
            .unwrap();
    }
    let history = fixture.store.unit(&session, &serial).unwrap();
    assert_eq!(history.unit.certificate, Some(certificate(&new)));
    let revoked: Vec<_> = history
        .certificates
        .iter()
        .map(|certificate| certificate.revoked.map(|(_, reason)| reason))
        .collect();
    assert_eq!(revoked, [Some(RevocationReason::Superseded), None]);
    let batch = fixture.store.batch(&session, &batch_id("b-1")).unwrap();
    assert_eq!(batch.used, 1);
    // The old key is spent for good.
    let fault = issuance.issue(&old, &mut never).unwrap_err();
    assert_eq!(fault.code, Code::UnitState);
}

#[test]
fn a_signature_that_fails_leaves_nothing() {
    let fixture = Fixture::with_batch(1);
    let session = fixture.session("otto");
    let subject = subject(&admitted(&fixture, 1), 1, 1);
    let mut issuance = fixture.store.issuance(&session);
    let fault = issuance
        .issue(&subject, &mut || {
            Err(Fault::new(Code::TokenFailed, "CKR_DEVICE_REMOVED"))
        })
        .unwrap_err();
    assert_eq!(fault.code, Code::TokenFailed);
    let batch = fixture.store.batch(&session, &batch_id("b-1")).unwrap();
    assert_eq!(batch.used, 0);
    issuance
        .issue(&subject, &mut || Ok(certificate(&subject)))
        .unwrap();
}

#[test]
fn only_who_makes_units_gets_certificates() {
    let fixture = Fixture::with_batch(1);
    let subject = subject(&admitted(&fixture, 1), 1, 1);
    let auditor = fixture.session("art");
    let fault = fixture
        .store
        .issuance(&auditor)
        .issue(&subject, &mut never)
        .unwrap_err();
    assert_eq!(fault.code, Code::NotPermitted);
}

#[test]
fn a_revocation_keeps_its_first_time_and_reason_and_crl_numbers_rise() {
    let fixture = Fixture::with_batch(2);
    let serial = fixture.make_unit(1);
    let session = fixture.session("ada");
    let issued = fixture.store.unit(&session, &serial).unwrap().unit;
    let number = issued.certificate.unwrap().serial_number;
    let mut revocations = fixture.store.revocations(&session);
    assert_eq!(revocations.next_crl().unwrap(), (1, vec![]));
    let alone = revocations.revoke(&number, RevocationReason::KeyCompromise);
    assert_eq!(alone.unwrap_err().code, Code::RequestState);
    let asked = fixture
        .store
        .ask_to_revoke(&session, &number, RevocationReason::KeyCompromise)
        .unwrap()
        .unwrap();
    fixture
        .store
        .approve_request(&fixture.session("ben"), asked.id, &fixture.key)
        .unwrap();
    let otherwise = revocations.revoke(&number, RevocationReason::Superseded);
    assert_eq!(otherwise.unwrap_err().code, Code::RequestState);
    revocations
        .revoke(&number.to_uppercase(), RevocationReason::KeyCompromise)
        .unwrap();
    fixture.pass(5_000);
    revocations
        .revoke(&number, RevocationReason::CessationOfOperation)
        .unwrap();
    let (crl, revoked) = revocations.next_crl().unwrap();
    assert_eq!(crl, 2);
    assert_eq!(revoked.len(), 1);
    assert_eq!(revoked[0].serial_number, number);
    assert_eq!(revoked[0].reason, RevocationReason::KeyCompromise);
    assert_eq!(revoked[0].revoked_at, crate::fixture::NOW / 1000);
    let again = fixture
        .store
        .ask_to_revoke(&session, &number, RevocationReason::Superseded);
    assert_eq!(again.unwrap(), None, "it is revoked already");
    let fault = revocations
        .revoke("00ff", RevocationReason::KeyCompromise)
        .unwrap_err();
    assert_eq!(fault.code, Code::NotIssued);
    let fault = fixture
        .store
        .revocations(&fixture.session("otto"))
        .revoke(&number, RevocationReason::KeyCompromise)
        .unwrap_err();
    assert_eq!(fault.code, Code::NotPermitted);
}

#[test]
fn a_request_that_the_authority_refuses_stays_on_record() {
    let fixture = Fixture::with_batch(1);
    let subject = subject(&admitted(&fixture, 1), 1, 1);
    let why = Fault::new(Code::CsrInvalid, "it asks for attributes");
    let session = fixture.session("otto");
    let mut issuance = fixture.store.issuance(&session);
    issuance.refused(&subject, &why).unwrap();
    let auditor = fixture.session("art");
    let page = fixture
        .store
        .audit_page(&auditor, 0, 1, "it asks for")
        .unwrap();
    assert_eq!(page.matching, 1);
    let line = &page.lines[0];
    assert_eq!(
        (&*line.event, &*line.subject),
        ("refused", subject.serial.as_str())
    );
    assert!(line.facts.contains("CA-01"), "{}", line.facts);
}
