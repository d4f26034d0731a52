//! pkilint, a linter of certificates, CRLs and OCSP answers, finds no error in ours. Runs in the
//! environment that `cargo xtask test` makes (`CRADLE_PYTHON`).

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::SoftHsm;
use common::line::{Device, Line};
use common::referee::{openssl, program, python_program};
use cradle_ca::issue::DeviceAuthority;
use cradle_ca::ocsp::Responder;
use cradle_ca::profile::Terms;
use cradle_procedure::ports::{RevocationReason, Revoker};
use der::pem::{LineEnding, encode_string};

#[test]
fn pkilint_finds_no_error() {
    let certificate_linter = python_program("lint_pkix_cert")
        .expect("CRADLE_PYTHON is not set: run through `cargo xtask test`");
    let hsm = SoftHsm::new("pkilint", "");
    let line = Line::new(&hsm, "pkilint");
    line.certify(&Device::new(1));
    let gone = line.certify(&Device::new(2));
    let reason = RevocationReason::KeyCompromise;
    line.authority()
        .revoke(&gone.serial_number, reason)
        .unwrap();
    let responder = Responder::new(line.responder()).unwrap();
    for device in ["SN-0001", "SN-0002"] {
        let ask = format!("ocsp -issuer issuing-ca.pem -cert {device}.pem -reqout r.der");
        openssl(&line.dir, &ask).accepted();
        let answer = responder.answer(&fs::read(line.dir.join("r.der")).unwrap());
        fs::write(line.dir.join(format!("{device}.ocsp")), &answer.der).unwrap();
    }
    let lint = |program_name: &str, arguments: &str| {
        let linter = certificate_linter.with_file_name(program_name);
        // Its exit status counts the findings of that severity and above.
        let answer = program(linter, &line.dir, &format!("{arguments} -s WARNING"));
        assert!(answer.ok, "{program_name} {arguments}: {}", answer.text);
    };
    certify_client(&line);
    for certificate in ["SN-0001", "SN-0003", "root-ca", "issuing-ca", "ocsp"] {
        lint("lint_pkix_cert", &format!("lint {certificate}.pem"));
    }
    lint("lint_crl", "lint -t CRL -p PKIX issuing-ca.crl");
    lint("lint_crl", "lint -t CRL -p PKIX issuing-ca-delta.crl");
    for device in ["SN-0001", "SN-0002"] {
        lint("lint_ocsp_response", &format!("lint {device}.ocsp"));
    }
}

/// A certificate of the second profile, which OpenSSL takes for a TLS client's.
fn certify_client(line: &Line) {
    let terms = include_str!("../../profiles/ca/station-client.toml");
    let mut config = line.config();
    config.profile = config.profile.with_terms(Terms::parse(terms).unwrap());
    let mut authority = DeviceAuthority::new(config, line.ledger.clone());
    let issued = Device::new(3).certify(&mut authority).unwrap();
    let pem = encode_string("CERTIFICATE", LineEnding::LF, &issued.der).unwrap();
    fs::write(line.dir.join("SN-0003.pem"), pem).unwrap();
    let verify = "verify -x509_strict -purpose sslclient -CAfile root-ca.pem -untrusted \
                  issuing-ca.pem SN-0003.pem";
    openssl(&line.dir, verify).accepted();
    let text = openssl(&line.dir, "x509 -in SN-0003.pem -noout -text").accepted();
    assert!(text.contains("TLS Web Client Authentication"), "{text}");
    assert!(!text.contains("Subject Alternative Name"), "{text}");
    // A year from now, and not for ever.
    let ends = |days: u32| {
        let check = format!("x509 -in SN-0003.pem -noout -checkend {}", days * 86_400);
        !openssl(&line.dir, &check).ok
    };
    assert!(!ends(364) && ends(366));
}
