//! The numbered slots of a station.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::SlotId;
use cradle_procedure::ports::Device;
use cradle_procedure::profile::TargetProfile;

use crate::esp32::Esp32C3Device;
use crate::hardware::{BenchConfig, HardwareSlot};
use crate::slot::Slot;
use crate::stm32::Stm32Device;
use crate::virtual_bench::VirtualBench;
use crate::virtual_slot::VirtualSlot;

/// The slots of a station, by their number.
#[derive(Default)]
pub struct Bench {
    slots: BTreeMap<SlotId, Place>,
}

/// A slot, and the gate that a driver and a look whether a board is there pass one at a time.
struct Place {
    slot: Arc<dyn Slot>,
    gate: Mutex<()>,
}

impl Place {
    fn new(slot: impl Slot + 'static) -> Self {
        Self {
            slot: Arc::new(slot),
            gate: Mutex::default(),
        }
    }

    /// The slot for a driver, which keeps it as long as it works on it.
    fn take(&self) -> Arc<dyn Slot> {
        let _gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&self.slot)
    }

    fn senses_board(&self) -> Option<bool> {
        let _gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = Arc::strong_count(&self.slot) == 1;
        idle.then(|| self.slot.senses_board()).flatten()
    }
}

/// A slot as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotInfo {
    /// Its number.
    pub id: SlotId,
    /// What a person reads to find it.
    pub description: String,
}

impl Bench {
    /// A bench without slots.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The slots of a virtual bench: its slot 0 is slot 1 here.
    #[must_use]
    pub fn over_virtual(bench: &Arc<VirtualBench>) -> Self {
        let mut slots = Self::new();
        for (index, id) in (0..bench.slots()).zip(1..) {
            let slot = VirtualSlot::new(Arc::clone(bench), index);
            slots.slots.insert(SlotId(id), Place::new(slot));
        }
        slots
    }

    /// The slots that a configuration describes. Nothing is touched yet.
    ///
    /// # Errors
    /// `CFG-01` a number is used twice.
    pub fn from_config(config: BenchConfig) -> Result<Self, Fault> {
        let mut bench = Self::new();
        for slot in config.slot {
            let id = slot.id;
            let slot = HardwareSlot::new(slot)?;
            if bench.slots.insert(id, Place::new(slot)).is_some() {
                return Err(Fault::new(
                    Code::ConfigInvalid,
                    format!("slot {id} is configured twice"),
                ));
            }
        }
        Ok(bench)
    }

    /// The slots in the order of their numbers.
    pub fn slots(&self) -> impl Iterator<Item = SlotInfo> + '_ {
        self.slots.iter().map(|(id, place)| SlotInfo {
            id: *id,
            description: place.slot.description(),
        })
    }

    /// Whether a board is in the slot; `None` if a driver is open on it, or if that cannot be
    /// known. Takes as long as a probe takes to answer; a driver that is opened meanwhile waits.
    #[must_use]
    pub fn senses_board(&self, slot: SlotId) -> Option<bool> {
        self.slots.get(&slot)?.senses_board()
    }

    /// The driver for chips of `profile` in a slot. Nothing is touched before its first call.
    ///
    /// # Errors
    /// `DEV-17` no such slot, `PLN-01` no driver for that profile.
    pub fn open(&self, slot: SlotId, profile: &TargetProfile) -> Result<Box<dyn Device>, Fault> {
        let place = self.slots.get(&slot).ok_or_else(|| {
            let known: Vec<_> = self.slots.keys().map(ToString::to_string).collect();
            let known = known.join(", ");
            Fault::new(Code::SlotUnknown, format!("{slot}; there are: {known}"))
        })?;
        match profile.family.as_str() {
            "stm32f4" => Ok(Box::new(Stm32Device::new(place.take(), profile))),
            "esp32c3" => Ok(Box::new(Esp32C3Device::new(place.take(), profile))),
            other => Err(Fault::new(
                Code::ProfileInvalid,
                format!("no driver for family {other}"),
            )),
        }
    }
}
