//! Whether a loader is there at all, asked before espflash asks: it takes more than a minute to
//! give up.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use serialport::{ClearBuffer, SerialPort as _, TTYPort};

/// `SYNC` ("serial protocol"): request, command, length, no checksum; then the pattern from which
/// the ROM learns the speed. Nothing of it needs an escape.
const SYNC: [u8; 46] = {
    let mut frame = [0x55; 46];
    let head = [0xC0, 0x00, 0x08, 36, 0, 0, 0, 0, 0, 0x07, 0x07, 0x12, 0x20];
    let mut place = 0;
    while place < head.len() {
        frame[place] = head[place];
        place += 1;
    }
    frame[45] = 0xC0;
    frame
};
/// What an answer to it begins with.
const ANSWER: [u8; 3] = [0xC0, 0x01, 0x08];
const TRIES: u32 = 10;
const LOOK: Duration = Duration::from_millis(100);
/// The ROM answers eight times.
const REST: Duration = Duration::from_millis(30);

/// Asks the loader, and leaves the line quiet if it answered.
///
/// # Errors
/// `DEV-23` nobody answers; `DEV-07` the port is broken.
pub(crate) fn wait_for_loader(port: &mut TTYPort) -> Result<(), Fault> {
    let before = port.timeout();
    port.set_timeout(LOOK).map_err(broken)?;
    let answered = ask(port)?;
    port.set_timeout(before).map_err(broken)?;
    if !answered {
        return Err(Fault::new(Code::NotInDownloadMode, "no loader answers"));
    }
    std::thread::sleep(REST);
    port.clear(ClearBuffer::Input).map_err(broken)
}

fn ask(port: &mut TTYPort) -> Result<bool, Fault> {
    let mut heard = Vec::new();
    let mut buffer = [0; 256];
    for _ in 0..TRIES {
        port.write_all(&SYNC).map_err(broken)?;
        // Silence is no fault yet.
        while let Ok(count @ 1..) = port.read(&mut buffer) {
            heard.extend_from_slice(&buffer[..count]);
            if heard.windows(ANSWER.len()).any(|part| part == ANSWER) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn broken(error: impl std::fmt::Display) -> Fault {
    Fault::new(Code::LinkLost, format!("serial port: {error}"))
}
