//! A slot made of a USB debug probe, a serial port and a switched supply.
//!
//! Written against probe-rs and serialport; no such bench has been at hand yet to try it on.

use std::path::{Path, PathBuf};

use cradle_procedure::fault::{Code, Fault, OrFault};
use probe_rs::probe::Probe;
use probe_rs::probe::list::Lister;

use super::config::{ProbeAddress, SlotConfig};
use super::power::PowerSwitch;
use super::usb;
use crate::slot::Slot;

/// A slot of real hardware.
pub struct HardwareSlot {
    probe: Option<ProbeAddress>,
    uart: PathBuf,
    baud: Option<u32>,
    power: Option<PowerSwitch>,
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
