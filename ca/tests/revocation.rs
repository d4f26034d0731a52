//! The CRL, as OpenSSL sees it under a two-level chain.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::sync::LazyLock;

use common::SoftHsm;
use common::line::{Device, Line};
use common::referee::{Answer, now_ms, openssl};
use cradle_ca::ceremony::ISSUING_CA_KEY;
use cradle_ca::issue::CrlState;
use cradle_ca::watch::watch;
use cradle_procedure::fault::Code;
use cradle_procedure::pki::Revoked;
use cradle_procedure::ports::{Revocation, RevocationReason, Revoker, Signer};

static HSM: LazyLock<SoftHsm> = LazyLock::new(|| SoftHsm::new("revocation", ""));

fn check(line: &Line, device: &str) -> Answer {
    let arguments = format!(
        "verify -x509_strict -crl_check -CRLfile issuing-ca.crl -CAfile root-ca.pem \
         -untrusted issuing-ca.pem {device}.pem"
    );
    openssl(&line.dir, &arguments)
}

#[test]
fn revoked_device_is_rejected_and_others_are_accepted() {
    let line = Line::new(&HSM, "revoked");
    let gone = line.certify(&Device::new(1));
    line.certify(&Device::new(2));
    let mut authority = line.authority();
    authority.publish_crl().unwrap();
    check(&line, "SN-0001").accepted();
    check(&line, "SN-0002").accepted();

    let reason = RevocationReason::CessationOfOperation;
    let crl = authority.revoke(&gone.serial_number, reason).unwrap();
    let answer = check(&line, "SN-0001");
    assert!(!answer.ok);
    assert!(
        answer.text.contains("certificate revoked"),
        "{}",
        answer.text
    );
    check(&line, "SN-0002").accepted();

    assert_eq!(fs::read(&line.files.crl).unwrap(), crl);
    let key = line.token.key(ISSUING_CA_KEY).unwrap();
    Revoked::prove(&crl, key.public_key(), &gone.serial_number).unwrap();
}

#[test]
fn list_says_number_reason_and_next_update() {
    let line = Line::new(&HSM, "text");
    let mut authority = line.authority();
    authority.publish_crl().unwrap();
    let empty = openssl(&line.dir, "crl -in issuing-ca.crl -noout -text").accepted();
    assert!(empty.contains("No Revoked Certificates"), "{empty}");
    assert!(empty.contains("Version 2"), "{empty}");
    assert!(
        empty.contains("X509v3 CRL Number: \n                1\n"),
        "{empty}"
    );
    let reasons = [
        (RevocationReason::KeyCompromise, "Key Compromise"),
        (RevocationReason::Superseded, "Superseded"),
        (RevocationReason::AffiliationChanged, "Affiliation Changed"),
        (RevocationReason::PrivilegeWithdrawn, "Privilege Withdrawn"),
        (
            RevocationReason::CessationOfOperation,
            "Cessation Of Operation",
        ),
    ];
    for (number, (reason, text)) in (1..).zip(reasons) {
        let issued = line.certify(&Device::new(number));
        authority.revoke(&issued.serial_number, reason).unwrap();
        let list = openssl(&line.dir, "crl -in issuing-ca.crl -noout -text").accepted();
        let entry = format!("Serial Number: {}\n", issued.serial_number.to_uppercase());
        let (_, entry) = list.split_once(&entry).unwrap();
        let (_, entry) = entry.split_once("X509v3 CRL Reason Code: \n").unwrap();
        assert!(entry.trim_start().starts_with(text), "{list}");
    }
    let dates = openssl(
        &line.dir,
        "crl -in issuing-ca.crl -noout -lastupdate -nextupdate",
    );
    let (this, next) = (dates.text.lines().next(), dates.text.lines().nth(1));
    assert!(this.unwrap().starts_with("lastUpdate=") && next.unwrap().starts_with("nextUpdate="));
    assert_ne!(
        this.unwrap()["lastUpdate=".len()..],
        next.unwrap()["nextUpdate=".len()..]
    );
}

#[test]
fn long_list_is_well_formed_and_in_the_order_of_the_record() {
    let line = Line::new(&HSM, "long");
    let entry = |number: u32| Revocation {
        serial_number: hex::encode([&[0x40; 16][..], &number.to_be_bytes()].concat()),
        revoked_at: 1_800_000_000,
        reason: RevocationReason::Superseded,
    };
    let revoked: Vec<_> = (0..3000).map(entry).collect();
    line.ledger.preload(revoked.clone());
    line.authority().publish_crl().unwrap();
    openssl(
        &line.dir,
        "crl -in issuing-ca.crl -noout -verify -CAfile issuing-ca.pem",
    )
    .accepted();
    let list = openssl(&line.dir, "crl -in issuing-ca.crl -noout -text").accepted();
    let serials: Vec<_> = list
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Serial Number: "))
        .map(str::to_lowercase)
        .collect();
    let expected: Vec<_> = revoked
        .into_iter()
        .map(|entry| entry.serial_number)
        .collect();
    assert_eq!(serials, expected);
}

#[test]
fn certificate_that_was_never_issued_cannot_be_revoked() {
    let line = Line::new(&HSM, "unknown");
    let reason = RevocationReason::KeyCompromise;
    let fault = line.authority().revoke("40", reason).unwrap_err();
    assert_eq!(fault.code, Code::NotIssued);
    assert!(!line.files.crl.exists());
}

#[test]
fn list_that_cannot_be_written_is_an_error() {
    let line = Line::new(&HSM, "blocked");
    // A directory where the file should be: rename cannot replace it, not even as root.
    fs::create_dir(&line.files.crl).unwrap();
    fs::write(line.files.crl.join("x"), "").unwrap();
    let fault = line.authority().publish_crl().unwrap_err();
    assert_eq!(fault.code, Code::FileFailed);
}

#[test]
fn concurrent_revocations_leave_the_newest_list() {
    let line = Line::new(&HSM, "concurrent");
    std::thread::scope(|scope| {
        for number in 1..=8 {
            let line = &line;
            scope.spawn(move || {
                let issued = line.certify(&Device::new(number));
                let reason = RevocationReason::Superseded;
                line.authority()
                    .revoke(&issued.serial_number, reason)
                    .unwrap();
            });
        }
    });
    let list = openssl(&line.dir, "crl -in issuing-ca.crl -noout -text").accepted();
    assert_eq!(list.matches("Serial Number:").count(), 8, "{list}");
}

/// `openssl verify` of a device with a complete list that a relying party has kept, and the delta
/// list of today if it asks for one.
fn check_with_kept(line: &Line, device: &str, delta: bool) -> Answer {
    let (deltas, file) = match delta {
        true => ("-extended_crl -use_deltas ", "both.pem"),
        false => ("", "kept.pem"),
    };
    let arguments = format!(
        "verify -x509_strict -crl_check {deltas}-CRLfile {file} -CAfile root-ca.pem \
         -untrusted issuing-ca.pem {device}.pem"
    );
    openssl(&line.dir, &arguments)
}

/// Keeps the complete list as a relying party would.
fn keep(line: &Line) {
    openssl(&line.dir, "crl -in issuing-ca.crl -out kept.pem").accepted();
}

fn fetch_delta(line: &Line) {
    openssl(&line.dir, "crl -in issuing-ca-delta.crl -out delta.pem").accepted();
    let both = ["kept.pem", "delta.pem"].map(|file| fs::read(line.dir.join(file)).unwrap());
    fs::write(line.dir.join("both.pem"), both.concat()).unwrap();
}

#[test]
fn delta_list_tells_what_a_kept_list_does_not() {
    let line = Line::new(&HSM, "delta");
    let first = line.certify(&Device::new(1));
    let second = line.certify(&Device::new(2));
    line.certify(&Device::new(3));
    let mut authority = line.authority();
    let reason = RevocationReason::Superseded;
    authority.revoke(&first.serial_number, reason).unwrap();
    keep(&line);
    authority.revoke(&second.serial_number, reason).unwrap();
    fetch_delta(&line);
    check_with_kept(&line, "SN-0002", false).accepted();
    let answer = check_with_kept(&line, "SN-0002", true);
    assert!(
        answer.text.contains("certificate revoked"),
        "{}",
        answer.text
    );
    let answer = check_with_kept(&line, "SN-0001", true);
    assert!(
        answer.text.contains("certificate revoked"),
        "{}",
        answer.text
    );
    check_with_kept(&line, "SN-0003", true).accepted();
    let text = openssl(&line.dir, "crl -in issuing-ca-delta.crl -noout -text").accepted();
    assert_eq!(text.matches("Serial Number:").count(), 1, "{text}");
    for claim in [
        "Delta CRL Indicator: critical\n                1\n",
        "CRL Number: \n                2\n",
    ] {
        assert!(text.contains(claim), "{claim:?} is not in {text}");
    }
}

#[test]
fn lists_say_which_they_are_and_where_the_other_is() {
    let line = Line::new(&HSM, "points");
    line.authority().publish_crl().unwrap();
    let text = |file| openssl(&line.dir, &format!("crl -in {file} -noout -text")).accepted();
    let (complete, delta) = (text("issuing-ca.crl"), text("issuing-ca-delta.crl"));
    for list in [&complete, &delta] {
        let (_, point) = list
            .split_once("Issuing Distribution Point: critical\n")
            .unwrap();
        let mut lines = point.lines().map(str::trim);
        assert_eq!(lines.next(), Some("Full Name:"));
        assert_eq!(
            lines.next(),
            Some("URI:http://pki.example.com/issuing-ca.crl")
        );
    }
    assert!(
        complete.contains("URI:http://pki.example.com/issuing-ca-delta.crl"),
        "{complete}"
    );
    assert!(!delta.contains("Freshest"), "{delta}");
    assert!(!complete.contains("Delta CRL Indicator"), "{complete}");
}

#[test]
fn delta_starts_over_once_its_base_has_ended() {
    let line = Line::new(&HSM, "new-base");
    let issued = line.certify(&Device::new(1));
    let mut authority = line.authority();
    authority.publish_crl().unwrap();
    authority
        .revoke(&issued.serial_number, RevocationReason::Superseded)
        .unwrap();
    let deltas = || {
        let text = openssl(&line.dir, "crl -in issuing-ca-delta.crl -noout -text").accepted();
        text.matches("Serial Number:").count()
    };
    assert_eq!(deltas(), 1);
    line.authority_at(now_ms() + 8 * 24 * 60 * 60 * 1000)
        .publish_crl()
        .unwrap();
    assert_eq!(deltas(), 0);
    // A base that this CA has not signed is none.
    let base = line.dir.join("issuing-ca-base.crl");
    let mut forged = fs::read(&base).unwrap();
    *forged.last_mut().unwrap() ^= 1;
    fs::write(&base, &forged).unwrap();
    line.authority().publish_crl().unwrap();
    assert_ne!(fs::read(&base).unwrap(), forged);
}

#[test]
fn published_list_tells_when_the_next_is_due() {
    let line = Line::new(&HSM, "due");
    assert_eq!(CrlState::of_file(&line.files.crl).unwrap(), None);
    line.authority().publish_crl().unwrap();
    let state = CrlState::of_file(&line.files.crl).unwrap().unwrap();
    assert_eq!(
        (state.number, state.next_update - state.this_update),
        (1, 7 * 24 * 60 * 60)
    );
    assert!(!state.is_due(now_ms()) && state.is_due(now_ms() + 4 * 24 * 60 * 60 * 1000));
    fs::write(&line.files.crl, "not a list").unwrap();
    assert_eq!(
        CrlState::of_file(&line.files.crl).unwrap_err().code,
        Code::CaFileInvalid
    );
}

#[test]
fn what_ends_is_named_in_time() {
    let line = Line::new(&HSM, "watched");
    let policy = line.config().crl;
    let day = 24 * 60 * 60 * 1000;
    let alarms = |ms| {
        let watched = watch(&line.files, &policy, ms).unwrap();
        watched
            .iter()
            .filter(|one| one.alarm)
            .map(|one| one.what)
            .collect::<Vec<_>>()
    };
    let missing = watch(&line.files, &policy, now_ms()).unwrap();
    assert_eq!(
        missing.iter().filter(|one| one.ends_at.is_none()).count(),
        3
    );
    line.responder();
    line.authority().publish_crl().unwrap();
    assert!(
        watch(&line.files, &policy, now_ms())
            .unwrap()
            .iter()
            .all(|one| one.ends_at.is_some())
    );
    assert_eq!(alarms(now_ms()), [""; 0]);
    assert_eq!(alarms(now_ms() + day), ["delta CRL"]);
    let lists = ["CRL", "delta CRL"];
    assert_eq!(alarms(now_ms() + 5 * day), lists);
    assert_eq!(
        alarms(now_ms() + 80 * day),
        [&["OCSP responder certificate"][..], &lists].concat()
    );
    assert_eq!(alarms(now_ms() + 29 * 366 * day).len(), 5);
}
