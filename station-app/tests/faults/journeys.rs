//! The two journeys, put together as the station does it, with a tap at every port.

use std::sync::Arc;

use cradle_ca::issue::{AuthorityConfig, DeviceAuthority};
use cradle_ca::issuing::IssuingCa;
use cradle_procedure::ids::{Serial, SlotId};
use cradle_procedure::pace::Pace;
use cradle_procedure::pki::certificate_key;
use cradle_procedure::ports::Signer as _;
use cradle_procedure::provision::{Conclusion, Job, World, provision};
use cradle_procedure::signature;
use cradle_station::station::{Decommissioning, now_ms};
use cradle_wipe::{
    Backup, Classification, Destination, DestinationKind, Media, Order, Reason, Retirement, Target,
    Tool, decommission,
};

use crate::home::{Crew, Home};
use crate::ports::Tapped;
use crate::tap::Tap;

fn authority(home: &Home, tap: &Tap) -> AuthorityConfig {
    let genuine = home.station.authority();
    let key = Tapped::new(home.issuing_key(), tap);
    let certificate = genuine.ca.certificate().to_vec();
    AuthorityConfig {
        ca: IssuingCa::new(certificate, Arc::new(key)).unwrap(),
        ..genuine.clone()
    }
}

pub fn provision_tapped(home: &Home, crew: &Crew, slot: SlotId, tap: &Tap) -> Conclusion {
    let store = home.station.store();
    let mut device = Tapped::new(home.bench.open(slot, &home.profile).unwrap(), tap);
    let mut ledger = Tapped::new(store.unit_ledger(&crew.operator, &home.batch), tap);
    let issuance = Tapped::new(store.issuance(&crew.operator), tap);
    let mut authority = DeviceAuthority::new(authority(home, tap), issuance);
    let wipe = signature::public_key(home.wipe_key().public_key()).unwrap();
    let mut world = World {
        device: &mut device,
        ledger: &mut ledger,
        authority: &mut authority,
        clock: &now_ms,
        pace: &Pace::default(),
        entropy: &mut |bytes| {
            getrandom::fill(bytes).unwrap();
            Ok(())
        },
        events: &mut |_| {},
        cancelled: &|| false,
    };
    let job = Job {
        slot,
        scanned: None,
        profile: &home.profile,
        release: home.station.release(),
        wipe_authority: &wipe,
        issuer: home.station.authority().ca.certificate(),
    };
    provision(&mut world, &job)
}

pub fn decommission_tapped(
    home: &Home,
    crew: &Crew,
    slot: SlotId,
    serial: &Serial,
    tap: &Tap,
) -> Retirement {
    let (store, session) = (home.station.store(), &crew.technician);
    let mut device = Tapped::new(home.bench.open(slot, &home.profile).unwrap(), tap);
    let mut ledger = Tapped::new(store.retirement(session), tap);
    let revocations = Tapped::new(store.revocations(session), tap);
    let mut revoker = DeviceAuthority::new(authority(home, tap), revocations);
    let registries = home.station.config().registries.open().unwrap();
    let registries = registries.into_iter();
    let mut registries: Vec<Box<dyn cradle_wipe::Registry>> = registries
        .map(|registry| Box::new(Tapped::new(registry, tap)) as Box<dyn cradle_wipe::Registry>)
        .collect();
    let issuer_key = certificate_key(home.station.authority().ca.certificate()).unwrap();
    let mut world = cradle_wipe::World {
        device: Some(&mut device),
        ledger: &mut ledger,
        revoker: &mut revoker,
        registries: &mut registries,
        wipe_signer: &Tapped::new(home.wipe_key(), tap),
        document_signer: &Tapped::new(home.document_key(), tap),
        issuer_key: &issuer_key,
        clock: &now_ms,
        pace: &Pace::default(),
        entropy: &mut |bytes| {
            getrandom::fill(bytes).unwrap();
            Ok(())
        },
        events: &mut |_| {},
    };
    decommission(&mut world, &order(home, crew, serial)).unwrap()
}

/// What a technician asks for when the unit comes in.
fn order(home: &Home, crew: &Crew, serial: &Serial) -> Order {
    Order {
        serial: serial.clone(),
        reason: Reason::EndOfLife,
        target: Target::from(&home.profile),
        media: Media {
            manufacturer: "Example Works".to_owned(),
            model: "sensor".to_owned(),
            property_number: None,
            media_type: "embedded NOR flash".to_owned(),
            source: "Training line".to_owned(),
        },
        classification: Classification::default(),
        backup: Backup::Unknown,
        destination: Destination {
            kind: DestinationKind::RecyclingFacility,
            details: String::new(),
        },
        tool: Tool {
            name: "Cradle".to_owned(),
            version: "0".to_owned(),
        },
        sanitizer: home.station.person(&crew.technician),
        verifier: home.station.person(&crew.verifier),
        waiver: None,
        notes: String::new(),
        replaces: None,
    }
}

/// The same order, as the station takes it.
pub fn asked<'a>(crew: &'a Crew, slot: SlotId, serial: &'a Serial) -> Decommissioning<'a> {
    Decommissioning {
        session: &crew.technician,
        slot: Some(slot),
        serial,
        reason: Reason::EndOfLife,
        verifier: &crew.verifier,
        waiver: None,
        source: "Training line".to_owned(),
        destination: DestinationKind::RecyclingFacility,
    }
}
