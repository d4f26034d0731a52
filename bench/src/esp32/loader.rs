//! The loader in the chip's ROM, spoken to through espflash.

use std::path::Path;
use std::thread;
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use espflash::command::{Command, CommandResponseValue};
use espflash::connection::{Connection, ResetAfterOperation, ResetBeforeOperation, SecurityInfo};
use espflash::flasher::{Flasher, SpiAttachParams, SpiSetParams};
use espflash::target::Chip;
use serialport::{ClearBuffer, SerialPort as _, TTYPort, UsbPortInfo};

use super::sync;
use crate::slot::{BootMode, Slot};

/// What the loader starts with, and everything falls back to.
pub(crate) const BASE_BAUD: u32 = 115_200;
/// How often the chip is reset before it counts as out of reach.
const TRIES: u32 = 2;
const ATTACH: Duration = Duration::from_secs(3);
/// Most that the loader addresses with 24 bits.
const LARGEST_FLASH: u32 = 16 * 1024 * 1024;
const SETTLE: Duration = Duration::from_millis(20);
/// `DATE` of the UART: a register that is always there to read.
const PROBE_REGISTER: u32 = 0x6000_007C;
/// Flag of the security information: `ENABLE_SECURITY_DOWNLOAD` is burnt.
const SECURE_DOWNLOAD: u32 = 1 << 2;

/// A chip whose loader answers.
pub(crate) struct Loader {
    flasher: Flasher,
    security: SecurityInfo,
}

impl Loader {
    /// Resets the chip into its loader and speaks with it as fast as line and slot allow.
    ///
    /// # Errors
    /// `DEV-01` no port, `DEV-02` another chip, `DEV-23`, `DEV-24`, `DEV-25`.
    pub(crate) fn connect(slot: &dyn Slot) -> Result<Self, Fault> {
        let mut last = None;
        for _ in 0..TRIES {
            match Self::at_base_speed(slot) {
                Ok(loader) => return loader.speed_up(slot),
                Err(fault) if fault.code == Code::NotInDownloadMode => last = Some(fault),
                Err(fault) => return Err(fault),
            }
        }
        Err(last.unwrap_or_else(|| Fault::new(Code::Internal, "the chip was not tried")))
    }

    fn at_base_speed(slot: &dyn Slot) -> Result<Self, Fault> {
        let path = slot.serial_port()?;
        let mut port = open(&path)?;
        slot.reset_into(&mut port, BootMode::Download)?;
        thread::sleep(SETTLE);
        port.clear(ClearBuffer::Input)
            .map_err(|error| Fault::new(Code::LinkLost, error))?;
        sync::wait_for_loader(&mut port)?;
        let connection = Connection::new(
            port,
            unknown_adapter(),
            ResetAfterOperation::NoResetNoStub,
            ResetBeforeOperation::NoReset,
            BASE_BAUD,
        );
        let chip = Some(Chip::Esp32c3);
        let mut flasher =
            Flasher::connect(connection, false, false, false, chip, None).map_err(refused)?;
        let security = flasher.security_info().map_err(|error| told(&error))?;
        let mut loader = Self { flasher, security };
        if loader.is_secure_download() {
            loader.attach_flash()?;
        }
        Ok(loader)
    }

    /// What espflash does not do in secure download mode, where it cannot ask the flash for its
    /// size.
    fn attach_flash(&mut self) -> Result<(), Fault> {
        let attach = Command::SpiAttach {
            spi_params: SpiAttachParams::default(),
        };
        self.command(attach, ATTACH)?;
        let spi_params = SpiSetParams::default(LARGEST_FLASH);
        self.command(Command::SpiSetParams { spi_params }, ATTACH)?;
        Ok(())
    }

    /// Tries the slot's speed. A line that does not carry it has lost the chip, which is then
    /// reset and spoken to slowly.
    fn speed_up(mut self, slot: &dyn Slot) -> Result<Self, Fault> {
        let baud = slot.loader_baud();
        if baud <= BASE_BAUD || self.is_secure_download() {
            return Ok(self);
        }
        let answers = self.flasher.change_baud(baud).is_ok()
            && self.flasher.connection().read_reg(PROBE_REGISTER).is_ok();
        if answers {
            return Ok(self);
        }
        drop(self);
        Self::at_base_speed(slot).map_err(|fault| match fault.code {
            Code::NotInDownloadMode => Fault::new(Code::BaudTooHigh, format!("{baud} baud")),
            _ => fault,
        })
    }

    /// What the loader says of itself, in every mode.
    pub(crate) fn security(&self) -> &SecurityInfo {
        &self.security
    }

    /// Whether it neither reads nor runs anything any more.
    pub(crate) fn is_secure_download(&self) -> bool {
        self.security.flags & SECURE_DOWNLOAD != 0
    }

    /// Size of the flash in KiB, as the flash says.
    pub(crate) fn flash_kib(&mut self) -> Result<u32, Fault> {
        let info = self.flasher.device_info().map_err(|error| told(&error))?;
        Ok(info.flash_size.size() / 1024)
    }

    pub(crate) fn read_register(&mut self, address: u32) -> Result<u32, Fault> {
        let value = self.flasher.connection().read_reg(address);
        value.map_err(|error| told(&error))
    }

    pub(crate) fn write_register(&mut self, address: u32, value: u32) -> Result<(), Fault> {
        let written = self.flasher.connection().write_reg(address, value, None);
        written.map_err(|error| told(&error))
    }

    /// MD5 over flash, computed by the loader.
    pub(crate) fn md5(&mut self, address: u32, length: u32) -> Result<[u8; 16], Fault> {
        let sum = self.flasher.checksum_md5(address, length);
        sum.map(u128::to_be_bytes).map_err(|error| told(&error))
    }

    /// One command, with the time that it may take.
    pub(crate) fn command(
        &mut self,
        command: Command<'_>,
        within: Duration,
    ) -> Result<CommandResponseValue, Fault> {
        let connection = self.flasher.connection();
        let answer = connection.with_timeout(within, |connection| connection.command(command));
        answer.map_err(|error| told(&error))
    }

    /// Gives the port away, for a program that the loader has started.
    pub(crate) fn into_port(self) -> TTYPort {
        self.flasher.into_connection().into_serial()
    }
}

/// Opens the slot's port for a reset alone.
pub(crate) fn reset_into_flash(slot: &dyn Slot) -> Result<(), Fault> {
    listen_to_start(slot).map(drop)
}

/// Resets the chip into flash; what it says from then on can be read from the port.
pub(crate) fn listen_to_start(slot: &dyn Slot) -> Result<TTYPort, Fault> {
    let path = slot.serial_port()?;
    let mut port = open(&path)?;
    port.clear(ClearBuffer::Input)
        .map_err(|error| Fault::new(Code::LinkLost, error))?;
    slot.reset_into(&mut port, BootMode::Flash)?;
    Ok(port)
}

/// Opens the port. serialport locks it (flock), as other programs for such chips do, so that each
/// keeps off the other.
fn open(path: &Path) -> Result<TTYPort, Fault> {
    let shown = path.display();
    serialport::new(path.to_string_lossy(), BASE_BAUD)
        .timeout(Duration::from_secs(3))
        .open_native()
        .map_err(|error| {
            let told = |word: &&str| error.description.contains(*word);
            let busy = ["busy", "exclusive lock"].iter().any(told);
            let code = if busy { Code::PortBusy } else { Code::NoDevice };
            Fault::new(code, format!("{shown}: {error}"))
        })
}

/// Which USB adapter it is decides only how espflash would reset the chip, which it does not.
fn unknown_adapter() -> UsbPortInfo {
    UsbPortInfo {
        vid: 0,
        pid: 0,
        serial_number: None,
        manufacturer: None,
        product: None,
        interface: None,
    }
}

fn refused(error: espflash::Error) -> Fault {
    match error {
        espflash::Error::ChipMismatch(_, found) => Fault::new(Code::WrongChip, found),
        espflash::Error::ChipDetectError(what) => Fault::new(Code::WrongChip, what),
        espflash::Error::FlashConnect => Fault::new(Code::WrongFlashSize, "its flash is silent"),
        other => Fault::new(Code::NotInDownloadMode, chain(&other)),
    }
}

fn told(error: &espflash::Error) -> Fault {
    Fault::new(Code::LinkLost, format!("loader: {}", chain(error)))
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
