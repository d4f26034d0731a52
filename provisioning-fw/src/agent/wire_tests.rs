//! What the agent says to frames that it must refuse.

use std::vec;
use std::vec::Vec;

use cradle_protocol::frame::WIRE_VERSION;
use cradle_protocol::layout::stm32f405::{BANKS, NVS};
use cradle_protocol::limits::MAX_CHUNK;
use cradle_protocol::message::AgentReply;
use serde::Serialize;

use super::tests::{AUTHORITY, ModelAgent, NONCE, ROOT, start, unit};
use super::*;
use crate::boot::confirm;
use crate::device::Flash;
use crate::model::{Model, UID};

const ID: u16 = 0x0102;

struct Bench {
    chip: Model,
    agent: ModelAgent,
}

impl Bench {
    fn new() -> Self {
        let (mut chip, _) = unit();
        confirm(&mut chip, Bank::A).unwrap();
        let agent = start(&mut chip);
        Self { chip, agent }
    }

    /// Gives the agent a frame without its zero; `None` if it keeps silent.
    fn say<T>(&mut self, frame: &mut [u8], read: impl Fn(AgentReply<'_>) -> T) -> Option<T> {
        let mut out = [0; MAX_FRAME];
        let length = self.agent.answer(&mut self.chip, frame, &mut out)?;
        let (id, reply) = frame::decode(&mut out[..length - 1]).unwrap();
        assert_eq!(id, ID);
        Some(read(reply))
    }

    fn refusal(&mut self, message: &impl Serialize) -> Refusal {
        let refused = self.say(&mut framed(message), |reply| match reply {
            AgentReply::Refused(why) => why,
            other => panic!("{other:?}"),
        });
        refused.unwrap()
    }

    fn challenge(&mut self) -> Nonce {
        let challenge = self.say(
            &mut framed(&AgentRequest::RequestWipe),
            |reply| match reply {
                AgentReply::WipeChallenge(nonce) => nonce,
                other => panic!("{other:?}"),
            },
        );
        challenge.unwrap()
    }
}

fn framed(message: &impl Serialize) -> Vec<u8> {
    let mut out = [0; MAX_FRAME];
    let length = frame::encode(ID, message, &mut out).unwrap();
    out[..length - 1].to_vec()
}

/// A frame around any body: version, id, message, CRC.
fn raw(version: u8, message: &[u8]) -> Vec<u8> {
    let mut body = vec![version];
    body.extend(ID.to_le_bytes());
    body.extend(message);
    let sum = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&body);
    body.extend(sum.to_le_bytes());
    cobs::encode_vec(&body)
}

#[test]
fn an_order_that_was_spent_for_another_device_or_by_another_signer_is_refused() {
    let mut bench = Bench::new();
    let before = bench.chip.bytes(NVS).to_vec();
    let old = bench.challenge();
    let fresh = bench.challenge();
    for order in [
        AUTHORITY.sign(&wipe_statement(&UID, &old)),
        AUTHORITY.sign(&wipe_statement(b"another uid.", &fresh)),
        AUTHORITY.sign(&wipe_statement(&UID, &NONCE)),
        ROOT.sign(&wipe_statement(&UID, &fresh)),
    ] {
        let refused = bench.refusal(&AgentRequest::Wipe { signature: &order });
        assert_eq!(refused, Refusal::NotAuthorized);
    }
    let right = AUTHORITY.sign(&wipe_statement(&UID, &fresh));
    let spent = bench.refusal(&AgentRequest::Wipe { signature: &right });
    assert_eq!(spent, Refusal::NotAuthorized);
    assert_eq!(bench.chip.bytes(NVS), before);
}

#[test]
fn signatures_of_another_length_are_refused() {
    let mut bench = Bench::new();
    for length in [0, 63, 65, 72, 1000] {
        bench.challenge();
        let signature = &vec![0x11; length][..];
        let refused = bench.refusal(&AgentRequest::Wipe { signature });
        assert_eq!(refused, Refusal::NotAuthorized, "{length} bytes");
    }
}

#[test]
fn another_version_of_the_wire_gets_no_answer() {
    let identify: &[u8] = &[0];
    let mut bench = Bench::new();
    assert!(
        bench
            .say(&mut raw(WIRE_VERSION, identify), |_| ())
            .is_some()
    );
    for version in [0, WIRE_VERSION + 1, 0xFF] {
        assert!(bench.say(&mut raw(version, identify), |_| ()).is_none());
    }
}

#[test]
fn unknown_messages_and_trailing_bytes_are_not_understood() {
    let mut bench = Bench::new();
    for message in [&[][..], &[99], &[0, 0], &[1, 2, 3], &[0xFF; 8]] {
        let refused = bench.say(&mut raw(WIRE_VERSION, message), |reply| match reply {
            AgentReply::Refused(why) => why,
            other => panic!("{other:?}"),
        });
        assert_eq!(refused, Some(Refusal::NotUnderstood), "{message:?}");
    }
}

#[test]
fn every_truncation_of_a_frame_gets_no_answer() {
    let mut bench = Bench::new();
    let whole = framed(&AgentRequest::Attest { nonce: NONCE });
    for length in 0..whole.len() {
        let mut short = whole[..length].to_vec();
        assert!(bench.say(&mut short, |_| ()).is_none(), "{length} bytes");
    }
}

#[test]
fn an_overlong_frame_gets_no_answer() {
    let mut bench = Bench::new();
    let message = vec![1; MAX_FRAME];
    let mut frame = raw(WIRE_VERSION, &message);
    assert!(frame.len() > MAX_FRAME);
    assert!(bench.say(&mut frame, |_| ()).is_none());
}

#[test]
fn an_oversize_image_or_chunk_is_refused() {
    let mut bench = Bench::new();
    let before = bench.chip.operations;
    let begin = |length| AgentRequest::BeginUpdate {
        bank: Bank::B,
        length,
    };
    for length in [0, BANKS[1].length + 1, u32::MAX] {
        assert_eq!(bench.refusal(&begin(length)), Refusal::TooLong);
    }
    assert_eq!(bench.chip.operations, before, "something was erased");
    let begun = bench.say(&mut framed(&begin(8)), |reply| {
        assert_eq!(reply, AgentReply::Received(0));
    });
    assert!(begun.is_some());
    let chunk = |bytes| AgentRequest::UpdateChunk { offset: 0, bytes };
    let (longest, past_end) = ([0; MAX_CHUNK + 4], [0; 12]);
    assert_eq!(bench.refusal(&chunk(&longest)), Refusal::TooLong);
    assert_eq!(bench.refusal(&chunk(&past_end)), Refusal::TooLong);
}

#[test]
fn update_requests_out_of_turn_are_refused() {
    let mut bench = Bench::new();
    let running = AgentRequest::BeginUpdate {
        bank: Bank::A,
        length: 100,
    };
    let chunk = AgentRequest::UpdateChunk {
        offset: 0,
        bytes: &[0; 4],
    };
    for request in [running, chunk, AgentRequest::FinishUpdate] {
        assert_eq!(bench.refusal(&request), Refusal::WrongState);
    }
}

#[test]
fn firmware_on_trial_does_not_overwrite_what_the_device_falls_back_to() {
    let (mut chip, _) = unit();
    let agent = start(&mut chip);
    let mut bench = Bench { chip, agent };
    let begin = AgentRequest::BeginUpdate {
        bank: Bank::B,
        length: 100,
    };
    assert_eq!(bench.refusal(&begin), Refusal::WrongState);
}

#[test]
fn a_wiped_device_takes_no_update_and_tells_nothing() {
    let mut bench = Bench::new();
    let nonce = bench.challenge();
    let order = AUTHORITY.sign(&wipe_statement(&UID, &nonce));
    let wipe = AgentRequest::Wipe { signature: &order };
    assert!(bench.say(&mut framed(&wipe), |_| ()).is_some());
    for request in [
        AgentRequest::BeginUpdate {
            bank: Bank::B,
            length: 100,
        },
        AgentRequest::FinishUpdate,
        AgentRequest::Restart,
        AgentRequest::ReadEvents { after: 0 },
        AgentRequest::ReadPosture,
    ] {
        assert_eq!(bench.refusal(&request), Refusal::Wiped);
    }
}
