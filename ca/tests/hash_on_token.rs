//! A module that signs only what it has hashed itself.

#![allow(clippy::unwrap_used)]

mod common;

use common::SoftHsm;
use cradle_procedure::curve::Curve;
use cradle_procedure::ports::Signer;
use cradle_procedure::signature::verifies;

#[test]
fn token_without_plain_ecdsa_signs_too() {
    let hsm = SoftHsm::new("hash-on-token", "slots.mechanisms = -CKM_ECDSA\n");
    let token = hsm.token("hashing");
    let message = [3; 10_000];
    for curve in Curve::ALL {
        token.ensure_key(curve.text(), *curve).unwrap();
        let key = token.key(curve.text()).unwrap();
        let signature = key.sign(&message).unwrap();
        assert!(verifies(key.public_key(), &message, &signature), "{curve}");
    }
}
