//! A provisioning told before it is done, on the command line.
#![allow(clippy::unwrap_used)]

mod line;

use std::fs;

use line::Line;

#[test]
fn a_dry_run_tells_plan_and_fuses_and_changes_nothing_and_then_it_comes_so() {
    let line = Line::of("esp32c3");
    let request = ["batch", "request", "b-7", "--quota", "2", "--prefix", "R-"];
    assert_eq!(line.run_as("alice", &request).0, 0);
    for (who, verb) in [("bob", "approve"), ("bob", "open")] {
        assert_eq!(line.run_as(who, &["batch", verb, "b-7"]).0, 0);
    }
    assert_eq!(line.run(&["bench", "insert", "1"]).0, 0);
    let fuses = || fs::read(line.out.join("boards/slot-1/efuse.bin")).unwrap();
    let provision = ["provision", "--batch", "b-7", "--slot", "1"];
    let dry = [&provision[..], &["--dry-run"]].concat();

    let virgin = fuses();
    let (status, told) = line.run_as("olga", &dry);
    assert_eq!(status, 0, "{told}");
    assert_eq!(fuses(), virgin);
    let burns = told["burns"].as_array().unwrap();
    assert!(burns.iter().all(|burn| burn["held"] == false), "{told}");
    assert_eq!(burns.last().unwrap()["item"], "secure-download");
    let part = |name: &str| {
        let parts = told["one_time_memory"].as_array().unwrap();
        parts.iter().find(|part| part["name"] == name).unwrap()
    };
    let download = part("ENABLE_SECURITY_DOWNLOAD");
    assert_eq!(
        (&download["now"], &download["then"]),
        (&"0".into(), &"1".into())
    );

    let (status, made) = line.run_as("olga", &provision);
    assert_eq!((status, &made["verdict"]), (0, &"pass".into()), "{made}");
    let held = fuses();
    for key in ["BLOCK_KEY0", "BLOCK_KEY1"] {
        let then = part(key)["then"].as_str().unwrap().to_owned();
        let hex: String = held.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(hex.contains(&then), "{key}");
    }
    assert_eq!(line.refusal_as("olga", &dry), "DEV-05", "a locked chip");
}
