//! `cradle ca init`, `ca show` and `ca revoke`: what takes two people, on real tokens.
#![allow(clippy::unwrap_used, clippy::panic)]

mod line;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cradle_ca::softhsm;
use cradle_procedure::ids::OperatorName;
use cradle_records::{NewOperator, Store, StoreOptions};
use cradle_station::station::now_ms;
use line::{Line, cradle, referee};
use serde_json::Value;
use tempfile::TempDir;

const PIN: &str = "works-20261120";
const PASSWORDS: [(&str, &str); 2] = [
    ("alice", "orchard-lantern-88"),
    ("bob", "granite-violin-31"),
];

/// A works before its first key ceremony: an empty token for the line, another for the root CA,
/// and two security admins.
struct Works {
    _folder: TempDir,
    dir: PathBuf,
    hsm: PathBuf,
}

impl Works {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let dir = folder.path().to_owned();
        let hsm = softhsm::configure(&dir.join("hsm")).unwrap();
        let works = Self {
            _folder: folder,
            dir,
            hsm,
        };
        for label in ["line", "safe"] {
            works.initialise(label);
        }
        // The training line's configuration, with tokens of our own.
        let text = fs::read_to_string(Line::new().out.join("cradle.toml")).unwrap();
        let text = text
            .replace("pkcs11:token=cradle", "pkcs11:token=line")
            .replace("pin_file = \"token/pin\"\n", "")
            .replace("token/softhsm2.conf", "hsm/softhsm2.conf")
            .replace(
                "[authority]",
                "[token.root]\nuri = \"pkcs11:token=safe\"\n\n[authority]",
            );
        fs::write(works.dir.join("cradle.toml"), text).unwrap();
        works.found();
        works
    }

    fn initialise(&self, label: &str) {
        let mut command = Command::new("softhsm2-util");
        command.env("SOFTHSM2_CONF", &self.hsm);
        command.args(["--init-token", "--free", "--label", label]);
        let done = command.args(["--so-pin", PIN, "--pin", PIN]).output();
        assert!(done.unwrap().status.success());
    }

    /// As `cradle operator found` does, which asks at a terminal.
    fn found(&self) {
        let records = self.dir.join("records.db");
        let store = Store::open(&records, now_ms, StoreOptions::default()).unwrap();
        let names = PASSWORDS.map(|(name, _)| OperatorName::new(name).unwrap());
        let person = |at: usize| NewOperator {
            name: &names[at],
            password: PASSWORDS[at].1,
        };
        store.found(person(0), person(1)).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> (i32, Value) {
        let mut command = cradle();
        command
            .arg("--json")
            .arg("--config")
            .arg(self.dir.join("cradle.toml"))
            .args(arguments)
            .env("CRADLE_PIN", PIN)
            .env("CRADLE_ROOT_PIN", PIN)
            .env("CRADLE_PASSWORD", PASSWORDS[0].1)
            .env("CRADLE_SECOND_PASSWORD", PASSWORDS[1].1);
        let output = command.output().unwrap();
        let answer = serde_json::from_slice(&output.stdout);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (
            output.status.code().unwrap(),
            answer.unwrap_or_else(|_| panic!("{said}")),
        )
    }

    /// Shows what the tokens hold, with the PIN of the line's token on standard input.
    fn show_with(&self, pin: &str) -> (i32, Value) {
        let mut command = cradle();
        command
            .args(["--json", "ca", "show", "--pin-fd", "0", "--config"])
            .arg(self.dir.join("cradle.toml"))
            .env("CRADLE_ROOT_PIN", PIN)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut input = process.stdin.take().unwrap();
        writeln!(input, "{pin}").unwrap();
        drop(input);
        let output = process.wait_with_output().unwrap();
        let answer = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code().unwrap(), answer)
    }

    fn refusal(&self, arguments: &[&str]) -> String {
        let (status, answer) = self.run(arguments);
        assert_eq!(status, 3, "{answer}");
        answer["error"]["code"].as_str().unwrap().to_owned()
    }

    /// Takes the root CA's token away: into a drawer that SoftHSM2 does not know.
    fn lock_root_away(&self) -> PathBuf {
        let holds = |token: &Path, what: &str| {
            let files = fs::read_dir(token)
                .unwrap()
                .map(|file| file.unwrap().path());
            let contains = |file: PathBuf| {
                let bytes = fs::read(file).unwrap();
                bytes.windows(what.len()).any(|at| at == what.as_bytes())
            };
            files.into_iter().any(contains)
        };
        let mut tokens = fs::read_dir(self.hsm.with_file_name("tokens")).unwrap();
        let safe = tokens
            .find_map(|token| Some(token.unwrap().path()).filter(|path| holds(path, "safe")))
            .unwrap();
        let drawer = self.dir.join("drawer");
        fs::rename(safe, &drawer).unwrap();
        drawer
    }
}

fn labels(answer: &Value) -> Vec<&str> {
    let labels = answer.as_array().unwrap();
    labels.iter().map(|label| label.as_str().unwrap()).collect()
}

fn fingerprint(dir: &Path, file: &str) -> String {
    let arguments = ["x509", "-in", file, "-noout", "-fingerprint", "-sha256"];
    let (_, said) = referee("openssl", dir, &arguments);
    let digest = said.trim().split('=').next_back().unwrap();
    digest.replace(':', "").to_lowercase()
}

/// The newest entry of the log about that event.
fn logged(answer: &(i32, Value), event: &str) -> Value {
    let entries = answer.1["entries"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["event"] == event);
    let facts = entry.unwrap_or_else(|| panic!("no {event} in {answer:?}"))["facts"].clone();
    match facts {
        Value::String(text) => serde_json::from_str(&text).unwrap(),
        facts => facts,
    }
}

#[test]
fn first_ceremony_takes_two_people_and_leaves_the_root_ca_on_its_own_token() {
    let works = Works::new();
    let (status, shown) = works.run(&["ca", "init", "--show"]);
    assert_eq!(status, 1, "{shown}");
    assert_eq!(labels(&shown["tokens"][0]["missing"]).len(), 6);
    assert_eq!(works.show_with(PIN).1, shown);
    let (_, refused) = works.show_with("not-the-pin-at-all");
    assert_eq!(refused["error"]["code"], "TOK-02");
    assert!(!refused.to_string().contains("not-the-pin"), "{refused}");

    assert_eq!(works.refusal(&["ca", "init", "--as", "alice"]), "AUT-07");
    let alone = ["ca", "init", "--as", "alice", "--with", "alice"];
    assert_eq!(
        works.refusal(&alone),
        "AUT-01",
        "bob's password is not hers"
    );
    assert!(!works.dir.join("pki/root-ca.pem").exists());

    let (status, made) = works.run(&[
        "ca", "init", "--as", "alice", "--with", "bob", "--curve", "p384",
    ]);
    assert_eq!(status, 0, "{made}");
    let tokens = made["tokens"].as_array().unwrap();
    assert_eq!(tokens.len(), 2);
    assert_eq!(
        (&tokens[0]["label"], &tokens[1]["label"]),
        (&"line".into(), &"safe".into())
    );

    let pki = works.dir.join("pki");
    let entry = logged(
        &works.run(&["audit", "show", "--as", "alice"]),
        "ceremony.held",
    );
    assert_eq!(entry["approved_by"], "bob");
    assert_eq!(entry["keys_made"].as_array().unwrap().len(), 7);
    for (file, digest) in [
        ("root-ca.pem", "root_sha256"),
        ("issuing-ca.pem", "issuing_sha256"),
    ] {
        assert_eq!(entry[digest], fingerprint(&pki, file).as_str());
    }
    let (good, said) = referee(
        "openssl",
        &pki,
        &[
            "verify",
            "-x509_strict",
            "-CAfile",
            "root-ca.pem",
            "issuing-ca.pem",
        ],
    );
    assert!(good, "{said}");
    for file in ["root-ca.pem", "issuing-ca.pem"] {
        let show = ["x509", "-in", file, "-noout", "-text"];
        let (_, said) = referee("openssl", &pki, &show);
        assert!(said.contains("ASN1 OID: secp384r1"), "{said}");
    }

    let drawer = works.lock_root_away();
    let (status, again) = works.run(&["ca", "init", "--as", "alice"]);
    assert_eq!(
        (status, &again["made"]),
        (0, &Value::Array(Vec::new())),
        "{again}"
    );
    let (status, shown) = works.run(&["ca", "show"]);
    assert_eq!(status, 0, "{shown}");
    assert!(
        shown["tokens"][1]["away"]
            .as_str()
            .unwrap()
            .contains("TOK-01")
    );
    fs::rename(drawer, works.hsm.with_file_name("tokens").join("back")).unwrap();
    let (_, shown) = works.run(&["ca", "show"]);
    assert_eq!(shown["tokens"][1]["keys"][0]["label"], "cradle-root-ca");
}

/// Deletes a key pair of a line's token, as only somebody with the PIN can.
fn delete(line: &Line, label: &str) {
    for kind in ["privkey", "pubkey"] {
        let mut command = Command::new("pkcs11-tool");
        command
            .env("SOFTHSM2_CONF", line.out.join("token/softhsm2.conf"))
            .env(
                "PIN",
                fs::read_to_string(line.out.join("token/pin")).unwrap(),
            )
            .arg("--module")
            .arg(softhsm::module().unwrap())
            .args(["--token-label", "cradle", "--login", "--pin", "env:PIN"])
            .args(["--delete-object", "--type", kind, "--label", label]);
        let done = command.output().unwrap();
        assert!(done.status.success(), "{done:?}");
    }
}

#[test]
fn later_ceremony_waits_for_another_admin_and_is_held_on_exactly_these_terms() {
    let line = Line::new();
    let entry = logged(
        &line.run_as("alice", &["audit", "show", "--limit", "99"]),
        "ceremony.held",
    );
    assert_eq!(entry["approved_by"], "bob");
    delete(&line, "cradle-document");
    let (status, shown) = line.run(&["ca", "show"]);
    assert_eq!(status, 1, "{shown}");
    assert_eq!(labels(&shown["tokens"][0]["missing"]), ["cradle-document"]);

    let init = ["ca", "init"];
    assert_eq!(line.refusal_as("olga", &init), "AUT-03");
    let (status, waits) = line.run_as("alice", &init);
    assert_eq!((status, &waits["waits"]), (0, &true.into()), "{waits}");
    let request = waits["request"].to_string();
    assert_eq!(line.run_as("alice", &init).1["request"], waits["request"]);
    let approve = ["request", "approve", &request];
    assert_eq!(line.refusal_as("alice", &approve), "AUT-04");
    assert_eq!(line.refusal_as("olga", &approve), "AUT-03");
    assert_eq!(line.run_as("bob", &approve).0, 0);

    // What is missing by now is not what was approved.
    delete(&line, "cradle-ocsp");
    let (_, more) = line.run_as("alice", &init);
    assert_ne!(more["request"], waits["request"]);
    assert_eq!(
        line.run_as("bob", &["request", "approve", &more["request"].to_string()])
            .0,
        0
    );
    let (status, made) = line.run_as("alice", &init);
    assert_eq!(status, 0, "{made}");
    assert_eq!(labels(&made["made"]), ["cradle-document", "cradle-ocsp"]);
    assert_eq!(line.run(&["ca", "show"]).0, 0);
}

#[test]
fn line_works_on_without_the_root_ca() {
    let line = Line::new();
    line.edit(
        "cradle.toml",
        "[authority]",
        "[token.root]\nuri = \"pkcs11:token=safe\"\npin_file = \"token/pin\"\n\n[authority]",
    );
    let (status, shown) = line.run(&["ca", "show"]);
    assert_eq!(
        status, 1,
        "the root CA's key is on the line's token: {shown}"
    );
    delete(&line, "cradle-root-ca");
    assert_eq!(line.run(&["ca", "show"]).0, 0);

    line.run(&["bench", "insert", "1"]);
    let provision = ["provision", "--batch", "demo-1", "--slot", "1"];
    let (status, unit) = line.run_as("olga", &provision);
    assert_eq!(status, 0, "{unit}");
    assert_eq!(line.run_as("alice", &["ca", "crl"]).0, 0);
    assert_eq!(
        line.run_as("alice", &["ca", "init"]).1["made"],
        Value::Array(Vec::new())
    );
}

#[test]
fn certificate_is_revoked_by_two_people_or_not_at_all() {
    let line = Line::new();
    line.run(&["bench", "insert", "1"]);
    let provision = ["provision", "--batch", "demo-1", "--slot", "1"];
    assert_eq!(line.run_as("olga", &provision).0, 0);
    let (_, log) = line.run_as(
        "alice",
        &["audit", "show", "--filter", "certificate.issued"],
    );
    let issued = logged(&(0, log), "certificate.issued");
    let serial = issued["certificate"].as_str().unwrap();
    let revoke = |reason| ["ca", "revoke", "--certificate", serial, "--reason", reason];

    let (status, waits) = line.run_as("alice", &revoke("superseded"));
    assert_eq!((status, &waits["waits"]), (0, &true.into()), "{waits}");
    let approve = ["request", "approve", &waits["request"].to_string()];
    assert_eq!(line.refusal_as("alice", &approve), "AUT-04");
    assert_eq!(line.run_as("bob", &approve).0, 0);
    let (_, other) = line.run_as("alice", &revoke("keyCompromise"));
    assert_eq!(other["waits"], true, "another reason is another request");
    let held = |line: &Line| {
        let pki = line.out.join("pki");
        let arguments = [
            "crl",
            "-in",
            "issuing-ca.crl",
            "-inform",
            "DER",
            "-noout",
            "-text",
        ];
        let (_, said) = referee("openssl", &pki, &arguments);
        said.to_lowercase().contains(&serial.to_lowercase())
    };
    assert!(!held(&line));
    let (status, done) = line.run_as("alice", &revoke("superseded"));
    assert_eq!(
        (status, &done["reason"]),
        (0, &"superseded".into()),
        "{done}"
    );
    assert!(held(&line));
}
