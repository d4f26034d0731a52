//! Boot after a reset, with the log on UART0 as the ROM `esp32c3-api1-20210207` prints it.

use std::fmt::Write;

use super::image::{self, Image, Refusal};
use super::secure_boot;
use super::security::Security;
use crate::virtual_bench::esp32c3::peripherals::Peripherals;
use crate::virtual_bench::esp32c3::ram::Ram;
use crate::virtual_bench::esp32c3::reset::ResetCause;

/// Most that the ROM looks at of a second stage, bytes.
const MOST: usize = 0x4_0000;

/// What the strapping pins ask for (TRM chapter "Chip Boot Control").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BootMode {
    Flash,
    Download,
}

impl BootMode {
    /// Value of GPIO_STRAP; bit 3 is GPIO9.
    pub(crate) fn strap(self) -> u32 {
        match self {
            Self::Flash => 0xC,
            Self::Download => 0x4,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Flash => "SPI_FAST_FLASH_BOOT",
            Self::Download => "DOWNLOAD(USB/UART0/1)",
        }
    }
}

/// How the ROM ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Booted {
    /// The second stage is in RAM; this is its entry.
    Program(u32),
    /// It waits for the host.
    Loader,
    /// It does nothing until a watchdog or a reset helps.
    Stuck,
}

/// What the ROM does after a reset.
pub(crate) fn boot(
    io: &mut Peripherals,
    ram: &mut Ram,
    mode: BootMode,
    cause: ResetCause,
    gpio8: bool,
) -> Booted {
    let security = Security::read(&io.efuse);
    let mut log = String::new();
    let code = cause.code();
    let strap = mode.strap();
    let _ = write!(
        log,
        "ESP-ROM:esp32c3-api1-20210207\r\nBuild:Feb  7 2021\r\n\
         rst:{code:#x} ({}),boot:{strap:#x} ({})\r\n",
        cause.name(),
        mode.name()
    );
    let booted = match mode {
        BootMode::Download if security.download_disabled() => Booted::Stuck,
        BootMode::Download => {
            log.push_str("waiting for download\r\n");
            Booted::Loader
        }
        BootMode::Flash => match from_flash(io, ram, &security, &mut log) {
            Ok(entry) => Booted::Program(entry),
            Err(refusal) => {
                let _ = write!(log, "{refusal}\r\n");
                Booted::Stuck
            }
        },
    };
    if security.prints(gpio8) {
        io.uart.send(log.as_bytes());
    }
    booted
}

fn from_flash(
    io: &mut Peripherals,
    ram: &mut Ram,
    security: &Security,
    log: &mut String,
) -> Result<u32, Refusal> {
    let cells = &io.store.cells.flash()[..MOST];
    // What was written in the clear comes out of decryption as noise.
    let flash = &match security.flash_encryption() {
        true => io.efuse.flash_cipher().decrypted(0, cells),
        false => cells.to_vec(),
    };
    let image = Image::parse(&flash[image::OFFSET..])?;
    log.push_str("SPIWP:0xee\r\nmode:DIO, clock div:1\r\n");
    if security.secure_boot() {
        let verified = secure_boot::verify(flash, image.len, security, &io.efuse)?;
        log.push_str(&verified);
    }
    for segment in &image.segments {
        let (address, len) = (segment.address, segment.bytes.len());
        let _ = write!(log, "load:{address:#010x},len:{len:#x}\r\n");
        ram.write(address, segment.bytes)
            .ok_or_else(|| format!("invalid segment: {address:#010x}"))?;
    }
    let _ = write!(log, "entry {:#010x}\r\n", image.entry);
    Ok(image.entry)
}
