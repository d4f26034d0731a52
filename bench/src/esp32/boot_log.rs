//! What the ROM says when it starts (ESP-IDF documentation, "Fatal Errors" and "Bootloader"; the
//! words are the ROM's own).

use std::io::Read as _;
use std::time::{Duration, Instant};

use cradle_procedure::fault::{Code, Fault};

use super::loader;
use crate::slot::Slot;

/// The ROM read the first word of the flash, and it is erased.
const ERASED: &str = "invalid header: 0xffffffff";
/// The ROM has read an image, and jumps into it.
const STARTS: &str = "entry 0x";
/// The ROM says so within milliseconds, and again after each watchdog reset.
const PATIENCE: Duration = Duration::from_secs(5);
const SHORT_PATIENCE: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_millis(50);

/// Restarts the chip and waits for the ROM's words on an erased flash.
///
/// # Errors
/// `DEV-19` it says something else, or nothing.
pub(crate) fn of_an_erased_flash(slot: &dyn Slot) -> Result<String, Fault> {
    let said = hear_start(slot, PATIENCE, |said| said.contains(ERASED))?;
    if said.contains(ERASED) {
        return Ok(ERASED.to_owned());
    }
    let line = said.lines().rfind(|line| !line.trim().is_empty());
    let detail = match line {
        Some(line) => format!("the chip starts: {line:.80}"),
        None => "the chip says nothing".to_owned(),
    };
    Err(Fault::new(Code::NotBlank, detail))
}

/// Restarts the chip. Whether its ROM says that there is nothing to start; a ROM that was told to
/// be silent does not.
pub(crate) fn has_nothing_to_start(slot: &dyn Slot) -> Result<bool, Fault> {
    let told = |said: &str| said.contains(ERASED) || said.contains(STARTS);
    Ok(hear_start(slot, SHORT_PATIENCE, told)?.contains(ERASED))
}

/// What a chip says from its reset on, until that is `enough`.
fn hear_start(
    slot: &dyn Slot,
    patience: Duration,
    enough: impl Fn(&str) -> bool,
) -> Result<String, Fault> {
    let mut port = loader::listen_to_start(slot)?;
    serialport::SerialPort::set_timeout(&mut port, LOOK)
        .map_err(|error| Fault::new(Code::LinkLost, error))?;
    let deadline = Instant::now() + patience;
    let mut said = String::new();
    let mut buffer = [0; 256];
    while Instant::now() < deadline && !enough(&said) {
        // Nothing heard for a while is no fault yet.
        let count = port.read(&mut buffer).unwrap_or(0);
        said.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    Ok(said)
}
