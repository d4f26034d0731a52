//! The main job on boards whose secure element has to be its maker's.
#![allow(clippy::unwrap_used)]

mod line;

use std::fs;
use std::path::PathBuf;

use line::{Line, demo_of};
use serde_json::Value;

const TARGET: &str = "stm32f405-se";
const COUNTERFEITS: [&str; 5] = [
    "no-certificates",
    "foreign-root",
    "copied-certificates",
    "altered-date",
    "impostor",
];

/// The step of that name, in what the command said of the unit.
fn step<'v>(unit: &'v Value, id: &str) -> Option<&'v Value> {
    let steps = unit["steps"].as_array().unwrap();
    steps.iter().find(|step| step["id"] == id)
}

fn provision(line: &Line, serial: &str) -> (i32, Value) {
    let order = [
        "provision",
        "--batch",
        "demo-1",
        "--slot",
        "1",
        "--serial",
        serial,
    ];
    line.run_as("olga", &order)
}

fn profile(line: &Line) -> PathBuf {
    line.out.join("stm32f405-se.toml")
}

#[test]
fn units_with_an_element_are_made_vouched_for_and_taken_out_of_service() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let done = demo_of(TARGET, &out, 2, 2);
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{said}");
    let summary = fs::read(out.join("summary.json")).unwrap();
    let summary: Value = serde_json::from_slice(&summary).unwrap();
    for unit in summary["units"].as_array().unwrap() {
        assert_eq!(unit["verdict"], "pass");
        let check = step(unit, "check-element").unwrap();
        assert_eq!(check["verification"], "signature");
        let detail = check["detail"].as_str().unwrap();
        assert!(
            detail.contains("Crypto Authentication Signer 0001"),
            "{detail}"
        );
    }
    let retired = &summary["decommissioned"][0];
    assert_eq!(retired["status"], "complete");
}

#[test]
fn a_counterfeit_element_is_quarantined_before_a_key_is_made_and_anything_burnt() {
    let line = Line::of(TARGET);
    for (kind, number) in COUNTERFEITS.into_iter().zip(1..) {
        let insert = ["bench", "insert", "1", "--counterfeit-element", kind];
        assert_eq!(line.run(&insert).0, 0);
        let serial = format!("LABEL-{number}");
        let (status, unit) = provision(&line, &serial);
        assert_eq!(
            (status, &unit["verdict"]),
            (1, &"quarantine".into()),
            "{unit}"
        );
        let check = step(&unit, "check-element").unwrap();
        assert_eq!(
            (&check["outcome"], &check["code"]),
            (&"failed".into(), &"DEV-28".into())
        );
        for later in ["make-key", "burn-root-key", "issue-certificate"] {
            assert!(step(&unit, later).is_none(), "{kind}: {later}");
        }
        let (_, shown) = line.run_as("olga", &["unit", "show", &serial]);
        let shown = shown.to_string();
        assert!(
            shown.contains("check-element") && shown.contains("DEV-28"),
            "{shown}"
        );
        let otp = line.out.join("boards/slot-1/otp.bin");
        assert!(
            fs::read(otp).unwrap().iter().all(|byte| *byte == 0xFF),
            "{kind}"
        );
    }
}

#[test]
fn without_a_pinned_root_the_check_is_said_to_be_not_asked_for() {
    let line = Line::of(TARGET);
    let text = fs::read_to_string(profile(&line)).unwrap();
    let (start, end) = (
        text.find("root = ").unwrap(),
        text.rfind("\"\"\"").unwrap() + 3,
    );
    let without = [&text[..start], &text[end..]].concat();
    fs::write(profile(&line), without).unwrap();
    let insert = [
        "bench",
        "insert",
        "1",
        "--counterfeit-element",
        "foreign-root",
    ];
    assert_eq!(line.run(&insert).0, 0);
    let (status, unit) = provision(&line, "LABEL-1");
    assert_eq!((status, &unit["verdict"]), (0, &"pass".into()), "{unit}");
    let check = step(&unit, "check-element").unwrap();
    assert_eq!(check["outcome"], "not-asked");
    assert!(check["verification"].is_null());
    let (_, shown) = line.run_as("olga", &["unit", "show", "LABEL-1"]);
    assert!(shown.to_string().contains("not-asked"), "{shown}");
}
