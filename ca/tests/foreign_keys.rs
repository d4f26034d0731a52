//! Keys that other programs made: wrong in number, curve or attributes.

#![allow(clippy::unwrap_used)]

mod common;

use std::sync::LazyLock;

use common::referee::{pkcs11_tool, softhsm2_util};
use common::{PIN, SoftHsm};
use cradle_ca::token::Token;
use cradle_procedure::curve::Curve;
use cradle_procedure::fault::Code;

/// All is made before this process loads the module: SoftHSM2 may miss what another process
/// changes meanwhile.
static TOKEN: LazyLock<Token> = LazyLock::new(|| {
    let hsm = SoftHsm::new("foreign-keys", "");
    softhsm2_util(&hsm, "--init-token --free --label foreign").accepted();
    for key in [
        "EC:secp256r1 --usage-sign --id 01 --label twice",
        "EC:secp256r1 --usage-sign --id 02 --label twice",
        "EC:secp521r1 --usage-sign --id 03 --label p521",
        "EC:secp384r1 --usage-sign --id 07 --label large",
        "EC:secp256r1 --usage-sign --id 04 --label good",
        "EC:secp256r1 --usage-sign --usage-derive --id 05 --label mixed",
        "EC:secp256r1 --usage-sign --extractable --id 06 --label loose",
    ] {
        let make = format!("--keypairgen --key-type {key}");
        pkcs11_tool(&hsm, "foreign", &make).accepted();
    }
    Token::open(hsm.config("foreign", PIN)).unwrap()
});

#[test]
fn key_must_be_there_once_and_on_a_curve_of_ours() {
    assert!(TOKEN.key("good").is_ok() && TOKEN.key("large").is_ok());
    for label in ["twice", "p521"] {
        assert_eq!(
            TOKEN.key(label).unwrap_err().code,
            Code::TokenKey,
            "{label}"
        );
    }
}

#[test]
fn no_key_is_made_where_two_have_the_label() {
    assert_eq!(
        TOKEN.ensure_key("twice", Curve::P256).unwrap_err().code,
        Code::TokenKey
    );
}

#[test]
fn status_says_what_is_wrong_with_a_key() {
    let status = TOKEN.status().unwrap();
    let problems = |label: &str| {
        let of_label = status.keys.iter().filter(|key| key.label == label);
        let all: Vec<_> = of_label.flat_map(|key| key.problems.clone()).collect();
        all.join("; ")
    };
    assert_eq!(problems("good"), "");
    assert!(
        problems("twice").contains("2 objects"),
        "{}",
        problems("twice")
    );
    assert!(problems("p521").contains("neither a P-256 nor a P-384 key"));
    assert_eq!(problems("large"), "");
    assert_eq!(problems("mixed"), "it may do key agreement as well as sign");
    assert_eq!(problems("loose"), "it can be taken off the token");
}
