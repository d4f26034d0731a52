//! A serial port as a line for conversations.

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use serialport::{ClearBuffer, SerialPort};

use crate::conversation::{Line, LineError};
use crate::slot::Slot;

/// One look at the line.
const LOOK: Duration = Duration::from_millis(20);

/// Opens the slot's port at that speed.
pub(crate) fn open(slot: &dyn Slot, baud: u32) -> Result<SerialLine, Fault> {
    let path = slot.serial_port()?;
    let broken = |error: serialport::Error| {
        Fault::new(Code::LinkLost, format!("{}: {error}", path.display()))
    };
    let port = serialport::new(path.to_string_lossy(), baud)
        .timeout(LOOK)
        .open()
        .map_err(broken)?;
    // What came before the question cannot be its answer.
    port.clear(ClearBuffer::Input).map_err(broken)?;
    Ok(SerialLine(port))
}

/// An open port.
pub(crate) struct SerialLine(Box<dyn SerialPort>);

impl SerialLine {
    /// Goes on with a port that is open already.
    pub(crate) fn over(
        mut port: Box<dyn SerialPort>,
        baud: u32,
    ) -> Result<Self, serialport::Error> {
        port.set_baud_rate(baud)?;
        port.set_timeout(LOOK)?;
        Ok(Self(port))
    }
}

impl Line for SerialLine {
    fn send(&mut self, bytes: &[u8]) -> Result<usize, LineError> {
        or_nothing(self.0.write(bytes))
    }

    fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, LineError> {
        or_nothing(self.0.read(buffer))
    }

    /// A UART cannot tell.
    fn stopped(&mut self) -> Result<Option<String>, LineError> {
        Ok(None)
    }
}

fn or_nothing(result: std::io::Result<usize>) -> Result<usize, LineError> {
    match result {
        Ok(count) => Ok(count),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted
            ) =>
        {
            Ok(0)
        }
        Err(error) => Err(LineError(error.to_string())),
    }
}
