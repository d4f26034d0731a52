//! The CRL, as OpenSSL sees it under a two-level chain.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::sync::LazyLock;

use common::SoftHsm;
use common::line::{Device, Line};
use common::referee::{Answer, openssl};
use cradle_ca::ceremony::ISSUING_CA_KEY;
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
fn long_list_is_well_formed_and_in_order() {
    let line = Line::new(&HSM, "long");
    let entry = |number: u32| Revocation {
        serial_number: hex::encode([&[0x40; 16][..], &number.to_be_bytes()].concat()),
        revoked_at: 1_800_000_000,
        reason: RevocationReason::Superseded,
    };
    let revoked: Vec<_> = (0..3000).map(entry).collect();
    line.ledger.preload(revoked.iter().rev().cloned().collect());
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
