//! The numbered slots of a station.

use std::collections::BTreeMap;
use std::sync::Arc;

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
    slots: BTreeMap<SlotId, Arc<dyn Slot>>,
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
            slots.slots.insert(SlotId(id), Arc::new(slot));
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
            if bench.slots.insert(id, Arc::new(slot)).is_some() {
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
        self.slots.iter().map(|(id, slot)| SlotInfo {
            id: *id,
            description: slot.description(),
        })
    }

    /// The driver for chips of `profile` in a slot. Nothing is touched before its first call.
    ///
    /// # Errors
    /// `DEV-17` no such slot, `PLN-01` no driver for that profile.
    pub fn open(&self, slot: SlotId, profile: &TargetProfile) -> Result<Box<dyn Device>, Fault> {
        let port = self.slots.get(&slot).ok_or_else(|| {
            let known: Vec<_> = self.slots.keys().map(ToString::to_string).collect();
            let known = known.join(", ");
            Fault::new(Code::SlotUnknown, format!("{slot}; there are: {known}"))
        })?;
        match profile.family.as_str() {
            "stm32f4" => Ok(Box::new(Stm32Device::new(Arc::clone(port), profile))),
            "esp32c3" => Ok(Box::new(Esp32C3Device::new(Arc::clone(port), profile))),
            other => Err(Fault::new(
                Code::ProfileInvalid,
                format!("no driver for family {other}"),
            )),
        }
    }
}
