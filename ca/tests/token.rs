//! A real token, and what goes wrong with one.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;
use std::sync::LazyLock;
use std::thread;

use common::{PIN, SO_PIN, SoftHsm, pin};
use cradle_ca::token::{Token, initialise_token};
use cradle_procedure::curve::Curve;
use cradle_procedure::fault::Code;
use cradle_procedure::ports::Signer;
use cradle_procedure::signature::verifies;

static HSM: LazyLock<SoftHsm> = LazyLock::new(|| SoftHsm::new("token", ""));

fn refusal<T>(result: Result<T, cradle_procedure::fault::Fault>) -> Code {
    result.err().unwrap().code
}

#[test]
fn key_is_made_once_and_signs() {
    let token = HSM.token("signing");
    assert!(token.ensure_key("k", Curve::P256).unwrap());
    assert!(!token.ensure_key("k", Curve::P256).unwrap());
    let key = token.key("k").unwrap();
    for message in [&b""[..], b"hello", &[7; 100_000]] {
        let signature = key.sign(message).unwrap();
        assert!(verifies(key.public_key(), message, &signature));
    }
}

#[test]
fn many_threads_share_one_session() {
    let token = HSM.token("threads");
    token.ensure_key("k", Curve::P256).unwrap();
    let key = token.key("k").unwrap();
    drop(token);
    thread::scope(|scope| {
        for thread in 0..8_u8 {
            let key = &key;
            scope.spawn(move || {
                for round in 0..50_u8 {
                    let message = [thread, round];
                    let signature = key.sign(&message).unwrap();
                    assert!(verifies(key.public_key(), &message, &signature));
                }
            });
        }
    });
}

#[test]
fn reopened_token_gives_the_same_key() {
    let token = HSM.token("reopened");
    token.ensure_key("k", Curve::P256).unwrap();
    let first = token.key("k").unwrap().public_key().to_vec();
    drop(token);
    let token = Token::open(HSM.config("reopened", PIN)).unwrap();
    assert_eq!(token.key("k").unwrap().public_key(), first);
}

#[test]
fn wrong_pin_is_refused() {
    HSM.initialise("closed");
    let fault = Token::open(HSM.config("closed", "wrong-pin"))
        .err()
        .unwrap();
    assert_eq!(fault.code, Code::TokenPin);
    assert!(fault.detail.contains("CKR_PIN_INCORRECT"), "{fault}");
    assert!(!fault.to_string().contains("wrong-pin"));
}

#[test]
fn missing_token_is_named() {
    let fault = Token::open(HSM.config("nowhere", PIN)).err().unwrap();
    assert_eq!(fault.code, Code::TokenMissing);
    assert!(fault.detail.contains("nowhere"));
}

#[test]
fn missing_module_and_foreign_library_are_refused() {
    for path in ["/nowhere/module.so", "/proc/self/exe"] {
        let mut config = HSM.config("any", PIN);
        config.module = Path::new(path).to_owned();
        assert_eq!(refusal(Token::open(config)), Code::TokenModule, "{path}");
    }
}

#[test]
fn token_that_exists_is_left_alone() {
    let token = HSM.token("kept");
    token.ensure_key("k", Curve::P256).unwrap();
    drop(token);
    initialise_token(&HSM.module, "kept", &pin(SO_PIN), &pin("another-pin")).unwrap();
    let token = Token::open(HSM.config("kept", PIN)).unwrap();
    assert!(token.key("k").is_ok());
}

#[test]
fn missing_key_is_named() {
    let fault = HSM.token("empty").key("absent").unwrap_err();
    assert_eq!(fault.code, Code::TokenKey);
    assert!(fault.detail.contains("absent"), "{fault}");
}
