//! `cradle verify`: a unit in service against its record, over its serial line.
#![allow(clippy::unwrap_used)]

mod line;

use std::fs;
use std::path::PathBuf;

use line::Line;
use serde_json::Value;

const SLOTS: [&str; 2] = ["1", "2"];

/// What a board keeps without supply, in the training bench's folder.
fn memory(line: &Line, slot: &str, file: &str) -> PathBuf {
    line.out
        .join("boards")
        .join(format!("slot-{slot}"))
        .join(file)
}

fn verify(line: &Line, rest: &[&str]) -> (i32, Value) {
    let verify = ["verify", "--slot", "1"];
    line.run_as("tariq", &[&verify[..], rest].concat())
}

/// The names of what differs.
fn drift(answer: &Value) -> Vec<&str> {
    let items = answer["items"].as_array().unwrap().iter();
    let differing = items.filter(|item| item["ok"] == false);
    differing
        .map(|item| item["item"].as_str().unwrap())
        .collect()
}

fn line_with_two_units() -> Line {
    let line = Line::new();
    for slot in SLOTS {
        assert_eq!(line.run(&["bench", "insert", slot]).0, 0);
        let serial = format!("LABEL-{slot}");
        let provision = ["provision", "--batch", "demo-1", "--slot", slot];
        let (status, unit) =
            line.run_as("olga", &[&provision[..], &["--serial", &serial]].concat());
        assert_eq!(status, 0, "{unit}");
    }
    line
}

#[test]
fn a_unit_that_is_as_recorded_says_so_and_every_drift_is_named() {
    let line = line_with_two_units();
    let (status, answer) = verify(&line, &["--serial", "LABEL-1"]);
    assert_eq!((status, drift(&answer)), (0, vec![]), "{answer}");
    assert_eq!(answer["as_recorded"], true);
    let compared = answer["items"].as_array().unwrap();
    for item in ["firmware version", "image", "counter", "certificate chain"] {
        assert!(
            compared.iter().any(|it| it["item"] == item),
            "{item}: {answer}"
        );
    }

    let (status, answer) = verify(&line, &["--serial", "LABEL-2"]);
    assert_eq!((status, drift(&answer)), (1, vec!["serial number"]));

    // Bits 16 to 27 of FLASH_OPTCR are nWRP (RM0090 §3.9.10).
    let options = memory(&line, "1", "option-bytes.bin");
    let genuine = fs::read(&options).unwrap();
    let mut open = genuine.clone();
    open[2] = 0xFF;
    open[3] |= 0x0F;
    fs::write(&options, &open).unwrap();
    let (status, answer) = verify(&line, &[]);
    assert_eq!(
        (status, drift(&answer)),
        (1, vec!["write-protected sectors"])
    );
    fs::write(&options, &genuine).unwrap();

    // The flash of another unit: it holds another key.
    let flash = memory(&line, "1", "flash.bin");
    let own = fs::read(&flash).unwrap();
    fs::copy(memory(&line, "2", "flash.bin"), &flash).unwrap();
    let (status, answer) = verify(&line, &[]);
    let expected = ["certificate in the device", "attestation"];
    assert_eq!((status, &*drift(&answer)), (1, &expected[..]), "{answer}");
    fs::write(&flash, own).unwrap();

    let order = ["decommission", "unit", "--serial", "LABEL-1", "--no-board"];
    let why = ["--reason", "lost", "--verifier", "vera"];
    assert_eq!(line.run_as("tariq", &[&order[..], &why].concat()).0, 1);
    let (status, answer) = verify(&line, &[]);
    let expected = ["certificate on record", "published revocations"];
    assert_eq!((status, &*drift(&answer)), (1, &expected[..]), "{answer}");
    the_audit_log_tells_of_every_look(&line, 5);

    fs::write(line.out.join("release/manifest.json"), "{}").unwrap();
    let verify = ["verify", "--slot", "1"];
    assert_eq!(line.refusal_as("tariq", &verify), "REL-02");
    let uid = memory(&line, "1", "uid.bin");
    let mut other = fs::read(&uid).unwrap();
    other[0] ^= 1;
    fs::write(uid, other).unwrap();
    assert_eq!(line.refusal_as("tariq", &verify), "STO-05");
}

fn the_audit_log_tells_of_every_look(line: &Line, looks: usize) {
    let audit = line.out.join("audit").display().to_string();
    let export = ["audit", "export", "--out", &audit];
    assert_eq!(line.run_as("alice", &export).0, 0);
    let entries = fs::read_to_string(line.out.join("audit/entries.jsonl")).unwrap();
    let inspected = entries
        .lines()
        .filter(|line| line.contains("unit.inspected"));
    let told: Vec<_> = inspected.collect();
    assert_eq!(told.len(), looks, "{told:?}");
    assert!(told[2].contains("write-protected sectors"), "{}", told[2]);
}
