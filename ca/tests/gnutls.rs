//! GnuTLS, a second reader of certificates and CRLs, takes ours and refuses spoilt ones.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::SoftHsm;
use common::line::{Device, Line};
use common::referee::{openssl, program};
use cradle_procedure::ports::{RevocationReason, Revoker};

#[test]
fn certtool_verifies_chain_and_crls() {
    let hsm = SoftHsm::new("gnutls", "");
    let line = Line::new(&hsm, "gnutls");
    line.certify(&Device::new(1));
    let gone = line.certify(&Device::new(2));
    let reason = RevocationReason::KeyCompromise;
    line.authority()
        .revoke(&gone.serial_number, reason)
        .unwrap();
    let read = |name: &str| fs::read(line.dir.join(name)).unwrap();
    let chain = [read("SN-0001.pem"), read("issuing-ca.pem")].concat();
    fs::write(line.dir.join("chain.pem"), chain).unwrap();
    let certtool = |arguments: &str| program("certtool", &line.dir, arguments);
    let said = certtool("--verify --load-ca-certificate root-ca.pem --infile chain.pem").accepted();
    assert!(
        said.contains("Chain verification output: Verified"),
        "{said}"
    );
    // It takes either everything as DER or nothing.
    let list = |name: &str| {
        openssl(
            &line.dir,
            &format!("crl -inform DER -in {name} -out list.pem"),
        )
        .accepted();
        certtool("--verify-crl --load-ca-certificate issuing-ca.pem --infile list.pem")
    };
    for name in ["issuing-ca.crl", "issuing-ca-delta.crl"] {
        let said = list(name).accepted();
        assert!(said.contains("Verified"), "{said}");
    }
    let mut spoilt = read("issuing-ca.crl");
    // In the signature.
    *spoilt.last_mut().unwrap() ^= 1;
    fs::write(line.dir.join("spoilt.crl"), spoilt).unwrap();
    assert!(!list("spoilt.crl").ok);
}
