//! Lines that carry less than the slot is set to.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use probe_rs::probe::Probe;

use super::*;
use crate::virtual_bench::{EspConfig, EspLink, VirtualBench};
use crate::virtual_slot::VirtualSlot;

/// A fixture whose EN wire holds for one reset only.
struct LooseWire {
    slot: VirtualSlot,
    broke: AtomicBool,
}

impl Slot for LooseWire {
    fn description(&self) -> String {
        self.slot.description()
    }
    fn open_probe(&self) -> Result<Probe, Fault> {
        self.slot.open_probe()
    }
    fn serial_port(&self) -> Result<PathBuf, Fault> {
        self.slot.serial_port()
    }
    fn power_on(&self) -> Result<(), Fault> {
        self.slot.power_on()
    }
    fn power_off(&self) -> Result<(), Fault> {
        self.slot.power_off()
    }
    fn reset_into(&self, port: &mut TTYPort, mode: BootMode) -> Result<(), Fault> {
        match self.broke.swap(true, Ordering::Relaxed) {
            false => self.slot.reset_into(port, mode),
            true => Ok(()),
        }
    }
}

/// The chip now listens at a speed that the line does not carry, and cannot be reset.
#[test]
fn a_line_that_lost_the_chip_at_a_higher_speed_is_named() {
    let bench = Arc::new(VirtualBench::new(1));
    let link = EspLink {
        max_baud: 230_400,
        ..EspLink::default()
    };
    let config = EspConfig {
        link,
        ..EspConfig::default()
    };
    let _board = bench.insert_esp(0, config).unwrap();
    let slot = LooseWire {
        slot: VirtualSlot::new(bench, 0),
        broke: AtomicBool::new(false),
    };
    let fault = Loader::connect(&slot).err().unwrap();
    assert_eq!(fault.code, Code::BaudTooHigh, "{fault}");
}
