//! A slot made of a USB debug probe, a serial port and a switched supply.
//!
//! Written against probe-rs and serialport; no such bench has been at hand yet to try it on.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use cradle_procedure::fault::{Code, Fault, OrFault};
use probe_rs::probe::Probe;
use probe_rs::probe::list::Lister;

use super::config::{ProbeAddress, SlotConfig};
use super::power::PowerSwitch;
use super::usb;
use crate::sensing::senses_board;
use crate::slot::Slot;

/// A slot of real hardware.
pub struct HardwareSlot {
    probe: Option<ProbeAddress>,
    uart: PathBuf,
    baud: Option<u32>,
    power: Option<PowerSwitch>,
    /// Whether the supply was switched on once, without which no board would ever be seen.
    supplied: OnceLock<()>,
}

impl HardwareSlot {
    /// The slot as configured. Nothing is touched yet.
    ///
    /// # Errors
    /// `CFG-01` the power command cannot work.
    pub fn new(config: SlotConfig) -> Result<Self, Fault> {
        let power = config.power.as_deref().map(PowerSwitch::new).transpose()?;
        Ok(Self {
            probe: config.probe,
            uart: config.uart,
            baud: config.baud,
            power,
            supplied: OnceLock::new(),
        })
    }
}

impl Slot for HardwareSlot {
    fn description(&self) -> String {
        let uart = self.uart.display();
        match &self.probe {
            Some(ProbeAddress::Usb(port)) => format!("probe in USB port {port}, {uart}"),
            Some(ProbeAddress::Serial(serial)) => format!("probe {serial}, {uart}"),
            None => uart.to_string(),
        }
    }

    fn open_probe(&self) -> Result<Probe, Fault> {
        let root = Path::new(usb::SYSFS);
        let selector = match &self.probe {
            Some(ProbeAddress::Usb(port)) => usb::in_port(root, port)?,
            Some(ProbeAddress::Serial(serial)) => usb::by_serial(root, serial)?,
            None => {
                let slot = self.description();
                let detail = format!("{slot}: `probe` is not configured");
                return Err(Fault::new(Code::ConfigInvalid, detail));
            }
        };
        Lister::new().open(selector).or_fault(Code::NoDevice)
    }

    fn serial_port(&self) -> Result<PathBuf, Fault> {
        Ok(self.uart.clone())
    }

    /// A slot with a probe asks that; without one, the serial port tells by being there, as it
    /// does with boards that bring their own.
    fn senses_board(&self) -> Option<bool> {
        if self.probe.is_none() {
            return Some(self.uart.exists());
        }
        // A switch that fails is told by the first start.
        self.supplied.get_or_init(|| drop(self.power_on()));
        self.open_probe().ok().map(senses_board)
    }

    fn loader_baud(&self) -> u32 {
        self.baud.unwrap_or(crate::slot::LOADER_BAUD)
    }

    fn power_on(&self) -> Result<(), Fault> {
        self.power.as_ref().map_or(Ok(()), |power| power.set(true))
    }

    fn power_off(&self) -> Result<(), Fault> {
        let power = self.power.as_ref().ok_or_else(|| {
            let slot = self.description();
            Fault::new(
                Code::ConfigInvalid,
                format!("{slot}: `power` is not configured, so the board cannot be power-cycled"),
            )
        })?;
        power.set(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cradle_procedure::ids::SlotId;

    #[test]
    fn a_board_that_brings_its_serial_port_comes_and_goes_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let uart = folder.path().join("ttyACM0");
        let slot = HardwareSlot::new(SlotConfig {
            id: SlotId(1),
            probe: None,
            uart: uart.clone(),
            baud: None,
            power: None,
        });
        let slot = slot.unwrap();
        assert_eq!(slot.senses_board(), Some(false));
        std::fs::write(uart, "").unwrap();
        assert_eq!(slot.senses_board(), Some(true));
    }

    #[test]
    fn without_its_probe_nothing_is_known_of_a_slot() {
        let slot = HardwareSlot::new(SlotConfig {
            id: SlotId(1),
            probe: Some(ProbeAddress::Usb("99-9".to_owned())),
            uart: PathBuf::from("/dev/null"),
            baud: None,
            power: None,
        });
        assert_eq!(slot.unwrap().senses_board(), None);
    }
}
