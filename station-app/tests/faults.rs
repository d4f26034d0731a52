//! Every numbered operation of a provisioning and of a decommissioning, struck: the board loses
//! its supply, its cables come off, the station's process is killed. Then the station is started
//! again, as in production. Everything but the silicon is real: token, database on disk, HTTP
//! registry, CRL file, probe-rs and the device's firmware.
//!
//! `cargo xtask faults` strikes everywhere; here few units are struck, at places that are drawn.
//! On boards with a secure element every strike around the wipe order is tried: nothing but their
//! firmware can tell what became of the key.
#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

#[path = "faults/home.rs"]
mod home;
#[path = "faults/journeys.rs"]
mod journeys;
#[path = "faults/judge.rs"]
mod judge;
mod line;
#[path = "faults/noise.rs"]
mod noise;
#[path = "faults/ports.rs"]
mod ports;
#[path = "faults/registry.rs"]
mod registry;
#[path = "faults/strike.rs"]
mod strike;
#[path = "faults/tap.rs"]
mod tap;
#[path = "faults/worker.rs"]
mod worker;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use cradle_procedure::ids::{Serial, SlotId};
use cradle_records::Session;
use cradle_station::config::Config;
use home::{BATCH, Home};
use judge::Tally;
use line::{Line, referee};
use noise::Noise;
use registry::Registry;
use strike::{Journey, Moment, Op, Strike};
use worker::Worker;

/// How many units to strike: a number, or `all`.
const HOW_MANY: &str = "CRADLE_FAULTS";
const FEW: usize = 12;
/// Of a family on a serial line, where a lost answer is waited for.
const FEW_SERIAL: usize = 3;
/// Which places are drawn; the date serves to look elsewhere.
const SEED: &str = "CRADLE_FAULTS_SEED";
/// Only every so manyth of them: `2/4` is the second of four parts.
const PART: &str = "CRADLE_FAULTS_PART";
/// Told to the child processes.
const CONFIG: &str = "CRADLE_FAULTS_CONFIG";
const STRIKE: &str = "CRADLE_FAULTS_STRIKE";
const SERIAL: &str = "CRADLE_FAULTS_SERIAL";
/// Only at operations of that name of a decommissioning, and at those right behind them.
const ONLY: &str = "CRADLE_FAULTS_ONLY";
const SERIAL_WORKERS: u16 = 16;
const QUOTA: usize = 2000;

#[test]
fn wherever_supply_link_or_station_fail_the_unit_comes_to_a_true_end() {
    strike_units_of("stm32f405", "");
}

#[test]
fn a_wipe_that_was_not_heard_on_a_board_with_an_element_is_told_again() {
    strike_units_of("stm32f405-se", "wipe");
}

#[test]
fn wherever_they_fail_an_esp32c3_comes_to_a_true_end() {
    strike_units_of("esp32c3", "");
}

fn strike_units_of(target: &str, only: &str) {
    let line = line_with_batch(target);
    let config = Config::load(&line.out.join("cradle.toml")).unwrap();
    // The token's module reads its variable once, so the station needs a process of its own.
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_strikes", "--ignored"])
        .args(["--nocapture", "--test-threads=1"])
        .env(CONFIG, line.out.join("cradle.toml"))
        .env("SOFTHSM2_CONF", config.token.softhsm.unwrap())
        .env(ONLY, only)
        .status()
        .unwrap();
    assert!(status.success(), "see above");
    every_certificate_is_counted_once(&line);
    for arguments in [["records", "check"], ["audit", "verify"]] {
        let (status, answer) = line.run(&arguments);
        assert_eq!(status, 0, "{arguments:?}: {answer}");
    }
}

fn line_with_batch(target: &str) -> Line {
    let line = Line::of(target);
    let quota = QUOTA.to_string();
    let request = [
        "batch", "request", BATCH, "--quota", &quota, "--prefix", "F-",
    ];
    assert_eq!(line.run_as("alice", &request).0, 0);
    for (who, verb) in [("bob", "approve"), ("bob", "open")] {
        let (status, answer) = line.run_as(who, &["batch", verb, BATCH]);
        assert_eq!(status, 0, "{answer}");
    }
    let slots = format!("virtual_slots = {}", workers(target));
    line.edit("cradle.toml", "virtual_slots = 2", &slots);
    line
}

/// A worker often waits for an answer that was lost, so there may be more of them than cores; on
/// a serial line for most of its time.
fn workers(family: &str) -> u16 {
    if family == "esp32c3" {
        SERIAL_WORKERS
    } else {
        3
    }
}

fn every_certificate_is_counted_once(line: &Line) {
    let sql = "SELECT used, (SELECT count(DISTINCT unit) FROM certificates WHERE batch = 'faults')
               FROM batches WHERE id = 'faults'";
    let (ok, said) = referee("sqlite3", &line.out, &["records.db", sql]);
    assert!(ok, "{said}");
    let (used, counted) = said.trim().split_once('|').unwrap();
    let number = |text: &str| text.parse::<i64>().unwrap();
    let miscounts = number(used).abs_diff(number(counted));
    println!("quota miscounts              {miscounts:>6}");
    assert_eq!(
        miscounts, 0,
        "{used} used, {counted} units with a certificate"
    );
}

/// Not a test of its own: the station that is struck and started again.
#[test]
#[ignore = "runs as a child process"]
fn child_strikes() {
    let Some(config) = std::env::var_os(CONFIG).map(PathBuf::from) else {
        return;
    };
    let (registry, url) = Registry::start();
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text + &registry::entry(&url)).unwrap();
    let home = Home::open(&config);
    let tally = Mutex::new(Tally::default());
    let worker = |slot: u16| Worker {
        home: &home,
        registry: &registry,
        tally: &tally,
        slot: SlotId(slot),
        doomed: home::doomed_config(config.parent().unwrap(), slot.into()),
    };
    let [making, retiring] = worker(1).count();
    print_operations(&making, &retiring);
    let is_serial = workers(home.family()) == SERIAL_WORKERS;
    let queue = Mutex::new(draw(&making, &retiring, is_serial));
    thread::scope(|scope| {
        for slot in 1..=workers(home.family()) {
            let (worker, queue) = (worker(slot), &queue);
            scope.spawn(move || {
                loop {
                    let next = queue.lock().unwrap().pop();
                    let Some((number, made, retired)) = next else {
                        return;
                    };
                    worker.unit(number, made, retired);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!("{tally}");
    assert!(tally.is_clean(), "{tally:?}");
    assert_eq!(registry.units_under_two_keys(), 0);
    let crew = home.sign_in();
    every_document_is_handed_out(&home, &crew.technician);
    let found = home.station.reconcile(&crew.technician).unwrap();
    assert!(found.differences.is_empty(), "{:?}", found.differences);
}

/// A station that died before it wrote a document that is on record writes it later.
fn every_document_is_handed_out(home: &Home, technician: &Session) {
    let written = home.station.write_missing_documents(technician).unwrap();
    println!("documents written later      {:>6}", written.len());
    for departed in home.station.store().departed(technician).unwrap() {
        let serial = departed.unit.serial;
        for extension in ["json", "pdf"] {
            let folder = &home.station.config().documents;
            let file = folder.join(format!("{serial}.{extension}"));
            assert!(file.exists(), "{}", file.display());
        }
    }
}

type Turn = (u32, Option<Strike>, Option<Strike>);

/// Each unit is struck once on its way in and once on its way out.
fn draw(making: &[Op], retiring: &[Op], is_serial: bool) -> Vec<Turn> {
    if let Some(only) = std::env::var(ONLY).ok().filter(|only| !only.is_empty()) {
        return around(&only, retiring);
    }
    let seed = std::env::var(SEED).map_or(0x5EED, |seed| seed.parse().unwrap());
    let mut noise = Noise(seed);
    let mut made = strike::all(Journey::Provision, making, &mut noise);
    let mut retired = strike::all(Journey::Decommission, retiring, &mut noise);
    noise.shuffle(&mut made);
    noise.shuffle(&mut retired);
    println!("{} + {} strikes", made.len(), retired.len());
    let sample = std::env::var_os(HOW_MANY).is_none();
    if sample && is_serial {
        made.retain(|strike| strike.is_noticed_at_once(making));
        retired.retain(|strike| strike.is_noticed_at_once(retiring));
    }
    let all = made.len().max(retired.len());
    let units = match std::env::var(HOW_MANY).as_deref() {
        Ok("all") => all,
        Ok(number) => number.parse().unwrap(),
        Err(_) if is_serial => FEW_SERIAL,
        Err(_) => FEW,
    };
    let turn = |unit: usize| {
        let number = u32::try_from(unit).unwrap();
        (number, made.get(unit).copied(), retired.get(unit).copied())
    };
    let (part, parts) = part();
    let mine = (0..units.min(all)).filter(|unit| unit % parts == part - 1);
    mine.map(turn).collect()
}

/// Every strike at those operations and right behind them, each on a unit of its own. Not inside:
/// `bench/tests/power_cuts_element.rs` cuts the supply there, and here it is a minute and a half
/// until the driver gives up.
fn around(only: &str, retiring: &[Op]) -> Vec<Turn> {
    let near = |at: usize| {
        let named = |at: usize| retiring[at].what == only;
        named(at) || at > 0 && named(at - 1)
    };
    let strikes = strike::all(Journey::Decommission, retiring, &mut Noise(0x5EED));
    let outside = |strike: &Strike| !matches!(strike.moment, Moment::AtFlash(_));
    let strikes = strikes
        .into_iter()
        .filter(|strike| near(strike.at) && outside(strike));
    let turns: Vec<_> = (0..)
        .zip(strikes)
        .map(|(number, it)| (number, None, Some(it)))
        .collect();
    assert!(!turns.is_empty(), "nothing is called {only}");
    println!("{} strikes around {only}", turns.len());
    turns
}

fn part() -> (usize, usize) {
    let text = std::env::var(PART).unwrap_or_else(|_| "1/1".to_owned());
    let (part, parts) = text.split_once('/').unwrap();
    let (part, parts) = (part.parse().unwrap(), parts.parse().unwrap());
    assert!((1..=parts).contains(&part), "{PART}={text}");
    (part, parts)
}

fn print_operations(making: &[Op], retiring: &[Op]) {
    for (journey, ops) in [("provision", making), ("decommission", retiring)] {
        println!("{journey}: {} operations", ops.len());
        for (number, op) in ops.iter().enumerate() {
            let Op { what, place, .. } = op;
            println!(
                "  {number:>3} {what} ({place:?}; {} flash, {} transfers)",
                op.flash, op.transfers
            );
        }
    }
}

/// Not a test of its own: the station that is killed.
#[test]
#[ignore = "runs as a child process"]
fn child_is_killed() {
    let (Some(config), Ok(strike)) = (std::env::var_os(CONFIG), std::env::var(STRIKE)) else {
        return;
    };
    let serial = std::env::var(SERIAL).ok().filter(|text| !text.is_empty());
    let serial = serial.map(|text| text.parse::<Serial>().unwrap());
    let home = Home::open(Path::new(&config));
    worker::work_until_killed(&home, serial, strike.parse().unwrap());
    println!("passed by");
}
