//! What a fixture position offers to a driver.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use probe_rs::probe::Probe;
use serialport::{SerialPort, TTYPort};

/// Time without supply in a power cycle: enough for the decoupling of a small board to fall
/// below the brown-out threshold.
const OFF_TIME: Duration = Duration::from_millis(300);
/// What common USB adapters carry over a short cable.
pub(crate) const LOADER_BAUD: u32 = 921_600;

/// How long EN is held low, and how long after that the chip has read its boot strap.
const RESET_TIME: Duration = Duration::from_millis(100);
const STRAP_TIME: Duration = Duration::from_millis(50);

/// What a chip with a boot strap starts when its reset is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BootMode {
    /// What is in flash.
    Flash,
    /// The loader in its ROM.
    Download,
}

/// One fixture position: a debug probe, a serial port and a switch for the supply.
pub trait Slot: Send + Sync {
    /// What a person reads to find it.
    fn description(&self) -> String;

    /// Opens the debug probe. Exactly one must answer to the address of this slot.
    ///
    /// # Errors
    /// `DEV-01` no such probe, `CFG-01` more than one.
    fn open_probe(&self) -> Result<Probe, Fault>;

    /// Path of the serial port wired to the device's agent.
    ///
    /// # Errors
    /// `DEV-01` nothing is plugged in.
    fn serial_port(&self) -> Result<PathBuf, Fault>;

    /// Switches the supply on. A slot that cannot be switched is always on.
    ///
    /// # Errors
    /// `DEV-01`, `CFG-01`.
    fn power_on(&self) -> Result<(), Fault>;

    /// Switches the supply off.
    ///
    /// # Errors
    /// `DEV-01`; `CFG-01` if the slot cannot be switched.
    fn power_off(&self) -> Result<(), Fault>;

    /// Resets a chip that has a boot strap. `port` is the slot's serial port, open. Unless a slot
    /// has better, DTR pulls the strap low and RTS pulls EN low, as on Espressif's boards.
    ///
    /// # Errors
    /// `DEV-07` the port's lines cannot be driven.
    fn reset_into(&self, port: &mut TTYPort, mode: BootMode) -> Result<(), Fault> {
        let lines = |port: &mut TTYPort, strap: bool, reset: bool| {
            port.write_data_terminal_ready(strap)?;
            port.write_request_to_send(reset)
        };
        // DTR and RTS together pull neither (two crossed transistors), so the strap goes low
        // with the release of the reset.
        lines(port, false, true)
            .and_then(|()| {
                thread::sleep(RESET_TIME);
                lines(port, mode == BootMode::Download, false)
            })
            .and_then(|()| {
                thread::sleep(STRAP_TIME);
                lines(port, false, false)
            })
            .map_err(|error| Fault::new(Code::LinkLost, format!("DTR and RTS: {error}")))
    }

    /// Whether a board is in the slot, found out without touching it; `None` if that cannot be
    /// known. Asked only while nobody works on the slot.
    fn senses_board(&self) -> Option<bool> {
        None
    }

    /// The highest speed to speak with a loader, in baud.
    fn loader_baud(&self) -> u32 {
        LOADER_BAUD
    }

    /// How long the supply stays off in a power cycle.
    fn off_time(&self) -> Duration {
        OFF_TIME
    }

    /// Takes the supply away and gives it back.
    ///
    /// # Errors
    /// As [`Slot::power_off`].
    fn power_cycle(&self) -> Result<(), Fault> {
        self.power_off()?;
        thread::sleep(self.off_time());
        self.power_on()
    }
}
