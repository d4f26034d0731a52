//! A board that does not start any more, from hand to hand to its destruction. Through the
//! `cradle` command as a process.
#![allow(clippy::unwrap_used, clippy::panic)]

mod line;

use std::fs;

use cradle_protocol::layout::stm32f405::{BANKS, FLASH};
use line::{Line, referee};
use serde_json::Value;

/// Its image is gone: the bootloader starts nothing and waits in recovery.
fn break_firmware(line: &Line) {
    let file = line.out.join("boards/slot-1/flash.bin");
    let mut flash = fs::read(&file).unwrap();
    let start = (BANKS[0].start - FLASH.start) as usize;
    flash[start..start + 4096].fill(0);
    fs::write(file, flash).unwrap();
}

/// Decommissions it, with a waiver that a second person approves.
fn decommission(line: &Line, serial: &str) -> Value {
    let order = ["decommission", "unit", "--slot", "1", "--serial", serial];
    let why = ["--reason", "end-of-life", "--verifier", "vera"];
    let grounds = ["--waive", "does not start; label and chip agree"];
    let order = [&order[..], &why, &grounds].concat();
    let (_, asked) = line.run_as("tariq", &order);
    let number = asked["waits_for"]["id"].to_string();
    assert_eq!(line.run_as("vera", &["request", "approve", &number]).0, 0);
    let (status, retired) = line.run_as("tariq", &order);
    assert_eq!(status, 1, "{retired}");
    retired
}

fn entries(line: &Line, filter: &str) -> Vec<Value> {
    let (_, log) = line.run_as("alice", &["audit", "show", "--filter", filter]);
    log["entries"].as_array().unwrap().clone()
}

#[test]
fn a_dead_board_is_revoked_under_a_waiver_and_then_destroyed() {
    let line = Line::new();
    assert_eq!(line.run(&["bench", "insert", "1"]).0, 0);
    let provision = ["provision", "--slot", "1", "--batch", "demo-1"];
    let (_, unit) = line.run_as("olga", &provision);
    let serial = unit["serial"].as_str().unwrap();
    let give = ["unit", "hand-over", serial, "--place", "gate 2"];
    let give = [&give[..], &["--note", "seal 4711", "--to", "tariq"]].concat();
    assert_eq!(line.run_as("olga", &give).0, 0);

    break_firmware(&line);
    let retired = decommission(&line, serial);
    assert_eq!(retired["status"], "pending");
    let missing = retired["missing"].as_array().unwrap().iter();
    let missing: Vec<_> = missing.map(|it| it.as_str().unwrap()).collect();
    assert_eq!(missing.len(), 2, "{missing:?}");
    assert!(missing[0].starts_with("prove-identity: "), "{missing:?}");
    assert!(missing[1].starts_with("wipe-keys: "), "{missing:?}");
    the_document_tells_its_custody(&line, serial);

    let photo = line.out.join("shredder.jpg");
    fs::write(&photo, b"what is left of it").unwrap();
    let destroy = ["unit", "destroy", serial, "--reason", "shredded, 6 mm"];
    let seen = ["--evidence", photo.to_str().unwrap(), "--witness", "vera"];
    let (status, told) = line.run_as("tariq", &[&destroy[..], &seen].concat());
    assert_eq!(status, 0, "{told}");
    let (_, said) = referee("sha256sum", &line.out, &["shredder.jpg"]);
    let photo = entries(&line, said.split(' ').next().unwrap());
    assert_eq!(photo.len(), 1, "{photo:?}");
    assert!(photo[0].to_string().contains("unit.destroyed"), "{photo:?}");
    let (_, shown) = line.run_as("alice", &["unit", "show", serial]);
    assert_eq!(shown["state"], "destroyed", "{shown}");
    assert_eq!(shown["certificates"][0]["reason"], "cessationOfOperation");
    assert_eq!(shown["documents"][0]["complete"], false);
}

/// In the data, on the page, and in the verifier's mouth; and the second person stands for it.
fn the_document_tells_its_custody(line: &Line, serial: &str) {
    let folder = line.out.join("decommission");
    let (json, key) = (
        folder.join(format!("{serial}.json")),
        folder.join("key.pem"),
    );
    let (json, key) = (json.to_str().unwrap(), key.to_str().unwrap());
    let own = ["ca", "key", "cradle-document", "--out", key];
    assert_eq!(line.run(&own).0, 0);
    let (status, told) = line.run(&["decommission", "verify", json, "--key", key]);
    assert_eq!((status, &told["status"]), (0, &"pending".into()), "{told}");
    let hand = &told["custody"][0];
    let named = [&hand["giver"]["name"], &hand["receiver"]["name"]];
    assert_eq!(named, ["olga", "tariq"], "{told}");
    let (_, shown) = line.run_as("alice", &["unit", "show", serial]);
    for who in ["giver", "receiver"] {
        let session = &shown["custody"][0][format!("{who}_session")];
        assert!(
            session.is_u64() && *session == hand[who]["session"],
            "{told}"
        );
    }
    let pdf = format!("{serial}.pdf");
    let (_, text) = referee("pdftotext", &folder, &["-layout", &pdf, "-"]);
    for said in ["Chain of custody", "olga", "gate 2", "seal 4711"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let verified = entries(line, "document.verified");
    assert_eq!(verified.len(), 1, "{verified:?}");
    assert!(verified[0].to_string().contains("vera"), "{verified:?}");
}
