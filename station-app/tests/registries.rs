//! A registry that is down for days: the unit is wiped now and complete later, through the
//! `cradle` command.
#![allow(clippy::unwrap_used)]

mod line;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use line::Line;
use serde_json::Value;

/// What the registry answers to a deletion and to a look, and what it was asked.
struct Fleet {
    deletes: u16,
    looks: u16,
    keys: Vec<String>,
}

/// A registry on a real socket.
fn fleet() -> (String, Arc<Mutex<Fleet>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let fleet = Arc::new(Mutex::new(Fleet {
        deletes: 503,
        looks: 200,
        keys: Vec::new(),
    }));
    let shared = fleet.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut head = Vec::new();
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                match line.trim_end() {
                    "" => break,
                    text => head.push(text.to_owned()),
                }
            }
            let mut fleet = shared.lock().unwrap();
            let status = if head[0].starts_with("DELETE ") {
                let named = |line: &String| {
                    let (name, value) = line.split_once(": ")?;
                    name.eq_ignore_ascii_case("idempotency-key")
                        .then(|| value.to_owned())
                };
                let key = head.iter().find_map(named).unwrap();
                fleet.keys.push(format!("{} {key}", head[0]));
                fleet.deletes
            } else {
                fleet.looks
            };
            let answer =
                format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, fleet)
}

fn configure(line: &Line, url: &str) {
    let path = line.out.join("cradle.toml");
    let mut text = fs::read_to_string(&path).unwrap();
    text.push_str(&format!(
        r#"
[[registries.http]]
name = "fleet"
url = "{url}/units/{{serial}}"
success = [204]
look_url = "{url}/units/{{serial}}"
gone = [404]
connection = {{ retry = {{ attempts = 2, first_pause_ms = 1 }} }}
"#
    ));
    fs::write(path, text).unwrap();
}

fn make(line: &Line, slot: &str, serial: &str) {
    assert_eq!(line.run(&["bench", "insert", slot]).0, 0);
    let provision = ["provision", "--batch", "demo-1", "--slot", slot];
    let (status, unit) = line.run_as("olga", &[&provision[..], &["--serial", serial]].concat());
    assert_eq!(status, 0, "{unit}");
}

fn decommission(line: &Line, serial: &str, rest: &[&str]) -> (i32, Value) {
    let order = ["decommission", "unit", "--serial", serial];
    line.run_as(
        "tariq",
        &[&order[..], &["--verifier", "vera"], rest].concat(),
    )
}

fn reconcile(line: &Line) -> (i32, Vec<String>) {
    let (status, answer) = line.run_as("tariq", &["decommission", "reconcile"]);
    let differences = answer["differences"].as_array().unwrap().iter();
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    (status, differences.map(text).collect())
}

#[test]
fn a_unit_whose_registry_was_down_is_completed_without_its_board() {
    let line = Line::new();
    let (url, fleet) = fleet();
    configure(&line, &url);
    make(&line, "1", "LABEL-1");
    let here = ["--reason", "end-of-life", "--slot", "1"];
    let (status, answer) = decommission(&line, "LABEL-1", &here);
    assert_eq!(
        (status, &answer["status"]),
        (1, &"pending".into()),
        "{answer}"
    );
    let missing = answer["missing"].as_array().unwrap();
    assert_eq!(missing.len(), 1, "{answer}");
    assert!(
        missing[0]
            .as_str()
            .unwrap()
            .starts_with("deregister:fleet: REG-01")
    );
    let document = line.out.join("decommission/LABEL-1.json");
    let pending = fs::read(&document).unwrap();

    let settle = ["decommission", "settle"];
    let (status, answer) = line.run_as("tariq", &settle);
    assert_eq!((status, &answer["waiting"]), (1, &1.into()), "{answer}");
    assert_eq!(fs::read(&document).unwrap(), pending, "the document stands");
    let (status, differences) = reconcile(&line);
    assert_eq!((status, differences.len()), (1, 1), "{differences:?}");
    assert!(differences[0].contains("LABEL-1: fleet has not confirmed, asked 2 times"));

    fleet.lock().unwrap().deletes = 204;
    let (status, answer) = line.run_as("tariq", &settle);
    assert_eq!((status, &answer["waiting"]), (0, &0.into()), "{answer}");
    let keys = fleet.lock().unwrap().keys.clone();
    assert_eq!(keys.len(), 5);
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    is_complete(&line, "LABEL-1");

    let (status, differences) = reconcile(&line);
    assert_eq!((status, differences.len()), (1, 1), "{differences:?}");
    assert!(differences[0].contains("LABEL-1: fleet still knows it"));
    fleet.lock().unwrap().looks = 404;
    assert_eq!(reconcile(&line), (0, Vec::new()));
    let (status, answer) = line.run_as("tariq", &settle);
    assert_eq!((status, &answer["units"]), (0, &Value::Array(Vec::new())));
    the_audit_log_verifies(&line);
}

fn is_complete(line: &Line, serial: &str) {
    let path = |name: &str| line.out.join(name).display().to_string();
    let (json, key) = (
        path(&format!("decommission/{serial}.json")),
        path("document.pem"),
    );
    let export = ["ca", "key", "cradle-document", "--out", &key];
    assert_eq!(line.run(&export).0, 0);
    let verify = ["decommission", "verify", &json, "--key", &key];
    assert_eq!(line.run(&verify).1["status"], "complete");
}

fn the_audit_log_verifies(line: &Line) {
    let path = |name: &str| line.out.join(name).display().to_string();
    let (audit, key) = (path("audit"), path("audit/public-key.pem"));
    let export = ["audit", "export", "--out", &audit];
    assert_eq!(line.run_as("alice", &export).0, 0);
    let verify = ["audit", "verify", "--export", &audit, "--key", &key];
    assert_eq!(line.run(&verify).1["verified"], true);
    assert_eq!(line.run(&["audit", "verify"]).1["verified"], true);
}

#[test]
fn a_lost_unit_is_revoked_and_deregistered_without_a_board_and_never_called_wiped() {
    let line = Line::new();
    let (url, fleet) = fleet();
    configure(&line, &url);
    fleet.lock().unwrap().deletes = 204;
    make(&line, "1", "LABEL-2");
    let (status, answer) = decommission(&line, "LABEL-2", &["--reason", "lost", "--no-board"]);
    assert_eq!(
        (status, &answer["status"]),
        (1, &"pending".into()),
        "{answer}"
    );
    let parts = answer["missing"].as_array().unwrap().iter();
    let parts: Vec<_> = parts
        .map(|it| it.as_str().unwrap().split(':').next().unwrap())
        .collect();
    let device = ["prove-identity", "wipe-keys", "mass-erase", "blank-check"];
    assert_eq!(parts, device);
    assert_eq!(fleet.lock().unwrap().keys.len(), 1);

    line.edit("cradle.toml", "success = [204]", "succes = [204]");
    let (status, answer) = line.run_as("tariq", &["decommission", "settle"]);
    assert_eq!((status, &answer["error"]["code"]), (3, &"CFG-01".into()));
    let detail = answer["error"]["detail"].as_str().unwrap();
    assert!(
        detail.contains("line 3") && detail.contains("succes"),
        "{detail}"
    );
}

#[test]
fn a_list_of_units_is_retired_as_their_boards_come() {
    let line = Line::new();
    for (slot, serial) in [("1", "LABEL-1"), ("2", "LABEL-2")] {
        make(&line, slot, serial);
    }
    let path = |name: &str| line.out.join(name).display().to_string();
    let list = path("list.csv");
    let batch = |line: &Line| {
        let order = [
            "decommission",
            "batch",
            "--list",
            &list,
            "--verifier",
            "vera",
        ];
        line.run_as(
            "tariq",
            &[&order[..], &["--reason", "end-of-life"]].concat(),
        )
    };
    fs::write(&list, "serial\nLABEL-2\nLABEL-9\n").unwrap();
    let (status, answer) = batch(&line);
    assert_eq!(
        (status, &answer["error"]["code"]),
        (3, &"STO-05".into()),
        "{answer}"
    );

    assert_eq!(line.run(&["bench", "pull", "2"]).0, 0);
    fs::write(&list, "serial\nLABEL-2\nLABEL-1\n").unwrap();
    let (status, answer) = batch(&line);
    assert_eq!((status, &answer["complete"]), (1, &1.into()), "{answer}");
    assert_eq!(
        answer["units"][0]["status"],
        Value::Null,
        "its board is away"
    );
    assert_eq!(answer["units"][1]["status"], "complete");
    is_complete(&line, "LABEL-1");

    let number = answer["document"].as_str().unwrap();
    let file = path(&format!("decommission/{number}.json"));
    let verify = [
        "decommission",
        "verify",
        &file,
        "--key",
        &path("document.pem"),
    ];
    assert_eq!(line.run(&verify).1["status"], "pending");
    line.flip(&format!("decommission/{number}.json"));
    assert_eq!(line.refusal(&verify), "WIP-03");
}
