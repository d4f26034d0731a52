//! People, sessions and approvals, through the `cradle` command as a process.

// Helpers of tests are tests to us, though not to the lint.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod line;

use std::fs;
use std::path::Path;
use std::process::Command;

use line::{Line, cradle};
use serde_json::Value;

const WAITS: i32 = 4;
const GIVEN: &str = "a word to begin with";
const CHOSEN: &str = "violet tram over seven";

/// Runs a command with these variables; gives its exit status and its answer.
fn run(line: &Line, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, Value) {
    let mut command = cradle();
    let config = line.out.join("cradle.toml");
    command.arg("--json").arg("--config").arg(config);
    answer(command.args(arguments).envs(variables.iter().copied()))
}

fn answer(command: &mut Command) -> (i32, Value) {
    let output = command.output().unwrap();
    let said = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), said)
}

fn code(answer: &(i32, Value)) -> &str {
    assert_eq!(answer.0, 3, "{}", answer.1);
    answer.1["error"]["code"].as_str().unwrap()
}

/// Has one person approve what the answer waits for.
fn approve(line: &Line, who: &str, asked: &(i32, Value)) {
    assert_eq!(asked.0, WAITS, "{}", asked.1);
    let number = asked.1["waits_for"]["id"].to_string();
    let (status, told) = line.run_as(who, &["request", "approve", &number]);
    assert_eq!((status, &told["approved_by"]), (0, &who.into()), "{told}");
}

fn as_alice<'a>(line: &Line, password: &'a mut String) -> [(&'static str, &'a str); 2] {
    *password = line.password("alice");
    [
        ("CRADLE_PASSWORD", password),
        ("CRADLE_NEW_PASSWORD", GIVEN),
    ]
}

fn events(line: &Line, event: &str) -> u64 {
    let filter = format!("\"event\":\"{event}\"");
    let (status, page) = line.run_as("alice", &["audit", "show", "--filter", &filter]);
    assert_eq!(status, 0, "{page}");
    page["matching"].as_u64().unwrap()
}

/// The passwords come from files, as descriptors 3 and 4.
fn found(line: &Line, first: &Path, second: &Path) -> (i32, Value) {
    let program = env!("CARGO_BIN_EXE_cradle");
    let config = line.out.join("cradle.toml");
    let script = "exec \"$0\" --json --config \"$1\" operator found ann ben \
                  --first-password-fd 3 --second-password-fd 4 3<\"$2\" 4<\"$3\"";
    answer(
        Command::new("sh")
            .args(["-c", script, program])
            .args([&config, first, second]),
    )
}

#[test]
fn the_first_two_admins_need_neither_release_nor_ca() {
    let line = Line::new();
    for name in fs::read_dir(&line.out).unwrap() {
        let path = name.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with("records.db") || name.ends_with(".pem") {
            fs::remove_file(&path).unwrap();
        } else if ["release", "pki"].contains(&name.as_str()) {
            fs::remove_dir_all(&path).unwrap();
        }
    }
    let (one, two) = (line.out.join("one"), line.out.join("two"));
    fs::write(&one, "violet tram over seven\n").unwrap();
    fs::write(&two, "short\n").unwrap();
    assert_eq!(code(&found(&line, &one, &two)), "AUT-05");
    fs::write(&two, "quiet harbour at noon\n").unwrap();
    assert_eq!(found(&line, &one, &two).0, 0);
    assert_eq!(code(&found(&line, &one, &two)), "AUT-03");

    let ann = [("CRADLE_PASSWORD", CHOSEN), ("CRADLE_NEW_PASSWORD", GIVEN)];
    let add = [
        "operator", "add", "olga", "--role", "operator", "--as", "ann",
    ];
    assert_eq!(run(&line, &add, &ann).0, 0);
    for arguments in [
        vec!["operator", "list", "--as", "ann"],
        vec!["batch", "list", "--as", "ann"],
        vec!["audit", "show", "--as", "ann"],
        vec!["audit", "verify"],
    ] {
        let (status, told) = run(&line, &arguments, &ann);
        assert_eq!(status, 0, "{arguments:?}: {told}");
    }
}

#[test]
fn a_new_person_chooses_a_password_before_anything_else() {
    let line = Line::new();
    let mut password = String::new();
    let alice = as_alice(&line, &mut password);
    let add = [
        "operator", "add", "oskar", "--role", "operator", "--as", "alice",
    ];
    assert_eq!(run(&line, &add, &alice).0, 0);
    let list = ["batch", "list", "--as", "oskar"];
    let given = [("CRADLE_PASSWORD", GIVEN), ("CRADLE_NEW_PASSWORD", CHOSEN)];
    assert_eq!(code(&run(&line, &list, &given)), "AUT-08");
    let choose = ["operator", "password", "--as", "oskar"];
    assert_eq!(run(&line, &choose, &given).0, 0);
    assert_eq!(run(&line, &list, &[("CRADLE_PASSWORD", CHOSEN)]).0, 0);

    // Forgotten: reset by an admin, and temporary again.
    let reset = ["operator", "reset", "oskar", "--as", "alice"];
    assert_eq!(run(&line, &reset, &alice).0, 0);
    assert_eq!(code(&run(&line, &list, &given)), "AUT-08");
    assert_eq!(events(&line, "operator.password-changed"), 4);
    assert_eq!(events(&line, "operator.password-reset"), 1);
}

#[test]
fn a_second_person_confirms_who_may_be_second_person() {
    let line = Line::new();
    let mut password = String::new();
    let alice = as_alice(&line, &mut password);
    let add = [
        "operator",
        "add",
        "sue",
        "--role",
        "supervisor",
        "--as",
        "alice",
    ];
    let asked = run(&line, &add, &alice);
    let number = asked.1["waits_for"]["id"].to_string();
    let own = line.refusal_as("alice", &["request", "approve", &number]);
    assert_eq!(own, "AUT-04");
    let (_, shown) = line.run_as("bob", &["request", "show", &number]);
    assert_eq!(shown["terms"], r#"{"change":"add","role":"supervisor"}"#);
    approve(&line, "bob", &asked);
    assert_eq!(run(&line, &add, &alice).0, 0);

    let reset = ["operator", "reset", "bob", "--as", "alice"];
    let asked = run(&line, &reset, &alice);
    let number = asked.1["waits_for"]["id"].to_string();
    let (status, refused) = line.run_as("bob", &["request", "refuse", &number]);
    assert_eq!((status, &refused["refused_by"]), (0, &"bob".into()));
    assert_eq!(run(&line, &reset, &alice).0, WAITS);
}

#[test]
fn an_account_is_disabled_at_once_and_the_last_admin_stays() {
    let line = Line::new();
    let (status, _) = line.run_as("alice", &["operator", "disable", "olga"]);
    assert_eq!(status, 0);
    assert_eq!(line.refusal_as("olga", &["batch", "list"]), "AUT-09");
    let (_, told) = line.run_as("alice", &["operator", "disable", "bob"]);
    assert_eq!(told["admins_left"], 1);
    let role = ["operator", "role", "alice", "--role", "auditor"];
    assert_eq!(line.refusal_as("alice", &role), "AUT-10");
    let own = line.refusal_as("alice", &["operator", "disable", "alice"]);
    assert_eq!(own, "AUT-10");
    let (status, _) = line.run_as("alice", &["operator", "enable", "olga"]);
    assert_eq!(status, 0);
    let (_, sessions) = line.run_as("alice", &["operator", "sessions"]);
    assert_eq!(sessions[0]["operator"], "alice");
}

#[test]
fn a_release_key_a_larger_quota_and_a_changed_configuration_are_on_record() {
    let line = Line::new();
    lets_a_release_key_in(&line);
    raises_a_quota(&line);
    changes_the_configuration(&line);
}

fn lets_a_release_key_in(line: &Line) {
    let key = line.out.join("other.pem");
    let path = key.to_str().unwrap();
    let (made, said) = line::referee(
        "openssl",
        &line.out,
        &[
            "genpkey",
            "-algorithm",
            "EC",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-out",
            "other.key",
        ],
    );
    assert!(made, "{said}");
    let (made, said) = line::referee(
        "openssl",
        &line.out,
        &["pkey", "-in", "other.key", "-pubout", "-out", "other.pem"],
    );
    assert!(made, "{said}");
    let trust = ["release", "trust-key", path];
    assert_eq!(line.refusal_as("olga", &trust), "AUT-03");
    let asked = line.run_as("alice", &trust);
    approve(line, "bob", &asked);
    let (status, told) = line.run_as("alice", &trust);
    assert_eq!(status, 0, "{told}");
    assert_eq!(events(line, "release-key.trusted"), 2);
}

fn raises_a_quota(line: &Line) {
    let raise = ["batch", "raise", "demo-1", "--quota", "60"];
    let (status, asked) = line.run_as("alice", &raise);
    assert_eq!(status, 0, "{asked}");
    let number = asked["id"].to_string();
    let own = line.refusal_as("alice", &["request", "approve", &number]);
    assert_eq!(own, "AUT-04");
    let (status, _) = line.run_as("bob", &["request", "approve", &number]);
    assert_eq!(status, 0);
    let (_, batches) = line.run_as("bob", &["batch", "list"]);
    assert_eq!(batches[0]["quota"], 60);
}

fn changes_the_configuration(line: &Line) {
    line.run_as("alice", &["batch", "list"]);
    let before = events(line, "configuration.changed");
    line.run_as("alice", &["batch", "list"]);
    assert_eq!(events(line, "configuration.changed"), before);
    line.edit("cradle.toml", "Training line", "Another line");
    line.run_as("alice", &["batch", "list"]);
    assert_eq!(events(line, "configuration.changed"), before + 1);
}

#[test]
fn the_guide_prints_the_table_that_the_code_has() {
    let guide = include_str!("../../operator-guide.md");
    let table = cradle_procedure::role::Role::table();
    assert!(guide.contains(&table), "the guide should have:\n{table}");
    let output = cradle().args(["operator", "roles"]).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), table);
}
