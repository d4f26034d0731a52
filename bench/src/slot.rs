//! What a fixture position offers to a driver.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use cradle_procedure::fault::Fault;
use probe_rs::probe::Probe;

/// Time without supply in a power cycle: enough for the decoupling of a small board to fall
/// below the brown-out threshold.
const OFF_TIME: Duration = Duration::from_millis(300);

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
