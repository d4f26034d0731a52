//! Eight threads that issue against one batch, on the real token and the real record: never one
//! certificate too many or too few, nor two of the same kind, also if the process is killed.
#![allow(clippy::unwrap_used)]

mod line;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use cradle_ca::issue::DeviceAuthority;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{BatchId, Serial, SlotId, Uid};
use cradle_procedure::ports::{Authority as _, IssuedCertificate, Ledger as _, Subject};
use cradle_procedure::step::Verdict;
use cradle_protocol::message::PublicKey;
use cradle_records::Session;
use cradle_station::station::Station;
use line::{Line, opened, referee};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};

const QUOTA: usize = 100;
/// Units that want a certificate.
const UNITS: u32 = 120;
const THREADS: usize = 8;
const BATCH: &str = "race";
/// Folder of the line, told to the child.
/// How often the child is killed at most. `CRADLE_RACE_ROUNDS=200` takes some minutes.
const ROUNDS: &str = "CRADLE_RACE_ROUNDS";
const FEW_ROUNDS: u32 = 8;

/// A unit's key: the same whenever it is asked, as that of a device that kept it.
fn device_key(unit: u32) -> SigningKey {
    let mut bytes = [0x5A; 32];
    bytes[..4].copy_from_slice(&unit.to_be_bytes());
    SigningKey::from_slice(&bytes).unwrap()
}

fn uid(unit: u32) -> Uid {
    let mut bytes = [0xC1; 12];
    bytes[..4].copy_from_slice(&unit.to_be_bytes());
    Uid::new(&bytes)
}

fn batch() -> BatchId {
    BatchId::new(BATCH).unwrap()
}

/// Binds the unit and says how far it came. `None` if the batch has no certificate left for it.
fn bound(station: &Station, session: &Session, unit: u32) -> Option<Serial> {
    let mut ledger = station.store().unit_ledger(session, &batch());
    match ledger.admit(SlotId(1), &uid(unit), None) {
        Ok(admission) => {
            let serial = admission.serial;
            ledger.conclude(&serial, Verdict::Fail, None).unwrap();
            Some(serial)
        }
        Err(fault) => {
            assert_eq!(fault.code, Code::BatchExhausted, "{fault}");
            None
        }
    }
}

fn certify(
    station: &Station,
    session: &Session,
    unit: u32,
    serial: &Serial,
) -> Result<IssuedCertificate, Fault> {
    let key = device_key(unit);
    let subject = Subject {
        batch: batch(),
        serial: serial.clone(),
        uid: uid(unit),
        public_key: PublicKey::from_sec1(key.verifying_key().to_sec1_point(false).as_bytes())
            .unwrap()
            .into(),
    };
    let issuance = station.store().issuance(session);
    let mut authority = DeviceAuthority::new(station.authority().clone(), issuance);
    let info = authority.prepare_request(&subject)?;
    let signature: Signature = key.sign(&info);
    authority.issue(&subject, &info, signature.to_der().as_bytes())
}

/// Not a test of its own: what the others start. Says `issued UNIT CERTIFICATE` for each
/// certificate that it was given, and `done` at the end.
#[test]
#[ignore = "runs as a child process"]
fn child_issues_in_eight_threads() {
    let Some((station, session)) = opened() else {
        return;
    };
    let units: Vec<_> = (1..=UNITS)
        .filter_map(|unit| Some((unit, bound(&station, &session, unit)?)))
        .collect();
    let next = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    // Each unit twice, and often by two threads at the same moment.
                    let turn = usize::try_from(next.fetch_add(1, Ordering::SeqCst)).unwrap() / 2;
                    let Some((unit, serial)) = units.get(turn) else {
                        return;
                    };
                    match certify(&station, &session, *unit, serial) {
                        Ok(issued) => println!("issued {serial} {}", issued.serial_number),
                        Err(fault) => assert_eq!(fault.code, Code::BatchExhausted, "{fault}"),
                    }
                }
            });
        }
    });
    println!("done");
}

/// A line with an open batch of its own.
fn line_with_batch() -> Line {
    let line = Line::new();
    let quota = QUOTA.to_string();
    let request = [
        "batch", "request", BATCH, "--quota", &quota, "--prefix", "R-",
    ];
    assert_eq!(line.run_as("alice", &request).0, 0);
    for (who, verb) in [("bob", "approve"), ("bob", "open")] {
        let (status, answer) = line.run_as(who, &["batch", verb, BATCH]);
        assert_eq!(status, 0, "{answer}");
    }
    line
}

fn start(line: &Line) -> Child {
    let mut child = line.child("child_issues_in_eight_threads");
    child.stdout(Stdio::piped()).spawn().unwrap()
}

/// What children were given, by unit.
#[derive(Default)]
struct Given(BTreeMap<String, BTreeSet<String>>);

impl Given {
    /// Reads what the child says, and kills it after so many certificates. Whether it was done
    /// before that.
    fn read(&mut self, mut child: Child, kill_after: Option<u32>) -> bool {
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut heard, mut done) = (0, false);
        while let Some(Ok(said)) = lines.next() {
            done |= said == "done";
            let Some((_, what)) = said.split_once("issued ") else {
                continue;
            };
            let (unit, certificate) = what.split_once(' ').unwrap();
            let of_unit = self.0.entry(unit.to_owned()).or_default();
            of_unit.insert(certificate.to_owned());
            heard += 1;
            if Some(heard) == kill_after {
                child.kill().unwrap();
            }
        }
        let status = child.wait().unwrap();
        assert!(done == status.success(), "the child failed: {status}");
        done
    }

    /// Every one is on record, the record has as many as the quota and no two alike, and record
    /// and audit log are whole.
    fn check(&self, line: &Line) {
        let ask = |sql: &str| {
            let (ok, said) = referee("sqlite3", &line.out, &["records.db", sql]);
            assert!(ok, "{said}");
            said.trim().to_owned()
        };
        let counts = ask(
            "SELECT count(*), count(DISTINCT lower(serial_number)), count(DISTINCT public_key),
                    count(DISTINCT uid), count(DISTINCT certificates.unit)
             FROM certificates JOIN units ON units.serial = certificates.unit
             WHERE certificates.batch = 'race' AND revoked_ms IS NULL",
        );
        assert_eq!(counts, vec![QUOTA.to_string(); 5].join("|"));
        let used = ask("SELECT used FROM batches WHERE id = 'race'");
        assert_eq!(used, QUOTA.to_string());
        let recorded = ask("SELECT unit || ' ' || serial_number FROM certificates");
        let recorded: BTreeSet<_> = recorded.lines().collect();
        for (unit, certificates) in &self.0 {
            assert_eq!(certificates.len(), 1, "{unit}: {certificates:?}");
            for certificate in certificates {
                let line = format!("{unit} {certificate}");
                assert!(recorded.contains(&*line), "{line} is not on record");
            }
        }
        for arguments in [["records", "check"], ["audit", "verify"]] {
            let (status, answer) = line.run(&arguments);
            assert_eq!(status, 0, "{arguments:?}: {answer}");
        }
    }
}

#[test]
fn eight_threads_use_up_a_quota_to_the_last_certificate_and_no_further() {
    let line = line_with_batch();
    let mut given = Given::default();
    assert!(given.read(start(&line), None));
    assert_eq!(given.0.len(), QUOTA);
    given.check(&line);
}

#[test]
fn killed_while_issuing_no_certificate_is_lost_and_none_is_issued_twice() {
    let line = line_with_batch();
    let mut given = Given::default();
    let rounds = std::env::var(ROUNDS).map_or(FEW_ROUNDS, |rounds| rounds.parse().unwrap());
    let mut state = 0x5EED_u64;
    for _ in 0..rounds {
        // The high bits of this generator are the random ones (Knuth, MMIX).
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let after = 1 + u32::try_from(state >> 33).unwrap() % 30;
        if given.read(start(&line), Some(after)) {
            break;
        }
    }
    assert!(given.read(start(&line), None));
    given.check(&line);
}
