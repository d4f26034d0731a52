//! What the bootloader answers when no bank runs: who it is and why.

use cradle_protocol::frame;
use cradle_protocol::limits::MAX_FRAME;
use cradle_protocol::message::{
    AgentReply, AgentRequest, BankVerdict, ChipUid, DeviceState, Identity, Refusal,
};

/// Answers one frame, given without its closing zero. Returns how much of `out` is the answer;
/// `None` if the line garbled the frame.
pub fn answer(
    uid: ChipUid,
    verdicts: [BankVerdict; 2],
    frame: &mut [u8],
    out: &mut [u8; MAX_FRAME],
) -> Option<usize> {
    let (id, body) = frame::open(frame).ok()?;
    let reply = match frame::parse(body) {
        Ok(AgentRequest::Identify) => AgentReply::Identity(Identity {
            uid,
            state: DeviceState::Recovery(verdicts),
        }),
        Ok(_) => AgentReply::Refused(Refusal::WrongState),
        Err(_) => AgentReply::Refused(Refusal::NotUnderstood),
    };
    frame::encode(id, &reply, out).ok()
}
