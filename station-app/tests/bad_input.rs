//! What a station refuses, each under its code, with nothing done.
#![allow(clippy::unwrap_used)]

mod line;

use std::fs;

use line::{Line, cradle, firmware, referee};

#[test]
fn an_unsigned_release_is_refused() {
    let line = Line::new();
    fs::remove_file(line.out.join("release/manifest.sig")).unwrap();
    assert_eq!(line.refusal(&["release", "verify"]), "REL-01");
}

#[test]
fn a_release_with_an_altered_manifest_is_refused() {
    let line = Line::new();
    line.edit(
        "release/manifest.json",
        "\"minimum_version\": 3",
        "\"minimum_version\": 2",
    );
    assert_eq!(line.refusal(&["release", "verify"]), "REL-02");
}

#[test]
fn a_release_with_an_altered_image_is_refused() {
    let line = Line::new();
    line.flip("release/application.signed.bin");
    assert_eq!(line.refusal(&["release", "verify"]), "REL-03");
    line.run(&["bench", "insert", "1"]);
    let provision = ["provision", "--batch", "demo-1", "--slot", "1"];
    assert_eq!(line.refusal_as("olga", &provision), "REL-03");
}

/// Signs a release on the line, as its release engineer would.
fn sign(line: &Line, build: &str, profile: &str, out: &str) {
    let arguments = [
        "release",
        "sign",
        "--build",
        build,
        "--product",
        "sensor",
        "--version",
        "1.0.1",
    ];
    let more = [
        "--build-profile",
        profile,
        "--minimum-version",
        "3",
        "--out",
        out,
    ];
    let (status, answer) = line.run(&[&arguments[..], &more].concat());
    assert_eq!(status, 0, "{answer}");
}

#[test]
fn a_debug_build_is_refused() {
    let line = Line::new();
    let out = line.out.join("debug").display().to_string();
    sign(&line, &firmware().display().to_string(), "debug", &out);
    assert_eq!(line.refusal(&["release", "verify", &out]), "REL-04");
}

#[test]
fn a_release_for_another_chip_is_refused() {
    let line = Line::new();
    line.edit("stm32f405.toml", "id = \"stm32f405\"", "id = \"stm32f407\"");
    assert_eq!(line.refusal(&["release", "verify"]), "REL-05");
}

#[test]
fn an_image_too_large_for_its_bank_is_refused() {
    let line = Line::new();
    let build = line.out.join("build");
    fs::create_dir(&build).unwrap();
    for name in [
        "bootloader.bin",
        "application.bin",
        "provisioner.elf",
        "sbom.cdx.json",
    ] {
        fs::copy(firmware().join(name), build.join(name)).unwrap();
    }
    fs::write(build.join("application.bin"), vec![0; 384 * 1024]).unwrap();
    let out = line.out.join("large").display().to_string();
    sign(&line, &build.display().to_string(), "production", &out);
    assert_eq!(line.refusal(&["release", "verify", &out]), "REL-06");
}

#[test]
fn a_release_that_the_batch_was_not_approved_for_is_refused() {
    let line = Line::new();
    let out = line.out.join("release").display().to_string();
    sign(&line, &firmware().display().to_string(), "production", &out);
    line.run(&["bench", "insert", "1"]);
    let (status, answer) = line.run_as("olga", &["provision", "--batch", "demo-1", "--slot", "1"]);
    assert_eq!((status, &answer["code"]), (1, &"BAT-06".into()), "{answer}");
}

/// Provisions what is in slot 1 and gives the code it fails with.
fn failure(line: &Line) -> String {
    let (status, answer) = line.run_as("olga", &["provision", "--batch", "demo-1", "--slot", "1"]);
    assert_eq!(status, 1, "{answer}");
    answer["code"].as_str().unwrap().to_owned()
}

#[test]
fn boards_that_do_not_belong_on_the_bench_are_refused() {
    let line = Line::new();
    let cases: [(&[&str], &str); 3] = [
        (&["--device-id", "1049"], "DEV-02"), // 0x419: STM32F42x
        (&["--flash-kib", "512"], "DEV-03"),
        (&["--used-otp"], "DEV-04"),
    ];
    for (kind, code) in cases {
        line.run(&[&["bench", "insert", "1"], kind].concat());
        assert_eq!(failure(&line), code);
        let flash = fs::read(line.out.join("boards/slot-1/flash.bin")).unwrap();
        assert!(
            flash.iter().all(|byte| *byte == 0xFF),
            "{code}: something was written"
        );
    }
}

#[test]
fn an_empty_slot_and_one_that_does_not_exist_are_told_apart() {
    let line = Line::new();
    assert_eq!(failure(&line), "DEV-01");
    let missing = ["provision", "--batch", "demo-1", "--slot", "9"];
    assert_eq!(line.refusal_as("olga", &missing), "DEV-17");
}

#[test]
fn a_token_that_is_not_there_is_named() {
    let line = Line::new();
    line.edit("cradle.toml", "token=cradle\"", "token=other\"");
    assert_eq!(line.refusal(&["ca", "status"]), "TOK-01");
    line.edit(
        "cradle.toml",
        "token=other\"",
        "token=cradle?module-path=/nowhere.so\"",
    );
    assert_eq!(line.refusal(&["ca", "status"]), "TOK-05");
}

#[test]
fn a_wrong_pin_is_refused_and_never_repeated() {
    let line = Line::new();
    fs::write(line.out.join("token/pin"), "not-the-pin").unwrap();
    let mut command = cradle();
    command
        .arg("--config")
        .arg(line.out.join("cradle.toml"))
        .args(["ca", "status"]);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("TOK-02"), "{said}");
    assert!(!said.contains("not-the-pin"));
}

#[test]
fn a_database_of_a_newer_station_is_left_alone() {
    let line = Line::new();
    assert!(
        referee(
            "sqlite3",
            &line.out,
            &["records.db", "PRAGMA user_version = 9999"]
        )
        .0
    );
    assert_eq!(line.refusal_as("alice", &["batch", "list"]), "STO-01");
}

#[test]
fn people_are_who_they_say_and_do_what_their_role_allows() {
    let line = Line::new();
    let mut command = cradle();
    command
        .arg("--json")
        .arg("--config")
        .arg(line.out.join("cradle.toml"));
    command
        .args(["batch", "list", "--as", "alice"])
        .env("CRADLE_PASSWORD", "a guess at it");
    let output = command.output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("AUT-01"));
    let request = ["batch", "request", "b-2", "--quota", "5"];
    assert_eq!(line.refusal_as("olga", &request), "AUT-03");
    assert_eq!(line.run_as("alice", &request).0, 0);
    assert_eq!(
        line.refusal_as("alice", &["batch", "approve", "b-2"]),
        "AUT-04"
    );
    assert_eq!(line.run_as("bob", &["batch", "approve", "b-2"]).0, 0);
}

#[test]
fn a_mistake_in_the_configuration_is_named_with_its_line() {
    let line = Line::new();
    line.edit("cradle.toml", "station = ", "stattion = ");
    let (status, answer) = line.run(&["bench", "list"]);
    assert_eq!((status, &answer["error"]["code"]), (3, &"CFG-01".into()));
    let detail = answer["error"]["detail"].as_str().unwrap();
    assert!(
        detail.contains("line 2") && detail.contains("stattion"),
        "{detail}"
    );
}

#[test]
fn a_folder_that_is_not_the_demos_is_not_cleared() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    let done = line::demo(folder.path(), 1, 1);
    assert_eq!(done.status.code(), Some(3));
    assert!(folder.path().join("thesis.txt").exists());
}
