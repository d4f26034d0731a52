//! The main job as a person runs it, checked by programs that are not ours.
#![allow(clippy::unwrap_used)]

mod line;

use std::fs;
use std::path::Path;

use line::{Line, demo, referee};
use serde_json::Value;

const UNITS: [&str; 2] = ["SN-000001", "SN-000002"];

#[test]
fn the_demo_leaves_behind_what_it_promises_also_when_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    for run in ["first", "second"] {
        let done = demo(&out, 2, 2);
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(
            done.status.success(),
            "{run}: {said}{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
    summary_tells_every_step(&out);
    openssl_accepts_the_certificates_and_the_crl(&out);
    memory_holds_what_was_released(&out);
    the_wiped_unit_is_blank_and_keeps_its_burnt_cells(&out);
    no_file_with_a_secret_is_for_others(&out);
}

fn summary_tells_every_step(out: &Path) {
    let summary: Value =
        serde_json::from_slice(&fs::read(out.join("summary.json")).unwrap()).unwrap();
    let units = summary["units"].as_array().unwrap();
    assert_eq!(units.len(), UNITS.len());
    for (unit, serial) in units.iter().zip(UNITS) {
        assert_eq!(unit["serial"], serial);
        assert_eq!(unit["verdict"], "pass");
        let steps = unit["steps"].as_array().unwrap();
        assert_eq!(steps.len(), 16);
        let verified = |step: &Value| step["outcome"] == "done" && step["verification"].is_string();
        assert!(steps.iter().all(verified), "{steps:?}");
        assert_eq!(steps.last().unwrap()["verification"], "attested");
    }
    assert_eq!(summary["decommissioned"][0]["serial"], UNITS[0]);
    assert_eq!(summary["decommissioned"][0]["status"], "complete");
    for file in [
        "decommission/SN-000001.pdf",
        "decommission/SN-000001.json",
        "records.db",
    ] {
        assert!(fs::metadata(out.join(file)).unwrap().len() > 0, "{file}");
    }
}

fn openssl_accepts_the_certificates_and_the_crl(out: &Path) {
    let chain = [
        "-x509_strict",
        "-CAfile",
        "pki/root-ca.pem",
        "-untrusted",
        "pki/issuing-ca.pem",
    ];
    let verify = |extra: &[&str], unit: &str| {
        let device = format!("units/{unit}/device.pem");
        let arguments = [&["verify"], &chain[..], extra, &[&device]].concat();
        referee("openssl", out, &arguments)
    };
    let crl = [
        "crl",
        "-inform",
        "DER",
        "-in",
        "pki/issuing-ca.crl",
        "-out",
        "crl.pem",
    ];
    assert!(referee("openssl", out, &crl).0);
    let with_crl = ["-crl_check", "-CRLfile", "crl.pem"];
    for unit in UNITS {
        let (accepted, said) = verify(&[], unit);
        assert!(accepted, "{said}");
    }
    let (accepted, said) = verify(&with_crl, UNITS[0]);
    assert!(!accepted && said.contains("certificate revoked"), "{said}");
    let (accepted, said) = verify(&with_crl, UNITS[1]);
    assert!(accepted, "{said}");
    let manifest = [
        "dgst",
        "-sha256",
        "-verify",
        "release/release-key.pem",
        "-signature",
    ];
    let files = ["release/manifest.sig", "release/manifest.json"];
    assert!(referee("openssl", out, &[&manifest[..], &files].concat()).0);
}

fn memory_holds_what_was_released(out: &Path) {
    let flash = fs::read(out.join("units/SN-000002/flash.bin")).unwrap();
    let at = |offset: usize, file: &str| {
        let image = fs::read(out.join("release").join(file)).unwrap();
        assert_eq!(flash[offset..offset + image.len()], image, "{file}");
    };
    at(0, "bootloader.bin");
    at(0x2_0000, "application.signed.bin");
    otp_is_burnt(out, UNITS[1]);
}

/// The hash of the release key as openssl sees it, its lock, and three cleared counter bits.
fn otp_is_burnt(out: &Path, unit: &str) {
    let arguments = [
        "pkey",
        "-pubin",
        "-in",
        "release/release-key.pem",
        "-outform",
        "DER",
        "-out",
        "key.der",
    ];
    assert!(referee("openssl", out, &arguments).0);
    let (_, digest) = referee("openssl", out, &["dgst", "-sha256", "-r", "key.der"]);
    let otp = fs::read(out.join("units").join(unit).join("otp.bin")).unwrap();
    let held: String = otp[..32].iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(digest.starts_with(&held), "{digest} is not {held}");
    assert_eq!(otp[32..36], [0xF8, 0xFF, 0xFF, 0xFF], "counter");
    assert_eq!(otp[512], 0, "lock byte of block 0");
    let rest = otp[36..512].iter().chain(&otp[513..528]);
    assert!(
        rest.into_iter().all(|byte| *byte == 0xFF),
        "cells outside the map are burnt"
    );
}

fn the_wiped_unit_is_blank_and_keeps_its_burnt_cells(out: &Path) {
    let flash = fs::read(out.join("units/SN-000001/flash.bin")).unwrap();
    assert_eq!(flash.len(), 1024 * 1024);
    assert!(flash.iter().all(|byte| *byte == 0xFF));
    otp_is_burnt(out, UNITS[0]);
}

fn no_file_with_a_secret_is_for_others(out: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    for file in [
        "token",
        "token/pin",
        "token/softhsm2.conf",
        "people.txt",
        "records.db",
    ] {
        let mode = fs::metadata(out.join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file}: {mode:o}");
    }
}

#[test]
fn one_command_makes_a_unit_and_the_next_ones_retire_and_check_it() {
    let line = Line::new();
    assert_eq!(line.run(&["bench", "insert", "1"]).0, 0);
    let provision = [
        "provision",
        "--batch",
        "demo-1",
        "--slot",
        "1",
        "--serial",
        "LABEL-7",
    ];
    let (status, unit) = line.run_as("olga", &provision);
    assert_eq!(
        (status, &unit["verdict"], &unit["serial"]),
        (0, &"pass".into(), &"LABEL-7".into())
    );

    let (status, again) = line.run_as("olga", &provision);
    assert_eq!(
        (status, &again["code"]),
        (1, &"DEV-06".into()),
        "a finished unit is not made over"
    );

    let order = ["decommission", "unit", "--slot", "1", "--serial", "LABEL-7"];
    let own = ["--reason", "end-of-life", "--verifier", "tariq"];
    let refused = line.refusal_as("tariq", &[&order[..], &own].concat());
    assert_eq!(refused, "AUT-04", "the verifier is another person");
    let unfit = ["--reason", "end-of-life", "--verifier", "olga"];
    let refused = line.refusal_as("tariq", &[&order[..], &unfit].concat());
    assert_eq!(refused, "AUT-03", "and one who may");

    let why = ["--reason", "end-of-life", "--verifier", "vera"];
    let grounds = ["--waive", "it may not start any more"];
    let why = [&why[..], &grounds].concat();
    let (status, asked) = line.run_as("tariq", &[&order[..], &why].concat());
    assert_eq!(status, 4, "a waiver waits for a second person: {asked}");
    let number = asked["waits_for"]["id"].to_string();
    let (status, _) = line.run_as("vera", &["request", "approve", &number]);
    assert_eq!(status, 0);
    let (status, document) = line.run_as("tariq", &[&order[..], &why].concat());
    assert_eq!(
        (status, &document["status"]),
        (0, &"complete".into()),
        "{document}"
    );

    let key = line.out.join("document.pem").display().to_string();
    let json = line
        .out
        .join("decommission/LABEL-7.json")
        .display()
        .to_string();
    assert_eq!(
        line.run(&["ca", "key", "cradle-document", "--out", &key]).0,
        0
    );
    let verify = ["decommission", "verify", &json, "--key", &key];
    assert_eq!(line.run(&verify).1["status"], "complete");
    line.flip("decommission/LABEL-7.json");
    assert_eq!(line.refusal(&verify), "WIP-03");

    let audit = line.out.join("audit").display().to_string();
    let pem = line.out.join("audit/public-key.pem").display().to_string();
    assert_eq!(
        line.run_as("alice", &["audit", "export", "--out", &audit])
            .0,
        0
    );
    let verify = ["audit", "verify", "--export", &audit, "--key", &pem];
    assert_eq!(line.run(&verify).1["verified"], true);
    line.flip("audit/entries.jsonl");
    let (status, answer) = line.run(&verify);
    assert_eq!((status, &answer["code"]), (1, &"STO-04".into()));
}
