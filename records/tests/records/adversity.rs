//! What a factory does to a database: full disks, write protection, wrong clocks, endless notes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::SlotId;
use cradle_procedure::ports::{Ledger as _, RevocationLedger as _, StepLog as _};
use cradle_procedure::step::{StepId, Verdict};

use crate::fixture::{DAY, Fixture, PASSWORD, batch_id, done, name, open, request, station, uid};

const TEN_MEGABYTES: usize = 10 * 1024 * 1024;

/// A file system in memory, of 2 MiB.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where this process may not mount one: only root may.
    fn mount(fixture: &Fixture) -> Option<Self> {
        let folder = fixture.dir.path().join("disk");
        fs::create_dir(&folder).unwrap();
        let mounted = run("mount", &["-t", "tmpfs", "-o", "size=2m", "none"], &folder);
        if !mounted && !is_root() {
            eprintln!("SKIPPED: only root can mount a small disk");
            return None;
        }
        assert!(mounted, "root cannot mount a tmpfs");
        Some(Self(folder))
    }

    fn protect(&self) {
        assert!(run("mount", &["-o", "remount,ro"], &self.0));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        run("umount", &["--lazy"], &self.0);
    }
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> bool {
    Command::new(program)
        .args(arguments)
        .arg(folder)
        .status()
        .is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Copies the database of a fixture to the disk.
fn on_disk(fixture: &Fixture, disk: &SmallDisk) -> PathBuf {
    let path = disk.0.join("records.db");
    let admin = fixture.session("ada");
    fixture.store.backup(&admin, &path).unwrap();
    path
}

#[test]
fn a_full_disk_is_told_and_nothing_is_lost() {
    let fixture = Fixture::with_batch(1);
    let Some(disk) = SmallDisk::mount(&fixture) else {
        return;
    };
    let path = on_disk(&fixture, &disk);
    let store = open(&path, &fixture.key, &fixture.now).unwrap();
    let admin = store.sign_in(&name("ada"), PASSWORD, &station()).unwrap();
    let ballast = disk.0.join("ballast");
    let written = fs::write(&ballast, vec![1; TEN_MEGABYTES]);
    assert!(written.is_err(), "the disk is not small");

    let mut durable = 0;
    let fault: Fault = loop {
        match store.revocations(&admin).next_crl() {
            Ok((number, _)) => durable = number,
            Err(fault) => break fault,
        }
    };
    assert_eq!(fault.code, Code::StoreFailed);
    assert!(fault.detail.contains("the disk is full"), "{fault}");

    fs::remove_file(&ballast).unwrap();
    let (next, _) = store.revocations(&admin).next_crl().unwrap();
    assert_eq!(next, durable + 1);
    store.check().unwrap();
}

#[test]
fn a_file_that_may_not_be_written_is_told() {
    let fixture = Fixture::with_batch(1);
    let Some(disk) = SmallDisk::mount(&fixture) else {
        return;
    };
    let path = on_disk(&fixture, &disk);
    disk.protect();
    let fault = open(&path, &fixture.key, &fixture.now).unwrap_err();
    assert_eq!(fault.code, Code::StoreFailed);
    assert!(fault.detail.contains("not writable"), "{fault}");
}

#[test]
fn a_clock_that_was_set_back_stops_everything_until_an_admin_accepts_it() {
    let fixture = Fixture::with_batch(1);
    let session = fixture.session("otto");
    fixture
        .now
        .fetch_sub(2 * DAY, std::sync::atomic::Ordering::SeqCst);
    let mut ledger = fixture.store.unit_ledger(&session, &batch_id("b-1"));
    let fault = ledger.admit(SlotId(1), &uid(1), None).unwrap_err();
    assert_eq!(fault.code, Code::ClockBack);
    let fault = fixture
        .store
        .sign_in(&name("ada"), PASSWORD, &station())
        .unwrap_err();
    assert_eq!(fault.code, Code::ClockBack);

    let store = &fixture.store;
    let by_otto = store.accept_clock(&name("otto"), PASSWORD).unwrap_err();
    assert_eq!(by_otto.code, Code::NotPermitted);
    let wrong = store.accept_clock(&name("ada"), "violet").unwrap_err();
    assert_eq!(wrong.code, Code::SignInRefused);
    store.accept_clock(&name("ada"), PASSWORD).unwrap();
    fixture.make_unit(1);
    store.check().unwrap();
    let needless = store.accept_clock(&name("ada"), PASSWORD).unwrap_err();
    assert_eq!(needless.code, Code::InputInvalid);
}

#[test]
fn a_clock_that_is_a_little_behind_does_no_harm() {
    let fixture = Fixture::with_batch(1);
    fixture
        .now
        .fetch_sub(60_000, std::sync::atomic::Ordering::SeqCst);
    fixture.make_unit(1);
}

#[test]
fn endless_notes_are_cut_or_refused_and_the_step_is_on_record() {
    let fixture = Fixture::with_batch(1);
    let endless = "ü".repeat(TEN_MEGABYTES / 2);
    let mut ledger = fixture.ledger();
    let serial = ledger.admit(SlotId(1), &uid(1), None).unwrap().serial;
    ledger
        .intent(&serial, StepId::BurnRootKey, &endless)
        .unwrap();
    let mut report = done(StepId::BurnRootKey);
    report.detail.clone_from(&endless);
    ledger.outcome(&serial, &report).unwrap();
    let fault = Fault::new(Code::BurnFailed, &endless);
    ledger
        .conclude(&serial, Verdict::Quarantine, Some(&fault))
        .unwrap();
    let mut batch = request("b-2", 1);
    batch.site = endless;
    let refused = fixture
        .store
        .request_batch(&fixture.session("ada"), batch)
        .unwrap_err();
    assert_eq!(refused.code, Code::InputInvalid);
    fixture.store.check().unwrap();
    let history = fixture
        .store
        .unit(&fixture.session("art"), &serial)
        .unwrap();
    assert_eq!(history.runs[0].intents.len(), 1);
    assert_eq!(history.runs[0].steps.len(), 1);
}
