//! A module that signs only what it has hashed itself.

#![allow(clippy::unwrap_used)]

mod common;

use common::SoftHsm;
use cradle_procedure::ports::Signer;
use cradle_procedure::signature::verifies;

#[test]
fn token_without_plain_ecdsa_signs_too() {
    let hsm = SoftHsm::new("hash-on-token", "slots.mechanisms = -CKM_ECDSA\n");
    let token = hsm.token("hashing");
    token.ensure_key("k").unwrap();
    let key = token.key("k").unwrap();
    let message = [3; 10_000];
    assert!(verifies(
        key.public_key(),
        &message,
        &key.sign(&message).unwrap()
    ));
}
