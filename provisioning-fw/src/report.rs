//! What the device tells about its boots and its protection.

use cradle_protocol::message::{BootEvent, EVENTS, Posture};
use cradle_protocol::metadata::{self, Bank, BootState};

use crate::boot;
use crate::device::{Device, Flash};
use crate::store::{self, Kind};

/// The first [`EVENTS`] boot events with a sequence number above `after`.
pub fn events(flash: &mut impl Flash, after: u32) -> [Option<BootEvent>; EVENTS] {
    let [a, b] = boot::metadata(flash);
    let mut newer = metadata::events(a, b).filter(|state| state.sequence > after);
    core::array::from_fn(|_| newer.next().map(event))
}

fn event(state: BootState) -> BootEvent {
    BootEvent {
        sequence: state.sequence,
        event: state.event,
        active: state.active,
        pending: state.pending,
        trials_left: state.trials_left as u8,
        confirmed: state.confirmed,
    }
}

/// The posture of firmware that runs from `bank`; `key` says whether there is a device key.
pub fn posture<D: Device>(device: &mut D, bank: Bank, key: bool) -> Posture {
    let trusted = boot::state(device).and_then(|state| state.trusted());
    Posture {
        bank,
        confirmed: trusted == Some(bank),
        counter: device.counter(),
        rdp: device.rdp(),
        write_protected: device.write_protected(),
        root_key_locked: device.root_key_hash().is_some() && device.root_key_locked(),
        key,
        certificate: store::find(device.bytes(D::LAYOUT.nvs), Kind::Certificate).is_some(),
    }
}
