//! The agent in the running firmware, over the UART.

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use cradle_protocol::frame;
use cradle_protocol::message::{AGENT_BAUD, AgentReply, AgentRequest};
use serialport::{ClearBuffer, SerialPort};

use crate::conversation::{self, Answer, Ids, Line, LineError, NoAnswer, Patience};
use crate::slot::Slot;

/// One look at the line.
const LOOK: Duration = Duration::from_millis(20);
/// A signature or a wipe, on a core that may be emulated beside others.
const TOTAL: Duration = Duration::from_secs(90);

/// The first question after power-on: the bootloader verifies a signature before the
/// firmware listens, so it is asked again and again.
pub(crate) const BOOTING: Patience = Patience {
    total: TOTAL,
    repeatable: true,
    every: Some(Duration::from_millis(200)),
};
/// A question to firmware that is known to listen.
pub(crate) const LISTENING: Patience = Patience {
    every: Some(Duration::from_secs(20)),
    ..BOOTING
};
/// A question whose second asking makes the answer to the first worthless, or an order.
pub(crate) const ONCE: Patience = Patience {
    repeatable: false,
    every: None,
    ..BOOTING
};

/// Asks the running firmware. The port is open for this one question only. `pick` takes the
/// expected answer and nothing else.
pub(crate) fn ask<T>(
    slot: &dyn Slot,
    ids: &mut Ids,
    patience: Patience,
    request: &AgentRequest<'_>,
    pick: impl Fn(AgentReply<'_>) -> Option<T>,
) -> Result<Answer<T>, Fault> {
    let mut line = open(slot)?;
    let decode = |bytes: &mut [u8]| {
        let (id, reply) = frame::decode::<AgentReply<'_>>(bytes)?;
        let answer = match reply {
            AgentReply::Refused(why) => Answer::Refused(why),
            other => pick(other).map_or(Answer::Odd, Answer::Is),
        };
        Ok((id, answer))
    };
    let encode = |id, out: &mut _| frame::encode(id, request, out);
    conversation::ask(&mut line, ids, patience, &encode, &decode).map_err(|none| match none {
        NoAnswer::Broken(why) => Fault::new(Code::LinkLost, format!("serial port: {why}")),
        NoAnswer::Silent(why) => Fault::new(Code::DeviceSilent, why),
    })
}

fn open(slot: &dyn Slot) -> Result<SerialLine, Fault> {
    let path = slot.serial_port()?;
    let broken = |error: serialport::Error| {
        Fault::new(Code::LinkLost, format!("{}: {error}", path.display()))
    };
    let port = serialport::new(path.to_string_lossy(), AGENT_BAUD)
        .timeout(LOOK)
        .open()
        .map_err(broken)?;
    // What came before the question cannot be its answer.
    port.clear(ClearBuffer::Input).map_err(broken)?;
    Ok(SerialLine(port))
}

struct SerialLine(Box<dyn SerialPort>);

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
