//! Killing a process that writes, again and again: what it was told is durable is there.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use cradle_procedure::ids::SlotId;
use cradle_procedure::ports::{Ledger as _, StepLog as _};
use cradle_procedure::step::StepId;

use crate::fixture::{Fixture, batch_id, name, open, serial, station, uid};

const DATABASE: &str = "CRADLE_CRASH_DATABASE";
/// How often; this many if it is not set. `CRADLE_CRASH_ROUNDS=500` takes some minutes.
const ROUNDS: &str = "CRADLE_CRASH_ROUNDS";
const FEW_ROUNDS: u64 = 12;

/// Not a test of its own: what the other one starts and kills.
#[test]
#[ignore = "runs as a child process"]
fn child_writes_until_it_is_killed() {
    let Ok(path) = std::env::var(DATABASE) else {
        return;
    };
    let fixture = Fixture::empty();
    let store = open(Path::new(&path), &fixture.key, &fixture.now).unwrap();
    let session = store
        .sign_in(&name("otto"), crate::fixture::PASSWORD, &station())
        .unwrap();
    let mut ledger = store.unit_ledger(&session, &batch_id("b-1"));
    let bound = ledger.admit(SlotId(1), &uid(1), None).unwrap().serial;
    for n in 0_u64.. {
        let detail = format!("{} {n}", session.id());
        ledger.intent(&bound, StepId::MakeKey, &detail).unwrap();
        // Durable from here on.
        println!("durable {detail}");
    }
}

#[test]
fn killed_at_any_moment_no_committed_row_is_lost() {
    let mut fixture = Fixture::with_batch(1);
    let mut state = 0x5EED_u64;
    let rounds = std::env::var(ROUNDS).map_or(FEW_ROUNDS, |rounds| rounds.parse().unwrap());
    for round in 0..rounds {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let last = kill_after(&fixture.path(), 1 + state % 300);
        fixture = fixture.reopened();
        fixture.store.check().unwrap();
        let history = fixture
            .store
            .unit(&fixture.session("art"), &serial("b-1-0001"))
            .unwrap();
        let run = history.runs.last().unwrap();
        let found = run.intents.iter().any(|intent| intent.detail == last);
        assert!(found, "round {round}: {last} is lost");
        let audited = fixture
            .store
            .audit_page(&fixture.session("art"), 0, 1, &format!("\"{last}\""))
            .unwrap();
        assert_eq!(audited.matching, 1, "round {round}: {last}");
    }
}

/// Kills the child after so many lines; returns the last detail that it said was durable.
fn kill_after(path: &Path, lines: u64) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child_writes_until_it_is_killed"])
        .args(["--ignored", "--nocapture", "--test-threads=1"])
        .env(DATABASE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| Some(line.split_once("durable ")?.1.to_owned()));
    let mut last = said.by_ref().nth(usize::try_from(lines).unwrap()).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    // What it had said before the blow fell.
    if let Some(later) = said.last() {
        last = later;
    }
    last
}
