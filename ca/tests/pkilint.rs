//! pkilint, a linter of certificates, CRLs and OCSP answers, finds no error in ours. Runs in the
//! environment that `cargo xtask test` makes (`CRADLE_PYTHON`).

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::SoftHsm;
use common::line::{Device, Line};
use common::referee::{openssl, program, python_program};
use cradle_ca::ocsp::Responder;
use cradle_procedure::ports::{RevocationReason, Revoker};

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
    for certificate in ["SN-0001", "root-ca", "issuing-ca", "ocsp"] {
        lint("lint_pkix_cert", &format!("lint {certificate}.pem"));
    }
    lint("lint_crl", "lint -t CRL -p PKIX issuing-ca.crl");
    lint("lint_crl", "lint -t CRL -p PKIX issuing-ca-delta.crl");
    for device in ["SN-0001", "SN-0002"] {
        lint("lint_ocsp_response", &format!("lint {device}.ocsp"));
    }
}
