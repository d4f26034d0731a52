//! Signing in with a card: SoftHSM2 plays the card, `cradle` is a process of its own.

// Helpers of tests are tests to us, though not to the lint.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod line;

use std::path::PathBuf;
use std::process::Command;

use line::{Line, cradle, referee};
use serde_json::Value;

const PIN: &str = "4711-olga";

fn module() -> PathBuf {
    cradle_ca::softhsm::module().unwrap()
}

fn tool(line: &Line, program: &str, arguments: &[&str]) {
    let output = Command::new(program)
        .current_dir(&line.out)
        .env("SOFTHSM2_CONF", line.out.join("token/softhsm2.conf"))
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
}

/// A card with a key and a certificate that openssl made, valid for so many days from now.
fn make_card(line: &Line, label: &str, days: &str) {
    let (key, cert) = (format!("{label}.key"), format!("{label}.crt"));
    let subject = format!("/CN={label}");
    let new = [
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
    ];
    let rest = [&subject, "-keyout", &key, "-out", "card.csr"];
    let (made, said) = referee("openssl", &line.out, &[&new[..], &rest].concat());
    assert!(made, "{said}");
    let own = [
        "x509", "-req", "-in", "card.csr", "-signkey", &key, "-out", &cert, "-days",
    ];
    let (made, said) = referee("openssl", &line.out, &[&own[..], &[days]].concat());
    assert!(made, "{said}");
    let module = module();
    let module = module.to_str().unwrap();
    let init = [
        "--init-token",
        "--free",
        "--label",
        label,
        "--so-pin",
        "so-pin-0",
    ];
    tool(
        line,
        "softhsm2-util",
        &[&init[..], &["--pin", PIN]].concat(),
    );
    let import = [
        "--import", &key, "--token", label, "--label", "sign-in", "--id", "01",
    ];
    tool(
        line,
        "softhsm2-util",
        &[&import[..], &["--pin", PIN]].concat(),
    );
    let der = format!("{label}.der");
    let (made, said) = referee(
        "openssl",
        &line.out,
        &["x509", "-in", &cert, "-outform", "DER", "-out", &der],
    );
    assert!(made, "{said}");
    tool(
        line,
        "pkcs11-tool",
        &[
            "--module",
            module,
            "--token-label",
            label,
            "--login",
            "--pin",
            PIN,
            "--write-object",
            &der,
            "--type",
            "cert",
            "--id",
            "01",
            "--label",
            "sign-in",
        ],
    );
}

fn run(line: &Line, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, Value) {
    let mut command = cradle();
    let config = line.out.join("cradle.toml");
    command.arg("--json").arg("--config").arg(config);
    command.args(arguments).envs(variables.iter().copied());
    let output = command.output().unwrap();
    let said = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), said)
}

fn enrol(line: &Line, name: &str, label: &str) -> (i32, Value) {
    let uri = format!("pkcs11:token={label}");
    let alice = line.password("alice");
    let variables = [("CRADLE_PASSWORD", &*alice), ("CRADLE_NEW_CARD_PIN", PIN)];
    let enrol = ["operator", "card", "enrol", name, "--new-card", &uri];
    run(line, &[&enrol[..], &["--as", "alice"]].concat(), &variables)
}

/// Lists the batches, signed in with a card; gives `ok` or the code.
fn with_card(line: &Line, name: &str, label: &str, pin: &str) -> String {
    let uri = format!("pkcs11:token={label}");
    let arguments = ["batch", "list", "--as", name, "--card", &uri];
    let (status, told) = run(line, &arguments, &[("CRADLE_CARD_PIN", pin)]);
    match status {
        0 => "ok".to_owned(),
        _ => told["error"]["code"].as_str().unwrap().to_owned(),
    }
}

#[test]
fn the_card_that_was_enrolled_signs_in_until_it_is_withdrawn() {
    let line = Line::new();
    make_card(&line, "card-olga", "30");
    make_card(&line, "card-other", "30");
    assert_eq!(with_card(&line, "olga", "card-olga", PIN), "AUT-11");
    let (status, told) = enrol(&line, "olga", "card-olga");
    assert_eq!(status, 0, "{told}");
    assert_eq!(with_card(&line, "olga", "card-olga", PIN), "ok");

    assert_eq!(with_card(&line, "olga", "card-other", PIN), "AUT-11");
    assert_eq!(with_card(&line, "tariq", "card-olga", PIN), "AUT-11");
    assert_eq!(with_card(&line, "olga", "card-olga", "0000"), "TOK-02");
    assert_eq!(with_card(&line, "olga", "no-such-card", PIN), "TOK-01");

    let (status, _) = line.run_as("alice", &["operator", "card", "withdraw", "olga"]);
    assert_eq!(status, 0);
    assert_eq!(with_card(&line, "olga", "card-olga", PIN), "AUT-11");
    let (status, told) = line.run(&["audit", "verify"]);
    assert_eq!(status, 0, "{told}");
}

#[test]
fn a_card_that_has_ended_is_not_enrolled_and_an_admins_card_takes_a_second_person() {
    let line = Line::new();
    make_card(&line, "card-old", "-1");
    let (status, told) = enrol(&line, "olga", "card-old");
    assert_eq!((status, &told["error"]["code"]), (3, &"AUT-12".into()));

    make_card(&line, "card-bob", "30");
    let (status, asked) = enrol(&line, "bob", "card-bob");
    assert_eq!(status, 4, "{asked}");
    // Not bob: nobody confirms a change to the own account.
    let number = asked["waits_for"]["id"].to_string();
    let own = line.refusal_as("bob", &["request", "approve", &number]);
    assert_eq!(own, "AUT-04");
}
