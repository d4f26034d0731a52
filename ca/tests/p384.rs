//! What the certificate authority does, once more with CA keys on P-384: the same tests. And
//! devices with such a key.

#![allow(clippy::unwrap_used, clippy::expect_used)]
// Each of the others brings what all share.
#![allow(clippy::duplicate_mod)]

mod common;

#[path = "certificates.rs"]
mod certificates;
#[path = "gnutls.rs"]
mod gnutls;
#[path = "ocsp.rs"]
mod ocsp;
#[path = "pkilint.rs"]
mod pkilint;
#[path = "revocation.rs"]
mod revocation;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use common::SoftHsm;
use common::line::{Device, Line};
use common::referee::{openssl, program, python_program};
use cradle_ca::ceremony::{AUDIT_KEY, ISSUING_CA_KEY, OCSP_KEY, ROOT_CA_KEY, WIPE_KEY};
use cradle_procedure::curve::{Curve, SubjectKey};
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::pki::Revoked;
use cradle_procedure::ports::{
    Authority as _, IssuedCertificate, RevocationReason, Revoker as _, Signer as _,
};
use der::asn1::{Any, BitString};
use der::pem::{LineEnding, encode_string};
use der::{Decode as _, Encode as _, Sequence};
use x509_cert::request::CertReqInfo;

static HSM: LazyLock<SoftHsm> = LazyLock::new(|| SoftHsm::new("p384", ""));

#[test]
fn only_the_keys_of_authorities_are_on_the_larger_curve() {
    let line = Line::new(&HSM, "curves");
    let curve = |label| Curve::of_key(line.token.key(label).unwrap().public_key());
    for label in [ROOT_CA_KEY, ISSUING_CA_KEY, OCSP_KEY] {
        assert_eq!(curve(label), Some(Curve::P384), "{label}");
    }
    for label in [AUDIT_KEY, WIPE_KEY] {
        assert_eq!(curve(label), Some(Curve::P256), "{label}");
    }
}

/// A PKCS#10 request.
#[derive(Sequence)]
struct Parts {
    info: Any,
    algorithm: Any,
    signature: BitString,
}

/// Has OpenSSL make a key and a request, and the authority answer it.
fn certify(line: &Line, number: u8, digest: &str) -> Result<IssuedCertificate, Fault> {
    let mut subject = Device::new(number).subject;
    let serial = subject.serial.clone();
    let ask = format!(
        "req -new -newkey ec -pkeyopt ec_paramgen_curve:secp384r1 -noenc -keyout {serial}.key \
         -subj /O=Example/serialNumber={serial} -{digest} -outform DER -out {serial}.csr"
    );
    openssl(&line.dir, &ask).accepted();
    let der = fs::read(line.dir.join(format!("{serial}.csr"))).unwrap();
    let parts = Parts::from_der(&der).unwrap();
    let info = parts.info.to_der().unwrap();
    let key = CertReqInfo::from_der(&info).unwrap().public_key;
    subject.public_key = SubjectKey::from_spki(&key.to_der().unwrap()).unwrap();
    let mut authority = line.authority();
    assert_eq!(authority.prepare_request(&subject).unwrap(), info);
    let issued = authority.issue(&subject, &info, parts.signature.raw_bytes())?;
    let pem = encode_string("CERTIFICATE", LineEnding::LF, &issued.der).unwrap();
    fs::write(line.dir.join(format!("{serial}.pem")), pem).unwrap();
    Ok(issued)
}

fn text(dir: &Path, arguments: &str) -> String {
    openssl(dir, arguments).accepted()
}

#[test]
fn device_with_a_key_on_p384_is_certified_by_either_authority() {
    for (curve, algorithm) in [
        (Curve::P256, "ecdsa-with-SHA256"),
        (Curve::P384, "ecdsa-with-SHA384"),
    ] {
        let line = Line::on(curve, &HSM, &format!("device-{curve}"));
        let gone = certify(&line, 1, "sha384").unwrap();
        certify(&line, 2, "sha384").unwrap();
        let mut authority = line.authority();
        let reason = RevocationReason::KeyCompromise;
        let crl = authority.revoke(&gone.serial_number, reason).unwrap();
        let check = |device: &str| {
            let arguments = format!(
                "verify -x509_strict -crl_check -CRLfile issuing-ca.crl -CAfile root-ca.pem \
                 -untrusted issuing-ca.pem {device}.pem"
            );
            openssl(&line.dir, &arguments)
        };
        assert!(check("SN-0001").text.contains("certificate revoked"));
        check("SN-0002").accepted();
        let said = text(&line.dir, "x509 -in SN-0002.pem -noout -text");
        assert_eq!(said.matches(algorithm).count(), 2, "{said}");
        assert!(said.contains("ASN1 OID: secp384r1"), "{said}");
        let list = text(&line.dir, "crl -in issuing-ca.crl -noout -text");
        assert_eq!(list.matches(algorithm).count(), 2, "{list}");
        let key = line.token.key(ISSUING_CA_KEY).unwrap();
        Revoked::prove(&crl, key.public_key(), &gone.serial_number).unwrap();
        lint(&line, "SN-0002.pem");
    }
}

fn lint(line: &Line, file: &str) {
    let linter = python_program("lint_pkix_cert")
        .expect("CRADLE_PYTHON is not set: run through `cargo xtask test`");
    program(linter, &line.dir, &format!("lint {file} -s WARNING")).accepted();
}

/// The hash follows from the curve: who signs with a weaker one does not speak for the key.
#[test]
fn request_signed_with_the_smaller_hash_is_refused() {
    let line = Line::new(&HSM, "hash");
    let fault = certify(&line, 1, "sha256").unwrap_err();
    assert_eq!(fault.code, Code::CsrInvalid);
    assert_eq!(line.ledger.count(), 0);
}
