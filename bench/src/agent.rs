//! The agent in the running firmware, over the UART.

mod line;

use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Uid;
use cradle_protocol::frame;
use cradle_protocol::message::{
    AGENT_BAUD, AgentReply, AgentRequest, BootEvent, DeviceState, Nonce, Posture, Refusal,
    WipeReport,
};

use crate::conversation::{self, Answer, Ids, NoAnswer, Patience, taken};
use crate::slot::Slot;

pub(crate) use line::SerialLine;

/// A signature or a wipe, on a core that may be emulated beside others.
const TOTAL: Duration = Duration::from_secs(90);

/// The first question after power-on: the bootloader verifies a signature before the
/// firmware listens, so it is asked again and again.
const BOOTING: Patience = Patience {
    total: TOTAL,
    repeatable: true,
    every: Some(Duration::from_millis(200)),
};
/// A question to firmware that is known to listen.
const LISTENING: Patience = Patience {
    every: Some(Duration::from_secs(20)),
    ..BOOTING
};
/// A question whose second asking makes the answer to the first worthless, or an order.
const ONCE: Patience = Patience {
    repeatable: false,
    every: None,
    ..BOOTING
};

/// The agent in one slot. The port is open for one question at a time.
pub(crate) struct Agent<'a> {
    slot: &'a dyn Slot,
    ids: &'a mut Ids,
}

impl<'a> Agent<'a> {
    pub(crate) fn new(slot: &'a dyn Slot, ids: &'a mut Ids) -> Self {
        Self { slot, ids }
    }

    /// Who answers.
    pub(crate) fn identity(&mut self) -> Result<(Uid, DeviceState), Fault> {
        let answer = self.ask(BOOTING, &AgentRequest::Identify, |reply| match reply {
            AgentReply::Identity(identity) => Some((Uid::new(&identity.uid), identity.state)),
            _ => None,
        })?;
        taken(answer)
    }

    /// An attestation over the challenge.
    pub(crate) fn attest(&mut self, nonce: &Nonce) -> Result<Vec<u8>, Fault> {
        let request = AgentRequest::Attest { nonce: *nonce };
        let answer = self.ask(LISTENING, &request, |reply| match reply {
            AgentReply::Attestation(cose) => Some(cose.to_vec()),
            _ => None,
        })?;
        taken(answer)
    }

    /// The certificate it keeps, if any.
    pub(crate) fn read_certificate(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let request = AgentRequest::ReadCertificate;
        let answer = self.ask(LISTENING, &request, |reply| match reply {
            AgentReply::Certificate(der) => Some(der.to_vec()),
            _ => None,
        })?;
        match answer {
            Answer::Refused(Refusal::NoCertificate) => Ok(None),
            other => taken(other).map(Some),
        }
    }

    /// State of life and protection.
    pub(crate) fn posture(&mut self) -> Result<Posture, Fault> {
        let request = AgentRequest::ReadPosture;
        let answer = self.ask(LISTENING, &request, |reply| match reply {
            AgentReply::Posture(posture) => Some(posture),
            _ => None,
        })?;
        taken(answer)
    }

    /// The boot events after that one.
    pub(crate) fn boot_events(&mut self, mut after: u32) -> Result<Vec<BootEvent>, Fault> {
        let mut events = Vec::new();
        loop {
            let request = AgentRequest::ReadEvents { after };
            let answer = self.ask(LISTENING, &request, |reply| match reply {
                AgentReply::Events(events) => Some(events),
                _ => None,
            })?;
            let more = taken(answer)?.into_iter().flatten();
            // Only what is newer: a device that repeats itself must not keep us here.
            events.extend(more.filter(|event| event.sequence > after));
            match events.last() {
                Some(BootEvent { sequence, .. }) if *sequence > after => after = *sequence,
                _ => return Ok(events),
            }
        }
    }

    /// A challenge for a wipe.
    pub(crate) fn request_wipe(&mut self) -> Result<Nonce, Fault> {
        let request = AgentRequest::RequestWipe;
        let answer = self.ask(ONCE, &request, |reply| match reply {
            AgentReply::WipeChallenge(nonce) => Some(nonce),
            _ => None,
        })?;
        taken(answer)
    }

    /// Orders the wipe.
    pub(crate) fn wipe(&mut self, signature: &[u8; 64]) -> Result<WipeReport, Fault> {
        let request = AgentRequest::Wipe { signature };
        let answer = self.ask(ONCE, &request, |reply| match reply {
            AgentReply::Wiped(report) => Some(report),
            _ => None,
        })?;
        match answer {
            Answer::Refused(Refusal::NotAuthorized) => {
                Err(Fault::new(Code::WipeNotAuthorized, "the device refused"))
            }
            other => taken(other),
        }
    }

    /// What became of an earlier wipe.
    pub(crate) fn wipe_report(&mut self) -> Result<WipeReport, Fault> {
        let request = AgentRequest::ReadWipeReport;
        let answer = self.ask(LISTENING, &request, |reply| match reply {
            AgentReply::Wiped(report) => Some(report),
            _ => None,
        })?;
        taken(answer)
    }

    /// Asks. `pick` takes the expected answer and nothing else.
    fn ask<T>(
        &mut self,
        patience: Patience,
        request: &AgentRequest<'_>,
        pick: impl Fn(AgentReply<'_>) -> Option<T>,
    ) -> Result<Answer<T>, Fault> {
        let mut line = line::open(self.slot, AGENT_BAUD)?;
        let decode = |bytes: &mut [u8]| {
            let (id, reply) = frame::decode::<AgentReply<'_>>(bytes)?;
            let answer = match reply {
                AgentReply::Refused(why) => Answer::Refused(why),
                other => pick(other).map_or(Answer::Odd, Answer::Is),
            };
            Ok((id, answer))
        };
        let encode = |id, out: &mut _| frame::encode(id, request, out);
        let answer = conversation::ask(&mut line, self.ids, patience, &encode, &decode);
        answer.map_err(|none| match none {
            NoAnswer::Broken(why) => Fault::new(Code::LinkLost, format!("serial port: {why}")),
            NoAnswer::Silent(why) => Fault::new(Code::DeviceSilent, why),
        })
    }
}
