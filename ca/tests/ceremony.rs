//! The key ceremony: on one token, on two, interrupted, repeated, and on the wrong token.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::sync::LazyLock;

use common::line::{Device, Line, names};
use common::referee::{now_ms, openssl};
use common::{PIN, SoftHsm};
use cradle_ca::ceremony::{
    CaFiles, ISSUING_CA_KEY, KEYS, ROOT_CA_KEY, Tokens, ceremony, inventory, issuing_ca, lack,
};
use cradle_ca::token::Token;
use cradle_procedure::curve::Curve;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::Signer as _;

static HSM: LazyLock<SoftHsm> = LazyLock::new(|| SoftHsm::new("ceremony", ""));

const CHAIN: &str = "verify -x509_strict -CAfile root-ca.pem -untrusted issuing-ca.pem";

#[test]
fn ceremony_run_again_changes_nothing() {
    let line = Line::new(&HSM, "again");
    assert_eq!(line.ceremony.keys_made, KEYS);
    let before = fs::read(&line.files.issuing).unwrap();
    let again = ceremony(&line.token, &names(), Curve::P256, &line.files, &now_ms).unwrap();
    assert!(again.keys_made.is_empty());
    assert_eq!(
        (again.root, again.issuing),
        (line.ceremony.root, line.ceremony.issuing)
    );
    assert_eq!(fs::read(&line.files.issuing).unwrap(), before);
}

#[test]
fn interrupted_ceremony_is_finished() {
    let line = Line::new(&HSM, "interrupted");
    fs::remove_file(&line.files.issuing).unwrap();
    let again = ceremony(&line.token, &names(), Curve::P256, &line.files, &now_ms).unwrap();
    assert_eq!(again.root, line.ceremony.root);
    line.certify(&Device::new(1));
    openssl(&line.dir, &format!("{CHAIN} SN-0001.pem")).accepted();
}

#[test]
fn certificates_of_another_token_are_refused() {
    let (line, other) = (Line::new(&HSM, "mine"), Line::new(&HSM, "other"));
    let run = || ceremony(&line.token, &names(), Curve::P256, &line.files, &now_ms);
    fs::copy(&other.files.issuing, &line.files.issuing).unwrap();
    assert_eq!(run().unwrap_err().code, Code::CaFileInvalid);
    fs::copy(&other.files.root, &line.files.root).unwrap();
    assert_eq!(run().unwrap_err().code, Code::CaFileInvalid);
    fs::remove_file(&line.files.root).unwrap();
    assert_eq!(run().unwrap_err().code, Code::CaFileInvalid);
    fs::write(&line.files.root, "nothing").unwrap();
    assert_eq!(run().unwrap_err().code, Code::CaFileInvalid);
}

#[test]
fn every_key_of_the_ceremony_is_a_different_one() {
    let line = Line::new(&HSM, "keys");
    let keys: std::collections::HashSet<_> = KEYS
        .iter()
        .map(|label| line.token.key(label).unwrap().public_key().to_vec())
        .collect();
    assert_eq!(keys.len(), KEYS.len());
}

#[test]
fn token_without_the_key_of_a_certificate_gets_no_new_one() {
    let line = Line::new(&HSM, "left");
    let empty = HSM.token("empty");
    for file in [&line.files.root, &line.files.issuing] {
        let fault = ceremony(&empty, &names(), Curve::P256, &line.files, &now_ms).unwrap_err();
        assert_eq!(fault.code, Code::CaFileInvalid, "{fault}");
        assert!(lack(&empty, &line.files).is_err());
        fs::remove_file(file).unwrap();
    }
    assert!(empty.status().unwrap().keys.is_empty());
}

#[test]
fn lack_is_what_the_ceremony_then_makes() {
    let (token, files) = (HSM.token("lack"), CaFiles::in_dir(&HSM.dir.join("lack")));
    let before = lack(&token, &files).unwrap();
    assert_eq!(before.certificates, ["root", "issuing"]);
    let made = ceremony(&token, &names(), Curve::P256, &files, &now_ms).unwrap();
    assert_eq!(made.keys_made, before.keys);
    assert!(lack(&token, &files).unwrap().is_empty());
    fs::remove_file(&files.issuing).unwrap();
    assert_eq!(lack(&token, &files).unwrap().certificates, ["issuing"]);
}

/// The root CA's token as it is most of the time.
fn locked_away() -> Result<Token, Fault> {
    Err(Fault::new(Code::TokenMissing, "locked away"))
}

#[test]
fn root_ca_on_its_own_token_is_needed_for_its_signature_and_never_again() {
    let (line, files) = (HSM.token("day"), CaFiles::in_dir(&HSM.dir.join("two")));
    let root = || {
        HSM.initialise("safe");
        Token::open(HSM.config("safe", PIN))
    };
    let with = |root| Tokens { line: &line, root };
    let fault = ceremony(
        with(Some(&locked_away)),
        &names(),
        Curve::P256,
        &files,
        &now_ms,
    )
    .unwrap_err();
    assert_eq!(fault.code, Code::TokenMissing);

    let made = ceremony(with(Some(&root)), &names(), Curve::P256, &files, &now_ms).unwrap();
    assert!(made.keys_made.contains(&ROOT_CA_KEY));
    let labels: Vec<_> = made.tokens.iter().map(|token| &*token.label).collect();
    assert_eq!(labels, ["day", "safe"]);
    assert!(line.key(ROOT_CA_KEY).is_err());
    let on_safe = root().unwrap().status().unwrap().keys;
    assert_eq!(on_safe.len(), 1, "{on_safe:?}");

    assert!(lack(with(Some(&locked_away)), &files).unwrap().is_empty());
    let again = ceremony(
        with(Some(&locked_away)),
        &names(),
        Curve::P256,
        &files,
        &now_ms,
    )
    .unwrap();
    assert_eq!((&again.root, &again.issuing), (&made.root, &made.issuing));
    assert_eq!(again.keys, made.keys);
    assert!(issuing_ca(&line, &files).is_ok());
    let dir = files.root.parent().unwrap();
    openssl(
        dir,
        "verify -x509_strict -CAfile root-ca.pem issuing-ca.pem",
    )
    .accepted();
}

#[test]
fn inventory_names_what_is_missing_and_what_does_not_belong() {
    let line = Line::new(&HSM, "one");
    let (held, root) = inventory(Tokens::from(&line.token), &line.files).unwrap();
    assert!(held.is_sound() && root.is_none(), "{held:?}");
    assert_eq!(held.keys.len(), KEYS.len());

    let tokens = Tokens {
        line: &line.token,
        root: Some(&locked_away),
    };
    let (held, root) = inventory(tokens, &line.files).unwrap();
    assert_eq!(root.unwrap().unwrap_err().code, Code::TokenMissing);
    let stray = held.keys.iter().find(|key| key.label == ROOT_CA_KEY);
    assert!(stray.unwrap().problems[0].contains("own token"));

    let other = HSM.token("bare");
    other.ensure_key(ISSUING_CA_KEY, Curve::P256).unwrap();
    let (held, _) = inventory(Tokens::from(&other), &line.files).unwrap();
    assert_eq!(held.missing.len(), KEYS.len() - 1);
    assert!(held.keys[0].problems[0].contains("another key"), "{held:?}");
}
