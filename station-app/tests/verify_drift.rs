//! `cradle verify` on units that were updated in the field, whose counter is not the record's, and
//! on a line with several products.
#![allow(clippy::unwrap_used)]

mod line;

use std::fs;
use std::path::{Path, PathBuf};

use cradle_protocol::layout::stm32f405::{BANKS, FLASH, OTP_BLOCK};
use line::{Line, firmware};
use serde_json::Value;

/// What the board in slot 1 keeps without supply.
fn memory(line: &Line, file: &str) -> PathBuf {
    line.out.join("boards/slot-1").join(file)
}

fn provision(line: &Line, slot: &str, batch: &str, board: &[&str]) {
    let insert = [&["bench", "insert", slot], board].concat();
    assert_eq!(line.run(&insert).0, 0);
    let provision = ["provision", "--batch", batch, "--slot", slot];
    let (status, unit) = line.run_as("olga", &provision);
    assert_eq!(status, 0, "{unit}");
}

/// What differs in slot 1 from the release in that folder of the line.
fn drift(line: &Line, release: &str) -> Vec<String> {
    let folder = line.out.join(release).display().to_string();
    let verify = ["verify", "--slot", "1", "--release", &folder];
    let (status, answer) = line.run_as("tariq", &verify);
    let items = answer["items"].as_array().unwrap().iter();
    let differing = items.filter(|item| item["ok"] == false);
    let names: Vec<_> = differing
        .map(|item| item["item"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(status, i32::from(!names.is_empty()), "{answer}");
    names
}

/// Signs the line's firmware as another version.
fn release(line: &Line, version: &str, into: &str) {
    let (build, out) = (firmware(), line.out.join(into));
    let (build, out) = (build.display().to_string(), out.display().to_string());
    let manifest = fs::read(line.out.join("release/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let product = manifest["product"].as_str().unwrap();
    let what = ["release", "sign", "--product", product, "--build", &build];
    let how = ["--version", version, "--minimum-version", "3"];
    let (status, answer) = line.run(&[&what[..], &how, &["--out", &out]].concat());
    assert_eq!(status, 0, "{answer}");
}

/// The unit in slot 1 runs that release by now, from bank A: a release holds the image for that
/// bank.
fn update(line: &Line, release: &str) {
    let file = memory(line, "flash.bin");
    let mut flash = fs::read(&file).unwrap();
    let image = fs::read(line.out.join(release).join("application.signed.bin")).unwrap();
    let start = (BANKS[0].start - FLASH.start) as usize;
    flash[start..start + BANKS[0].length as usize].fill(0xFF);
    flash[start..start + image.len()].copy_from_slice(&image);
    fs::write(file, flash).unwrap();
}

fn counter(file: &Path, change: impl Fn(u8) -> u8) {
    let mut otp = fs::read(file).unwrap();
    let first = &mut otp[OTP_BLOCK as usize];
    assert_eq!(*first, 0b1111_1000, "a counter of three");
    *first = change(*first);
    fs::write(file, otp).unwrap();
}

#[test]
fn a_unit_updated_in_the_field_is_held_against_the_release_it_should_run() {
    let line = Line::new();
    provision(&line, "1", "demo-1", &[]);
    release(&line, "1.1.0", "release-next");
    line.edit(
        "cradle.toml",
        "folder = \"release\"",
        "folder = \"release-next\"",
    );
    let verify = ["verify", "--slot", "1"];
    assert_eq!(line.refusal_as("tariq", &verify), "BAT-06", "not on record");
    assert_eq!(line.run_as("alice", &["release", "import"]).0, 0);
    assert_eq!(
        line.refusal_as("tariq", &verify),
        "BAT-06",
        "not the unit's"
    );
    assert_eq!(drift(&line, "release"), [""; 0]);
    assert_eq!(drift(&line, "release-next"), ["firmware version", "image"]);

    update(&line, "release-next");
    assert_eq!(drift(&line, "release-next"), [""; 0]);
    assert_eq!(drift(&line, "release"), ["firmware version", "image"]);
}

#[test]
fn a_counter_that_is_not_the_records_is_named() {
    let line = Line::new();
    provision(&line, "1", "demo-1", &[]);
    let otp = memory(&line, "otp.bin");
    let genuine = fs::read(&otp).unwrap();
    counter(&otp, |three| three >> 1 | 0x80);
    assert_eq!(drift(&line, "release"), ["counter"]);
    fs::write(&otp, genuine).unwrap();
    // Beyond its image's: nothing that it has may run any more.
    counter(&otp, |three| three << 1);
    assert_eq!(drift(&line, "release")[0], "firmware");
}

#[test]
fn a_unit_of_any_product_is_held_against_its_own() {
    let line = Line::of("stm32f405,esp32c3,stm32f405-se");
    provision(&line, "1", "demo-2", &["--family", "esp32c3"]);
    provision(&line, "2", "demo-3", &["--secure-element"]);
    for (slot, release) in [
        ("1", "sensor-esp32c3-1.0.0"),
        ("2", "sensor-stm32f405-se-1.0.0"),
    ] {
        let (status, answer) = line.run_as("tariq", &["verify", "--slot", slot]);
        assert_eq!(
            (status, &answer["release"]),
            (0, &release.into()),
            "{answer}"
        );
        let (status, answer) = line.run(&["bench", "posture", slot]);
        assert_eq!(status, 0, "{answer}");
    }
    provision(&line, "1", "demo-1", &[]);
    let (status, answer) = line.run_as("tariq", &["verify", "--slot", "1"]);
    assert_eq!(
        (status, &answer["release"]),
        (0, &"sensor-1.0.0".into()),
        "{answer}"
    );
}
