//! What the bootloader answers when no bank runs: who it is and why. It takes a signed image
//! into a bank that does not verify, and restarts; nothing else.

use cradle_protocol::frame;
use cradle_protocol::limits::MAX_FRAME;
use cradle_protocol::message::{
    AgentReply, AgentRequest, BankVerdict, ChipUid, DeviceState, Identity, Refusal,
};

use crate::device::{Flash, OneTime};
use crate::update::Updates;

/// Answers requests while no bank runs.
pub struct Recovery {
    uid: ChipUid,
    verdicts: [BankVerdict; 2],
    updates: Updates,
    restart: bool,
}

impl Recovery {
    /// `verdicts`: what was found in banks A and B.
    #[must_use]
    pub fn new(uid: ChipUid, verdicts: [BankVerdict; 2]) -> Self {
        Self {
            uid,
            verdicts,
            updates: Updates::default(),
            restart: false,
        }
    }

    /// Whether the chip is to be reset once the answer has left.
    #[must_use]
    pub fn wants_restart(&self) -> bool {
        self.restart
    }

    /// Answers one frame, given without its closing zero. Returns how much of `out` is the
    /// answer; `None` if the line garbled the frame.
    pub fn answer<D: Flash + OneTime>(
        &mut self,
        device: &mut D,
        frame: &mut [u8],
        out: &mut [u8; MAX_FRAME],
    ) -> Option<usize> {
        let (id, body) = frame::open(frame).ok()?;
        let reply = match frame::parse(body) {
            Ok(request) => self
                .handle(device, &request)
                .unwrap_or_else(AgentReply::Refused),
            Err(_) => AgentReply::Refused(Refusal::NotUnderstood),
        };
        frame::encode(id, &reply, out).ok()
    }

    fn handle<D: Flash + OneTime>(
        &mut self,
        device: &mut D,
        request: &AgentRequest<'_>,
    ) -> Result<AgentReply<'static>, Refusal> {
        match request {
            AgentRequest::Identify => Ok(AgentReply::Identity(Identity {
                uid: self.uid,
                state: DeviceState::Recovery(self.verdicts),
            })),
            AgentRequest::Restart => {
                self.restart = true;
                Ok(AgentReply::Restarting)
            }
            // A bank that verifies is never given up for bytes that may not.
            _ => self.updates.answer(device, request, None, |_, bank| {
                self.verdicts[bank.index()] != BankVerdict::Good
            }),
        }
    }
}
