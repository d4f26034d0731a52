//! Certificate requests that ask for something else than the station prepared, on the real token
//! and the real record: refused, and on record as refused.
#![allow(clippy::unwrap_used)]

mod line;

use std::fs;
use std::path::{Path, PathBuf};

use cradle_ca::issue::DeviceAuthority;
use cradle_procedure::fault::Code;
use cradle_procedure::ids::{BatchId, SlotId, Uid};
use cradle_procedure::ports::{Authority as _, Ledger as _, Subject};
use cradle_procedure::step::Verdict;
use cradle_protocol::message::PublicKey;
use line::{Line, opened, referee};
use p256::ecdsa::SigningKey;
use x509_cert::der::asn1::{Any, BitString};
use x509_cert::der::{Decode as _, Encode as _};

/// Folder of the line, told to the child.
const BATCH: &str = "deceived";

/// The requests that the CA's own tests keep.
fn kept() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ca/tests/corpus/csr");
    (fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect()
}

/// Not a test of its own: the token is chosen by the environment a process starts with.
#[test]
#[ignore = "runs as a child process"]
fn child_hands_in_every_kept_request() {
    let Some((station, session)) = opened() else {
        return;
    };
    let batch = BatchId::new(BATCH).unwrap();
    let uid = Uid::new(&[0xD1; 12]);
    let mut ledger = station.store().unit_ledger(&session, &batch);
    let serial = ledger.admit(SlotId(1), &uid, None).unwrap().serial;
    ledger.conclude(&serial, Verdict::Fail, None).unwrap();
    // The key that those with names are signed with.
    let key = SigningKey::from_slice(&[1; 32]).unwrap();
    let point = key.verifying_key().to_sec1_point(false);
    let subject = Subject {
        batch,
        serial,
        uid,
        public_key: PublicKey::from_sec1(point.as_bytes()).unwrap().into(),
    };
    let issuance = station.store().issuance(&session);
    let mut authority = DeviceAuthority::new(station.authority().clone(), issuance);
    for path in kept() {
        // Info, algorithm, signature (RFC 2986 §4.2).
        let parts = Vec::<Any>::from_der(&fs::read(&path).unwrap()).unwrap();
        let info = parts[0].to_der().unwrap();
        let signature: BitString = parts[2].decode_as().unwrap();
        let fault = authority
            .issue(&subject, &info, signature.raw_bytes())
            .unwrap_err();
        assert_eq!(fault.code, Code::CsrInvalid, "{}", path.display());
    }
    // And a key that is on no curve of ours.
    let mut off = subject;
    let mut key = PublicKey::from_sec1(point.as_bytes()).unwrap();
    key.y[31] ^= 1;
    off.public_key = key.into();
    let fault = authority.prepare_request(&off).unwrap_err();
    assert_eq!(fault.code, Code::CsrInvalid);
}

#[test]
fn every_deceiving_request_is_refused_and_on_record() {
    let line = Line::new();
    let request = ["batch", "request", BATCH, "--quota", "1", "--prefix", "D-"];
    assert_eq!(line.run_as("alice", &request).0, 0);
    for verb in ["approve", "open"] {
        assert_eq!(line.run_as("bob", &["batch", verb, BATCH]).0, 0);
    }
    let mut child = line.child("child_hands_in_every_kept_request");
    let child = child.output().unwrap();
    assert!(
        child.status.success(),
        "{}",
        String::from_utf8_lossy(&child.stderr)
    );
    let ask = |sql: &str| {
        let (ok, said) = referee("sqlite3", &line.out, &["records.db", sql]);
        assert!(ok, "{said}");
        said.trim().to_owned()
    };
    let refused = ask(
        "SELECT count(*) FROM audit WHERE line ->> '$.event' = 'refused'
           AND line ->> '$.operator' = 'olga' AND line ->> '$.subject' LIKE 'D-%'
           AND line ->> '$.facts.attempt' = 'issue-certificate'
           AND line ->> '$.facts.code' = 'CA-01'",
    );
    assert_eq!(refused, (kept().len() + 1).to_string());
    assert_eq!(ask("SELECT count(*) FROM certificates"), "0");
    assert_eq!(ask("SELECT used FROM batches WHERE id = 'deceived'"), "0");
    for arguments in [["records", "check"], ["audit", "verify"]] {
        let (status, answer) = line.run(&arguments);
        assert_eq!(status, 0, "{arguments:?}: {answer}");
    }
}
