//! What the ROM says when it starts (ESP-IDF documentation, "Fatal Errors" and "Bootloader"; the
//! words are the ROM's own).

use std::io::Read as _;
use std::time::{Duration, Instant};

use cradle_procedure::fault::{Code, Fault};

use super::loader;
use crate::slot::Slot;

/// The ROM read the first word of the flash, and it begins no image.
const NO_IMAGE: &str = "invalid header: 0x";
/// What it read of an erased flash.
const ERASED: &str = "ffffffff";
/// The ROM has read an image, and jumps into it.
const STARTS: &str = "entry 0x";
/// The ROM says so within milliseconds, and again after each watchdog reset.
const PATIENCE: Duration = Duration::from_secs(5);
const SHORT_PATIENCE: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_millis(50);

/// Restarts the chip and waits for the ROM's words on an erased flash. Where flash is `encrypted`
/// the ROM deciphers what it reads, so that any word is that of an erased flash but one that
/// begins an image.
///
/// # Errors
/// `DEV-19` it says something else, or nothing.
pub(crate) fn of_an_erased_flash(slot: &dyn Slot, encrypted: bool) -> Result<String, Fault> {
    let told = |said: &str| on_no_image(said, encrypted).is_some();
    let said = hear_start(slot, PATIENCE, told)?;
    if let Some(words) = on_no_image(&said, encrypted) {
        return Ok(words);
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
pub(crate) fn has_nothing_to_start(slot: &dyn Slot, encrypted: bool) -> Result<bool, Fault> {
    let nothing = |said: &str| on_no_image(said, encrypted).is_some();
    let told = |said: &str| nothing(said) || said.contains(STARTS);
    Ok(nothing(&hear_start(slot, SHORT_PATIENCE, told)?))
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

fn on_no_image(said: &str, encrypted: bool) -> Option<String> {
    let (_, rest) = said.split_once(NO_IMAGE)?;
    let word = rest.get(..ERASED.len())?;
    match (word == ERASED, encrypted) {
        (true, false) => Some(format!("{NO_IMAGE}{word}")),
        (_, true) => Some(format!(
            "{NO_IMAGE}{word}, deciphered with the key that stays in BLOCK_KEY2"
        )),
        (false, false) => None,
    }
}
