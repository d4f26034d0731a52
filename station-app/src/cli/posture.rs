//! `cradle bench posture`: what the firmware in a slot tells of itself. Nothing of it is proof;
//! for that a device attests.

use std::fmt::Write as _;

use cradle_bench::Bench;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{SlotId, Uid};
use cradle_procedure::ports::Device;
use cradle_protocol::attestation;
use cradle_protocol::message::{BootEvent, DeviceState, NONCE_LENGTH, Posture};
use cradle_protocol::metadata::{Bank, Event};
use serde_json::{Value, json};

use super::Answer;
use crate::config::Config;
use crate::station;

/// What firmware in service tells.
struct Told {
    version: Option<String>,
    posture: Posture,
    events: Vec<BootEvent>,
}

pub(super) fn run(bench: &Bench, config: &Config, slot: SlotId) -> Result<Answer, Fault> {
    let mut answering = station::who_answers(config, bench, slot)?;
    let uid = answering.uid;
    match answering.state {
        DeviceState::Operational => {
            let told = ask(&mut *answering.device)?;
            Answer::done(words(&uid, &told), data(&uid, &told))
        }
        DeviceState::Wiped => Answer::done(
            format!("chip {uid}: wiped; it answers nothing else"),
            json!({ "uid": uid, "state": "wiped" }),
        ),
        DeviceState::Recovery([a, b]) => Answer::done(
            format!("chip {uid}: in recovery. Bank A: {a:?}. Bank B: {b:?}."),
            json!({ "uid": uid, "state": "recovery", "banks": [a, b] }),
        ),
    }
}

fn ask(device: &mut dyn Device) -> Result<Told, Fault> {
    let posture = device.posture()?;
    Ok(Told {
        // Without a key it cannot attest, and only an attestation names the version.
        version: posture.key.then(|| version(device)).transpose()?,
        events: device.boot_events(0)?,
        posture,
    })
}

fn version(device: &mut dyn Device) -> Result<String, Fault> {
    let mut nonce = [0; NONCE_LENGTH];
    station::entropy(&mut nonce)?;
    let statement = device.attest(&nonce)?;
    let odd = |error| Fault::new(Code::Attestation, format!("{error:?}"));
    let envelope = attestation::open(&statement).map_err(odd)?;
    let claims = attestation::decode_claims(envelope.payload).map_err(odd)?;
    Ok(format!(
        "{} {}",
        claims.software_name, claims.software_version
    ))
}

fn words(uid: &Uid, told: &Told) -> String {
    let Told {
        version, posture, ..
    } = told;
    let version = version.as_deref().unwrap_or("unknown: no device key");
    let trust = if posture.confirmed {
        "confirmed"
    } else {
        "on trial"
    };
    let sectors: Vec<_> = sectors(posture).iter().map(ToString::to_string).collect();
    let mut words = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(words, "{name:<18}{value}");
    };
    line("chip", &uid.to_string());
    line("firmware", version);
    line(
        "runs from bank",
        &format!("{}, {trust}", name(posture.bank)),
    );
    line("counter", &posture.counter.to_string());
    line("read protection", &format!("level {}", level(posture.rdp)));
    line("write protection", &listed(&sectors));
    line("root key", yes(posture.root_key_locked, "burnt and locked"));
    line("device key", yes(posture.key, "there"));
    line("certificate", yes(posture.certificate, "there"));
    for event in &told.events {
        line(&format!("boot event {}", event.sequence), &told_by(event));
    }
    words
}

fn data(uid: &Uid, told: &Told) -> Value {
    let Told {
        version,
        posture,
        events,
    } = told;
    json!({
        "uid": uid,
        "state": "operational",
        "version": version,
        "bank": name(posture.bank),
        "confirmed": posture.confirmed,
        "counter": posture.counter,
        "rdp_level": level(posture.rdp),
        "write_protected_sectors": sectors(posture),
        "root_key_locked": posture.root_key_locked,
        "key": posture.key,
        "certificate": posture.certificate,
        "boot_events": events.iter().map(event_data).collect::<Vec<_>>(),
    })
}

fn event_data(event: &BootEvent) -> Value {
    json!({
        "sequence": event.sequence,
        "event": kind(event.event),
        "active": event.active.map(name),
        "pending": event.pending.map(name),
        "trials_left": event.trials_left,
        "confirmed": event.confirmed,
    })
}

fn told_by(event: &BootEvent) -> String {
    let bank = |bank: Option<Bank>| bank.map_or("none", name);
    let end = if event.confirmed {
        "confirmed".to_owned()
    } else {
        format!("{} tries left", event.trials_left)
    };
    format!(
        "{}: trusted {}, tried {}, {end}",
        kind(event.event),
        bank(event.active),
        bank(event.pending)
    )
}

const fn kind(event: Event) -> &'static str {
    match event {
        Event::Provisioned => "provisioned",
        Event::Installed => "installed",
        Event::FellBack => "fell-back",
        Event::Recovered => "recovered",
    }
}

const fn name(bank: Bank) -> &'static str {
    match bank {
        Bank::A => "A",
        Bank::B => "B",
    }
}

/// RM0090 §3.7.3.
const fn level(rdp: u8) -> u8 {
    match rdp {
        0xAA => 0,
        0xCC => 2,
        _ => 1,
    }
}

fn sectors(posture: &Posture) -> Vec<u32> {
    (0..u32::BITS)
        .filter(|sector| posture.write_protected >> sector & 1 != 0)
        .collect()
}

fn listed(sectors: &[String]) -> String {
    if sectors.is_empty() {
        "none".to_owned()
    } else {
        format!("sectors {}", sectors.join(", "))
    }
}

const fn yes(is: bool, words: &str) -> &str {
    if is { words } else { "no" }
}
