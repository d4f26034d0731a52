//! The main job on the second chip family, through the same command, records and documents.
#![allow(clippy::unwrap_used)]

mod line;

use std::fs;
use std::path::Path;

use line::{demo_of, referee};
use serde_json::Value;

/// Blocks 0 and 1 have 24 bytes, the others 32.
const KEY0: usize = 2 * 24 + 2 * 32;
const KEY1: usize = KEY0 + 32;

#[test]
fn a_unit_is_made_locked_for_ever_attested_and_taken_out_of_service() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let done = demo_of("esp32c3", &out, 2, 2);
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}{complaint}");
    every_step_is_verified(&out);
    the_document_says_what_could_be_seen(&out);
    the_chips_hold_what_was_released(&out);
}

#[test]
fn a_unit_with_encrypted_flash_is_made_and_taken_out_of_service() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let done = demo_of("esp32c3-encrypted", &out, 2, 2);
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}{complaint}");
    let summary = json(&out.join("summary.json"));
    for unit in summary["units"].as_array().unwrap() {
        assert_eq!(unit["verdict"], "pass");
        let steps = unit["steps"].as_array().unwrap();
        let seen_by = |id: &str| {
            let step = steps.iter().find(|step| step["id"] == id);
            step.unwrap()["verification"].clone()
        };
        assert_eq!(seen_by("make-flash-key"), "controller-status");
        assert_eq!(seen_by("flash-application"), "digest");
    }
    assert_eq!(summary["decommissioned"][0]["status"], "complete");
    let text = fs::read_to_string(out.join("decommission/SN-000001.json")).unwrap();
    assert!(text.contains("BLOCK_KEY2") && text.contains("deciphered"));
    let flash = fs::read(out.join("units/SN-000002/flash.bin")).unwrap();
    let image = fs::read(out.join("release/application.signed.bin")).unwrap();
    assert!(flash[0x2_0000..][..32] != image[..32], "in the clear");
}

#[test]
fn a_gang_of_both_families_is_made_on_one_bench() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let done = demo_of("esp32c3,stm32f405", &out, 4, 4);
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{said}");
    let summary = json(&out.join("summary.json"));
    let units = summary["units"].as_array().unwrap();
    let made = |serials: &str| {
        let of_batch = |unit: &&Value| unit["serial"].as_str().unwrap().starts_with(serials);
        units.iter().filter(of_batch).count()
    };
    assert!(made("SN-00") > 0 && made("SN-10") > 0, "{said}");
    assert!(units.iter().all(|unit| unit["verdict"] == "pass"), "{said}");
    assert_eq!(summary["decommissioned"][0]["status"], "complete");
}

fn json(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

fn every_step_is_verified(out: &Path) {
    let summary = json(&out.join("summary.json"));
    for unit in summary["units"].as_array().unwrap() {
        assert_eq!(unit["verdict"], "pass");
        let steps = unit["steps"].as_array().unwrap();
        let ids: Vec<_> = steps.iter().map(|it| it["id"].as_str().unwrap()).collect();
        for step in ["flash-components", "burn-boot-key", "burn-settings"] {
            assert!(ids.contains(&step), "{step} is missing in {ids:?}");
        }
        assert_eq!(
            ids[ids.len() - 3..],
            ["secure-boot", "read-protect", "attest"]
        );
        let verified = |step: &Value| step["outcome"] == "done" && step["verification"].is_string();
        assert!(steps.iter().all(verified), "{steps:?}");
    }
    assert_eq!(summary["decommissioned"][0]["status"], "complete");
    let chain = [
        "-CAfile",
        "pki/root-ca.pem",
        "-untrusted",
        "pki/issuing-ca.pem",
    ];
    let device = "units/SN-000002/device.pem";
    let all = [&["verify", "-x509_strict"], &chain[..], &[device]].concat();
    let (accepted, said) = referee("openssl", out, &all);
    assert!(accepted, "{said}");
}

/// Nothing was read back, and the document does not say so.
fn the_document_says_what_could_be_seen(out: &Path) {
    let text = fs::read_to_string(out.join("decommission/SN-000001.json")).unwrap();
    for said in ["invalid header: 0xffffffff", "BLOCK_KEY1", "SECURE_VERSION"] {
        assert!(text.contains(said), "{said}");
    }
    assert!(!text.contains("all 0xFF"));
}

fn the_chips_hold_what_was_released(out: &Path) {
    let blank = fs::read(out.join("units/SN-000001/flash.bin")).unwrap();
    assert_eq!(blank.len(), 4 * 1024 * 1024);
    assert!(blank.iter().all(|byte| *byte == 0xFF));
    let flash = fs::read(out.join("units/SN-000002/flash.bin")).unwrap();
    for (offset, file) in [
        (0, "bootloader.bin"),
        (0x1_0000, "partition-table.bin"),
        (0x2_0000, "application.signed.bin"),
    ] {
        let image = fs::read(out.join("release").join(file)).unwrap();
        assert!(flash[offset..offset + image.len()] == image, "{file}");
    }
    let key = ["pkey", "-pubin", "-in", "release/release-key.pem"];
    let to = ["-outform", "DER", "-out", "key.der"];
    assert!(referee("openssl", out, &[&key[..], &to].concat()).0);
    let (_, digest) = referee("openssl", out, &["dgst", "-sha256", "-r", "key.der"]);
    for unit in ["SN-000001", "SN-000002"] {
        let fuses = fs::read(out.join("units").join(unit).join("otp.bin")).unwrap();
        let hex = fuses[KEY1..KEY1 + 32]
            .iter()
            .map(|byte| format!("{byte:02x}"));
        assert!(digest.starts_with(&hex.collect::<String>()), "{unit}");
        assert!(fuses[KEY0..KEY0 + 32].iter().any(|byte| *byte != 0));
    }
}
