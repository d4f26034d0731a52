//! What a bench is wired to (TOML).

use std::path::PathBuf;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::SlotId;
use serde::Deserialize;

/// The slots of a bench.
///
/// ```toml
/// [[slot]]
/// id = 1
/// probe = { usb = "1-4.2" }
/// uart = "/dev/serial/by-path/pci-0000:00:14.0-usb-0:4.3:1.0-port0"
/// power = ["uhubctl", "-l", "1-4", "-p", "2", "-a", "{state}"]
///
/// # A chip that is programmed over its UART needs no probe: DTR of the port pulls its boot strap
/// # low, RTS its EN, through the two crossed transistors of Espressif's boards.
/// [[slot]]
/// id = 2
/// uart = "/dev/serial/by-path/pci-0000:00:14.0-usb-0:4.4:1.0-port0"
/// baud = 460800
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BenchConfig {
    /// The slots.
    #[serde(default)]
    pub slot: Vec<SlotConfig>,
}

/// One slot.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotConfig {
    /// Its number.
    pub id: SlotId,
    /// Its debug probe, where the chip is worked on through one.
    pub probe: Option<ProbeAddress>,
    /// Path of the serial port wired to the agent's UART.
    pub uart: PathBuf,
    /// Highest speed to speak with a chip's loader, if not 921 600. What the line does not carry
    /// is noticed, and 115 200 used.
    pub baud: Option<u32>,
    /// Program and arguments that switch the supply; `{state}` becomes `on` or `off`. Without
    /// it the slot cannot be power-cycled, and provisioning ends with a fault that says so.
    #[serde(default)]
    pub power: Option<Vec<String>>,
}

/// How a debug probe is found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProbeAddress {
    /// USB port, as Linux names it below `/sys/bus/usb/devices`, such as `1-4.2`. The better
    /// way: it names a place on the bench, and cheap probes share their serial numbers.
    Usb(String),
    /// `VID:PID:serial`, the first two hexadecimal.
    Serial(String),
}

impl BenchConfig {
    /// Reads a configuration.
    ///
    /// # Errors
    /// `CFG-01` with the line where the text is at fault.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        toml::from_str(text)
            .map_err(|error| Fault::new(Code::ConfigInvalid, error.to_string().trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOT: &str = r#"
[[slot]]
id = 3
probe = { usb = "1-4.2" }
uart = "/dev/ttyUSB0"
power = ["uhubctl", "-a", "{state}"]
"#;

    #[test]
    fn a_slot_is_read_as_written() {
        let config = BenchConfig::parse(SLOT).unwrap();
        let slot = &config.slot[0];
        assert_eq!(slot.id, SlotId(3));
        assert_eq!(slot.probe, Some(ProbeAddress::Usb("1-4.2".to_owned())));
        assert_eq!(slot.baud, None);
        assert_eq!(slot.power.as_ref().map(Vec::len), Some(3));
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        let fault = BenchConfig::parse(&SLOT.replace("uart", "wart")).unwrap_err();
        assert_eq!(fault.code, Code::ConfigInvalid);
        assert!(fault.detail.contains("line 5"), "{}", fault.detail);
    }
}
