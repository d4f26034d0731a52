//! What auditors carry away: the batch as files, checkpoints with a witness, a unit's record.
//! Through the `cradle` command as a process; openssl and pdftotext are the referees.
#![allow(clippy::unwrap_used, clippy::panic)]

mod line;

use std::fs;

use line::{Line, referee};

const BATCH: &str = "demo-1";

/// Makes one.
fn unit(line: &Line) -> String {
    let (status, told) = line.run(&["bench", "insert", "1"]);
    assert_eq!(status, 0, "{told}");
    let (status, unit) = line.run_as("olga", &["provision", "--slot", "1", "--batch", BATCH]);
    assert_eq!(status, 0, "{unit}");
    unit["serial"].as_str().unwrap().to_owned()
}

#[test]
fn a_batch_is_carried_away_as_files_that_others_can_check() {
    let line = Line::new();
    let serial = unit(&line);
    let folder = line.out.join("carried");
    let out = folder.to_str().unwrap();
    let (status, export) = line.run_as("alice", &["batch", "export", BATCH, "--out", out]);
    assert_eq!(status, 0, "{export}");
    let file = |ending: &str| format!("{BATCH}.{ending}");

    let key = folder.join("document-key.pem");
    let key = key.to_str().unwrap();
    let (status, told) = line.run(&["ca", "key", "cradle-document", "--out", key]);
    assert_eq!(status, 0, "{told}");
    let signed = ["dgst", "-sha256", "-verify", key, "-signature"];
    let (good, said) = referee(
        "openssl",
        &folder,
        &[&signed[..], &[&file("json.sig"), &file("json")]].concat(),
    );
    assert!(good, "{said}");
    let (_, text) = referee("pdftotext", &folder, &["-layout", &file("pdf"), "-"]);
    let csv = fs::read_to_string(folder.join(file("csv"))).unwrap();
    for place in [&text, &csv] {
        assert!(place.contains(&serial), "{place}");
    }
    let digest = export["files"][file("json")].as_str().unwrap();
    assert!(
        text.replace(char::is_whitespace, "").contains(digest),
        "{text}"
    );
    let (_, log) = line.run_as("alice", &["audit", "show", "--filter", digest]);
    assert_eq!(log["matching"], 1, "{log}");
}

#[test]
fn a_witness_file_grows_and_the_log_is_held_to_it() {
    let line = Line::new();
    let path = |name: &str| line.out.join(name).to_str().unwrap().to_owned();
    let (witness, code) = (path("witness"), path("code.svg"));
    for _ in 0..2 {
        let arguments = [
            "audit",
            "checkpoint",
            "--qr",
            "--svg",
            &code,
            "--witness",
            &witness,
        ];
        let (status, told) = line.run_as("alice", &arguments);
        assert_eq!(status, 0, "{told}");
    }
    assert!(fs::read_to_string(&code).unwrap().contains("<svg"));
    let (status, told) = line.run_as("alice", &["audit", "export", "--out", &path("log")]);
    assert_eq!(status, 0, "{told}");
    let verify = || {
        let (log, key) = (path("log"), path("log/public-key.pem"));
        line.run(&[
            "audit", "verify", "--export", &log, "--key", &key, "--older", &witness,
        ])
    };
    let (status, told) = verify();
    assert_eq!(status, 0, "{told}");
    // A checkpoint that no log of ours ever had.
    let kept = fs::read_to_string(&witness).unwrap();
    let size = kept.lines().nth(1).unwrap();
    fs::write(&witness, kept.replacen(size, "3", 1)).unwrap();
    let (status, told) = verify();
    assert_ne!(status, 0, "{told}");
}

#[test]
fn a_unit_in_repair_goes_on_where_it_was() {
    let line = Line::new();
    let serial = unit(&line);
    let state = || {
        let (status, shown) = line.run_as("alice", &["unit", "show", &serial]);
        assert_eq!(status, 0, "{shown}");
        shown["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state(), "provisioned");
    let repair = ["unit", "repair", &serial, "--reason", "cracked connector"];
    let refused = line.refusal_as("olga", &repair);
    assert_eq!(refused, "AUT-03");
    let (status, told) = line.run_as("alice", &repair);
    assert_eq!((status, state().as_str()), (0, "in-repair"), "{told}");
}

#[test]
fn a_unit_is_destroyed_only_after_its_certificate_and_before_a_witness() {
    let line = Line::new();
    let serial = unit(&line);
    let photo = line.out.join("shredder.jpg");
    fs::write(&photo, b"what is left of it").unwrap();
    let destroy = |witness| {
        let mut arguments = vec!["unit", "destroy", &serial, "--reason", "shredded, 6 mm"];
        arguments.extend(["--evidence", photo.to_str().unwrap(), "--witness", witness]);
        arguments
    };
    assert_eq!(line.refusal_as("tariq", &destroy("vera")), "STO-06");
    let order = ["decommission", "unit", "--slot", "1", "--serial", &serial];
    let why = ["--reason", "end-of-life", "--verifier", "vera"];
    let (status, told) = line.run_as("tariq", &[&order[..], &why[..]].concat());
    assert_eq!((status, &told["status"]), (0, &"complete".into()), "{told}");
    let give = ["unit", "hand-over", &serial, "--place", "gate 2", "--to"];
    let give = |to| [&give[..], &[to]].concat();
    assert_eq!(line.run_as("tariq", &give("vera")).0, 0);
    let without = line.refusal_as("tariq", &destroy("vera"));
    assert_eq!(without, "STO-06", "vera has it");
    assert_eq!(line.run_as("vera", &give("tariq")).0, 0);
    assert_eq!(line.refusal_as("tariq", &destroy("tariq")), "AUT-04");
    let (status, told) = line.run_as("tariq", &destroy("vera"));
    assert_eq!(status, 0, "{told}");
    let (_, shown) = line.run_as("alice", &["unit", "show", &serial]);
    assert_eq!(shown["state"], "destroyed", "{shown}");
    let hands = shown["custody"].as_array().unwrap();
    assert_eq!((hands.len(), &hands[1]["receiver"]), (2, &"tariq".into()));
    let (good, said) = referee("sha256sum", &line.out, &["shredder.jpg"]);
    let digest = said.split(' ').next().unwrap();
    assert!(good && told["evidence"] == digest, "{told}");
}
