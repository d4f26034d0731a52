//! The agent's serial line, byte by byte: what the driver over it never sends.

use std::path::Path;
use std::time::{Duration, Instant};

use cradle_bench::virtual_bench::Board;
use cradle_protocol::frame::{self, Collector, FrameError};
use cradle_protocol::limits::{MAX_CHUNK, MAX_FRAME};
use cradle_protocol::message::{AGENT_BAUD, AgentReply, AgentRequest, Refusal};
use cradle_protocol::metadata::Bank;
use serde::Serialize;
use serialport::SerialPort;

/// Longer than anything takes on an emulated core beside others.
const PATIENCE: Duration = Duration::from_secs(120);
/// A question to firmware that may not listen yet is asked again after this.
const BOOTING: Duration = Duration::from_millis(300);

pub struct AgentLine {
    port: Box<dyn SerialPort>,
    collector: Collector,
    id: u16,
}

impl AgentLine {
    pub fn open(board: &Board) -> Self {
        Self::at(&board.uart_path())
    }

    /// The agent behind that serial port.
    pub fn at(path: &Path) -> Self {
        let port = serialport::new(path.to_str().unwrap(), AGENT_BAUD)
            .timeout(Duration::from_millis(20))
            .open()
            .unwrap();
        Self {
            port,
            collector: Collector::new(),
            id: 0,
        }
    }

    /// Waits until the firmware listens.
    pub fn wait(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            self.id += 1;
            self.send(&framed(self.id, &AgentRequest::Identify));
            while let Some((id, ())) = self.hear(BOOTING, |_| ()) {
                if id == self.id {
                    return;
                }
            }
        }
        panic!("nobody listens");
    }

    /// Asks once and hands over the answer.
    pub fn ask<T>(&mut self, request: &AgentRequest<'_>, read: impl Fn(AgentReply<'_>) -> T) -> T {
        self.id += 1;
        let frame = framed(self.id, request);
        self.send(&frame);
        loop {
            let heard = self.hear(PATIENCE, &read);
            let (id, answer) = heard.unwrap_or_else(|| panic!("no answer to {request:?}"));
            if id == self.id {
                return answer;
            }
        }
    }

    /// Why it is refused.
    pub fn refusal(&mut self, request: &AgentRequest<'_>) -> Refusal {
        self.ask(request, |reply| match reply {
            AgentReply::Refused(why) => why,
            other => panic!("{request:?}: {other:?}"),
        })
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.port.write_all(bytes).unwrap();
    }

    /// The next answer, under its id.
    pub fn hear<T>(
        &mut self,
        patience: Duration,
        read: impl Fn(AgentReply<'_>) -> T,
    ) -> Option<(u16, T)> {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            let mut byte = [0];
            if self.port.read(&mut byte).is_ok_and(|count| count == 1)
                && let Some(frame) = self.collector.push(byte[0])
            {
                // A ROM may have told its log at another speed before.
                let answer: Result<_, FrameError> = frame::decode::<AgentReply<'_>>(frame);
                if let Ok((id, reply)) = answer {
                    return Some((id, read(reply)));
                }
            }
        }
        None
    }

    /// Sends a whole image into a bank and asks to install it.
    pub fn update(&mut self, bank: Bank, image: &[u8]) -> Result<Bank, Refusal> {
        let length = image.len() as u32;
        self.taken(&AgentRequest::BeginUpdate { bank, length })?;
        for (index, bytes) in image.chunks(MAX_CHUNK).enumerate() {
            let offset = (index * MAX_CHUNK) as u32;
            let there = self.taken(&AgentRequest::UpdateChunk { offset, bytes })?;
            assert_eq!(there, offset + bytes.len() as u32);
        }
        self.ask(&AgentRequest::FinishUpdate, |reply| match reply {
            AgentReply::Installed(bank) => Ok(bank),
            AgentReply::Refused(why) => Err(why),
            other => panic!("{other:?}"),
        })
    }

    fn taken(&mut self, request: &AgentRequest<'_>) -> Result<u32, Refusal> {
        self.ask(request, |reply| match reply {
            AgentReply::Received(there) => Ok(there),
            AgentReply::Refused(why) => Err(why),
            other => panic!("{other:?}"),
        })
    }

    /// Restarts the firmware by its own means and waits until it listens again.
    pub fn restart(&mut self) {
        self.ask(&AgentRequest::Restart, |reply| {
            assert_eq!(reply, AgentReply::Restarting);
        });
        self.wait();
    }
}

/// A message as one frame.
pub fn framed(id: u16, message: &impl Serialize) -> Vec<u8> {
    let mut out = [0; MAX_FRAME];
    let length = frame::encode(id, message, &mut out).unwrap();
    out[..length].to_vec()
}
