//! A whole small world: one device, one record, one CA, and what can go wrong with each.

#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    missing_docs
)]

mod device;
mod office;

use std::cell::Cell;

use cradle_procedure::fault::Fault;
use cradle_procedure::pace::Pace;
use cradle_procedure::ports::{Device, HandOver};
use cradle_procedure::step::Event;
use cradle_wipe::{
    Backup, Classification, Destination, DestinationKind, Media, Order, Person, Reason, Registry,
    Retirement, Target, Tool, Waiver, World, decommission,
};

pub use device::{FLASH_BYTES, FLASH_START, FakeDevice};
pub use office::{FakeLedger, FakeRegistry, FakeRevoker, Key, SERIAL_NUMBER};

pub const SERIAL: &str = "CR-000042";
/// 2026-11-20T09:30:00Z
const NOW_MS: u64 = 1_795_167_000_000;

pub struct House {
    pub device: FakeDevice,
    /// No board is in the slot.
    pub empty_slot: bool,
    pub ledger: FakeLedger,
    pub revoker: FakeRevoker,
    pub registries: Vec<Box<dyn Registry>>,
    pub issuer: Key,
    pub wipe: Key,
    pub document: Key,
    pub events: Vec<Event>,
}

impl House {
    pub fn new() -> Self {
        let (device, issuer, wipe) = (Key::new(1), Key::new(2), Key::new(3));
        Self {
            ledger: FakeLedger::new(&device, &issuer),
            device: FakeDevice::new(device, wipe.clone()),
            revoker: FakeRevoker::new(issuer.clone()),
            registries: Vec::new(),
            empty_slot: false,
            issuer,
            wipe,
            document: Key::new(4),
            events: Vec::new(),
        }
    }

    pub fn decommission(&mut self, order: &Order) -> Result<Retirement, Fault> {
        let ms = Cell::new(NOW_MS);
        let clock = || {
            ms.set(ms.get() + 250);
            ms.get()
        };
        let mut seed = 0_u8;
        let mut entropy = |bytes: &mut [u8]| {
            bytes.fill_with(|| {
                seed = seed.wrapping_mul(5).wrapping_add(1);
                seed
            });
            Ok(())
        };
        let events = &mut self.events;
        let issuer_key = self.issuer.spki();
        let mut world = World {
            device: (!self.empty_slot).then_some(&mut self.device as &mut dyn Device),
            ledger: &mut self.ledger,
            revoker: &mut self.revoker,
            registries: &mut self.registries,
            wipe_signer: &self.wipe,
            document_signer: &self.document,
            issuer_key: &issuer_key,
            clock: &clock,
            pace: &Pace::default(),
            entropy: &mut entropy,
            events: &mut |event| events.push(event),
        };
        decommission(&mut world, order)
    }
}

pub fn order() -> Order {
    Order {
        serial: SERIAL.parse().unwrap(),
        reason: Reason::EndOfLife,
        target: Target {
            profile: "stm32f405".parse().unwrap(),
            flash_start: FLASH_START,
            flash_length: FLASH_BYTES,
        },
        media: Media {
            manufacturer: "Nordlicht Instruments AB".to_owned(),
            model: "Tidvatten TG-2 level sensor".to_owned(),
            property_number: Some("HM-7731".to_owned()),
            media_type: "embedded NOR flash, 1 MiB (STM32F405RG)".to_owned(),
            source: "Göteborg harbour, quay 4".to_owned(),
        },
        classification: Classification {
            before: Some("internal".to_owned()),
            after: Some("public".to_owned()),
        },
        backup: Backup::Kept("records server, job 2026-11-19".to_owned()),
        destination: Destination {
            kind: DestinationKind::RecyclingFacility,
            details: "Återvinning Väst".to_owned(),
        },
        tool: Tool {
            name: "cradle".to_owned(),
            version: "0.1.0".to_owned(),
        },
        sanitizer: person("Åsa Lindqvist", "Service technician"),
        verifier: person("Michał Żuławski", "Security officer"),
        waiver: None,
        notes: String::new(),
        replaces: None,
    }
}

/// The unit comes from the site by way of the gate.
pub fn custody() -> Vec<HandOver> {
    let hands = |at_ms, giver: (&str, u64), receiver: (&str, u64), place: &str| HandOver {
        at_ms: NOW_MS - at_ms,
        giver: giver.0.parse().unwrap(),
        giver_session: giver.1,
        receiver: receiver.0.parse().unwrap(),
        receiver_session: receiver.1,
        place: place.to_owned(),
        note: "Plombe 4711 unversehrt".to_owned(),
    };
    vec![
        hands(
            90_000_000,
            ("magnus", 311),
            ("ingrid", 312),
            "Göteborg harbour, quay 4",
        ),
        hands(3_600_000, ("ingrid", 340), ("asa", 341), "Workshop 2, gate"),
    ]
}

pub fn waiver() -> Waiver {
    Waiver {
        person: person("Ελένη Δημητρίου", "Supervisor"),
        grounds: "Label, work order and chip identifier agree".to_owned(),
    }
}

fn person(name: &str, title: &str) -> Person {
    Person {
        name: name.to_owned(),
        title: title.to_owned(),
        organisation: "Nordlicht Instruments AB".to_owned(),
        place: "Göteborg, workshop 2".to_owned(),
        contact: "+46 31 555 01 20".to_owned(),
    }
}

pub fn missing(retirement: &Retirement) -> Vec<&str> {
    let missing = retirement.document.missing().iter();
    missing.map(|missing| missing.part.as_str()).collect()
}
