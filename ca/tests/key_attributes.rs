//! What another program sees of the keys that we make.

#![allow(clippy::unwrap_used)]

mod common;

use common::SoftHsm;
use common::referee::pkcs11_tool;
use cradle_procedure::curve::Curve;

#[test]
fn key_can_only_sign_and_never_leaves_the_token() {
    let hsm = SoftHsm::new("key-attributes", "");
    hsm.token("ours").ensure_key("k", Curve::P256).unwrap();
    let shown = pkcs11_tool(&hsm, "ours", "-O --type privkey").accepted();
    assert_eq!(shown.matches("Private Key Object").count(), 1, "{shown}");
    let access = "sensitive, always sensitive, never extractable, local";
    for claim in [access, "Usage:      sign\n"] {
        assert!(shown.contains(claim), "{claim:?} is not in {shown}");
    }
}
