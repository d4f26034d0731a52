//! `cradle ca serve` and `cradle ca revoke`, on a line that has made and retired units.
#![allow(clippy::unwrap_used)]

mod line;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use line::{cradle, demo, referee};
use serde_json::Value;
use tempfile::TempDir;

const ADMIN: &str = "alice";

fn password(out: &Path, name: &str) -> String {
    let people = fs::read_to_string(out.join("people.txt")).unwrap();
    let person = people
        .lines()
        .find(|line| line.starts_with(&format!("{name}\t")));
    person.unwrap().split('\t').nth(1).unwrap().to_owned()
}

fn command(out: &Path, arguments: &[&str]) -> Command {
    let mut command = cradle();
    command
        .arg("--config")
        .arg(out.join("cradle.toml"))
        .args(arguments);
    command
        .args(["--as", ADMIN])
        .env("CRADLE_PASSWORD", password(out, ADMIN));
    command
}

/// A `cradle ca serve` that is stopped when the test ends, however it ends.
struct Serving {
    process: Child,
    address: String,
}

impl Serving {
    fn start(out: &Path) -> Self {
        let mut process = command(out, &["ca", "serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let address = line
            .trim()
            .strip_prefix("Serving at http://")
            .unwrap()
            .to_owned();
        Self { process, address }
    }

    /// What OpenSSL says of a certificate.
    fn ask(&self, out: &Path, which: &[&str]) -> String {
        let url = format!("http://{}/ocsp", self.address);
        let (issuer, root) = ("pki/issuing-ca.pem", "pki/root-ca.pem");
        let arguments = [
            "ocsp",
            "-issuer",
            issuer,
            "-CAfile",
            root,
            "-verify_other",
            issuer,
        ];
        let (ok, said) = referee(
            "openssl",
            out,
            &[&arguments[..], &["-url", &url], which].concat(),
        );
        assert!(ok && said.contains("Response verify OK"), "{said}");
        said
    }

    fn get(&self, path: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        let head = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        all.split_off(head + 4)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn units(out: &Path) -> [PathBuf; 2] {
    let summary = fs::read(out.join("summary.json")).unwrap();
    let summary: Value = serde_json::from_slice(&summary).unwrap();
    [0, 1].map(|unit| {
        let serial = summary["units"][unit]["serial"].as_str().unwrap();
        Path::new("units").join(serial).join("device.pem")
    })
}

#[test]
fn relying_parties_learn_what_became_of_each_unit() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("line");
    let made = demo(&out, 2, 2);
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let [retired, good] = units(&out).map(|path| path.display().to_string());
    let serving = Serving::start(&out);

    let said = serving.ask(&out, &["-cert", &retired]);
    assert!(
        said.contains("device.pem: revoked") && said.contains("cessationOfOperation"),
        "{said}"
    );
    let said = serving.ask(&out, &["-cert", &good]);
    assert!(said.contains("device.pem: good"), "{said}");
    let said = serving.ask(&out, &["-serial", "0x4711"]);
    assert!(said.contains("0x4711: unknown"), "{said}");
    let crl = fs::read(out.join("pki/issuing-ca.crl")).unwrap();
    assert_eq!(serving.get("/issuing-ca.crl"), crl);

    let (_, serial) = referee(
        "openssl",
        &out,
        &["x509", "-in", &good, "-noout", "-serial"],
    );
    let serial = serial.trim().strip_prefix("serial=").unwrap().to_owned();
    let revoke = [
        "ca",
        "revoke",
        "--certificate",
        &serial,
        "--reason",
        "keyCompromise",
        "--with",
        "bob",
    ];
    let revoked = command(&out, &revoke)
        .env("CRADLE_SECOND_PASSWORD", password(&out, "bob"))
        .output()
        .unwrap();
    assert!(
        revoked.status.success(),
        "{}",
        String::from_utf8_lossy(&revoked.stderr)
    );
    // Known to the responder a second later; how much later the machine gets to it is its own.
    let mut said = String::new();
    for _ in 0..60 {
        said = serving.ask(&out, &["-cert", &good]);
        if said.contains("device.pem: revoked") {
            break;
        }
        thread::sleep(Duration::from_millis(500));
    }
    assert!(
        said.contains("device.pem: revoked") && said.contains("keyCompromise"),
        "{said}"
    );
    assert_ne!(serving.get("/issuing-ca.crl"), crl);
}

#[test]
fn only_who_runs_the_authority_may_revoke_or_serve() {
    let line = line::Line::new();
    for arguments in [
        &["ca", "serve", "--listen", "127.0.0.1:0"][..],
        &[
            "ca",
            "revoke",
            "--certificate",
            "4711",
            "--reason",
            "superseded",
        ],
    ] {
        assert_eq!(line.refusal_as("olga", arguments), "AUT-03");
    }
    let unknown = [
        "ca",
        "revoke",
        "--certificate",
        "4711",
        "--reason",
        "superseded",
    ];
    assert_eq!(line.refusal_as(ADMIN, &unknown), "CA-04");
}
