//! What `cradle bench posture` tells of the firmware in a slot.
#![allow(clippy::unwrap_used)]

mod line;

use line::{Line, cradle};

#[test]
fn a_provisioned_unit_tells_its_version_banks_counter_protection_and_boot_events() {
    let line = Line::new();
    line.run(&["bench", "insert", "1"]);
    let provision = ["provision", "--batch", "demo-1", "--slot", "1"];
    let (status, made) = line.run_as("olga", &provision);
    assert_eq!(status, 0, "{made}");

    let (status, told) = line.run(&["bench", "posture", "1"]);
    assert_eq!(status, 0, "{told}");
    assert_eq!(told["state"], "operational");
    assert!(!told["version"].as_str().unwrap().is_empty());
    assert_eq!(
        (&told["bank"], &told["confirmed"]),
        (&"A".into(), &true.into())
    );
    assert_eq!(
        (&told["counter"], &told["rdp_level"]),
        (&3.into(), &1.into())
    );
    assert_eq!(told["write_protected_sectors"], serde_json::json!([0, 1]));
    assert_eq!(
        (&told["key"], &told["certificate"]),
        (&true.into(), &true.into())
    );
    let event = &told["boot_events"][0];
    assert_eq!(
        (&event["event"], &event["confirmed"]),
        (&"provisioned".into(), &true.into())
    );

    let config = line.out.join("cradle.toml");
    let mut command = cradle();
    command
        .arg("--config")
        .arg(config)
        .args(["bench", "posture", "1"]);
    let words = String::from_utf8(command.output().unwrap().stdout).unwrap();
    for expected in [
        "A, confirmed",
        "level 1",
        "sectors 0, 1",
        "boot event 1",
        "provisioned",
    ] {
        assert!(words.contains(expected), "{expected}: {words}");
    }
}
