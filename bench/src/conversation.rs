//! One question, one answer, over a line that may lose or garble bytes.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use cradle_procedure::fault::{Code, Fault};
use cradle_protocol::frame::{Collector, FrameError};
use cradle_protocol::limits::MAX_FRAME;
use cradle_protocol::message::Refusal;

/// Pause between two looks at a line on which nothing happens.
const POLL: Duration = Duration::from_millis(1);
/// How often a garbled exchange is tried again.
const MOST_GARBLED: u32 = 4;
/// How often the far end is asked whether it still runs.
const HEALTH: Duration = Duration::from_millis(500);

/// Bytes to and from a device.
pub(crate) trait Line {
    /// Sends some of the bytes and says how many. 0 if none can be taken now.
    fn send(&mut self, bytes: &[u8]) -> Result<usize, LineError>;

    /// Receives what is there; may be nothing.
    fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, LineError>;

    /// Why no answer can come any more, as far as the line can tell.
    fn stopped(&mut self) -> Result<Option<String>, LineError>;
}

/// The line itself is broken.
#[derive(Debug)]
pub(crate) struct LineError(pub(crate) String);

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// The line broke.
    Broken(String),
    /// Nobody is there to answer, or not within the time given.
    Silent(String),
}

impl From<LineError> for NoAnswer {
    fn from(LineError(why): LineError) -> Self {
        Self::Broken(why)
    }
}

/// What a device answered.
#[derive(Debug)]
pub(crate) enum Answer<T> {
    /// What was asked for.
    Is(T),
    /// Not done, and why.
    Refused(Refusal),
    /// An answer to something else.
    Odd,
}

/// The answer, or the fault that a refusal stands for.
pub(crate) fn taken<T>(answer: Answer<T>) -> Result<T, Fault> {
    match answer {
        Answer::Is(value) => Ok(value),
        Answer::Refused(Refusal::Entropy) => {
            Err(Fault::new(Code::HardwareCheck, "random generator"))
        }
        Answer::Refused(Refusal::SecureElement(status)) => Err(Fault::new(
            Code::SecureElement,
            format!("it answered status {status:#04x}"),
        )),
        Answer::Refused(Refusal::ElementUnlocked) => Err(Fault::new(
            Code::SecureElement,
            "its configuration is not locked",
        )),
        Answer::Refused(why) => Err(Fault::new(Code::DeviceRefused, format!("{why:?}"))),
        Answer::Odd => Err(Fault::new(
            Code::DeviceRefused,
            "it answered something else than it was asked",
        )),
    }
}

/// How long to wait, and when to ask again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// In all.
    pub(crate) total: Duration,
    /// Whether the question does no harm when it reaches the device twice: it is then asked
    /// again after a garbled answer.
    pub(crate) repeatable: bool,
    /// Ask again each time this has passed without an answer: the device may not have been
    /// listening yet, or the line garbled the question. The answer to any of the asked counts.
    pub(crate) every: Option<Duration>,
}

/// The ids of questions, so that each answer finds its own.
#[derive(Debug, Default)]
pub(crate) struct Ids(u16);

impl Ids {
    fn next(&mut self) -> u16 {
        // 0 is left to devices that could not read the id.
        self.0 = self.0.checked_add(1).unwrap_or(1);
        self.0
    }
}

/// Frames a question under an id.
pub(crate) type Encode<'a> = dyn Fn(u16, &mut [u8; MAX_FRAME]) -> Result<usize, FrameError> + 'a;
/// Reads a frame: the id it answers, and the answer.
pub(crate) type Decode<'a, T> = dyn Fn(&mut [u8]) -> Result<(u16, Answer<T>), FrameError> + 'a;

/// Asks and waits.
pub(crate) fn ask<T>(
    line: &mut dyn Line,
    ids: &mut Ids,
    patience: Patience,
    encode: &Encode<'_>,
    decode: &Decode<'_, T>,
) -> Result<Answer<T>, NoAnswer> {
    let deadline = Instant::now() + patience.total;
    let mut garbled = 0;
    let mut collector = Collector::new();
    let mut asked = Vec::new();
    loop {
        let id = ids.next();
        asked.push(id);
        send(line, id, deadline, encode)?;
        let again = patience
            .every
            .map_or(deadline, |every| deadline.min(Instant::now() + every));
        match wait(line, &mut collector, &asked, again, decode)? {
            Heard::Answer(answer) => return Ok(answer),
            Heard::Nothing if again < deadline => {}
            Heard::Nothing => return Err(silent(patience.total)),
            Heard::Garbled if !patience.repeatable || garbled == MOST_GARBLED => {
                return Err(NoAnswer::Silent("its answers are garbled".to_owned()));
            }
            Heard::Garbled => garbled += 1,
        }
    }
}

fn silent(time: Duration) -> NoAnswer {
    NoAnswer::Silent(format!("no answer within {} s", time.as_secs()))
}

/// The zero in front ends whatever garbage the device has collected so far.
fn send(
    line: &mut dyn Line,
    id: u16,
    deadline: Instant,
    encode: &Encode<'_>,
) -> Result<(), NoAnswer> {
    let mut frame = [0; MAX_FRAME];
    let length = encode(id, &mut frame)
        .map_err(|error| NoAnswer::Silent(format!("the question cannot be sent: {error:?}")))?;
    let mut rest = [&[0], &frame[..length]].concat();
    while !rest.is_empty() {
        match line.send(&rest)? {
            0 if Instant::now() > deadline => {
                return Err(NoAnswer::Silent("it takes no question".to_owned()));
            }
            0 => thread::sleep(POLL),
            sent => drop(rest.drain(..sent.min(rest.len()))),
        }
    }
    Ok(())
}

enum Heard<T> {
    Answer(Answer<T>),
    Garbled,
    Nothing,
}

fn wait<T>(
    line: &mut dyn Line,
    collector: &mut Collector,
    asked: &[u16],
    deadline: Instant,
    decode: &Decode<'_, T>,
) -> Result<Heard<T>, NoAnswer> {
    let mut buffer = [0; 1024];
    let mut asked_health = Instant::now();
    loop {
        let received = line.receive(&mut buffer)?;
        for byte in &buffer[..received] {
            let Some(frame) = collector.push(*byte) else {
                continue;
            };
            match decode(frame) {
                // The device did not understand our frame: the line garbled it.
                Ok((_, Answer::Refused(Refusal::NotUnderstood))) | Err(_) => {
                    return Ok(Heard::Garbled);
                }
                Ok((id, answer)) if asked.contains(&id) => return Ok(Heard::Answer(answer)),
                // A late answer to an earlier question.
                Ok(_) => {}
            }
        }
        if received > 0 {
            continue;
        }
        if Instant::now() >= deadline {
            return Ok(Heard::Nothing);
        }
        if asked_health.elapsed() >= HEALTH {
            asked_health = Instant::now();
            if let Some(why) = line.stopped()? {
                return Err(NoAnswer::Silent(why));
            }
        }
        thread::sleep(POLL);
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(why) | Self::Silent(why) => f.write_str(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use cradle_protocol::frame;
    use cradle_protocol::message::{AgentReply, AgentRequest};

    use super::*;

    /// A device that answers each question by the next of its scripted habits.
    #[derive(Default)]
    struct Peer {
        heard: Collector,
        habits: VecDeque<Habit>,
        out: VecDeque<u8>,
        questions: u32,
    }

    enum Habit {
        Answer,
        AnswerUnder(u16),
        Garble,
        NotUnderstood,
        Ignore,
    }

    impl Peer {
        fn new(habits: impl IntoIterator<Item = Habit>) -> Self {
            Self {
                habits: habits.into_iter().collect(),
                ..Self::default()
            }
        }

        fn reply(&mut self, id: u16, reply: &AgentReply<'_>) {
            let mut out = [0; MAX_FRAME];
            let length = frame::encode(id, reply, &mut out).unwrap();
            self.out.extend(&out[..length]);
        }
    }

    impl Line for Peer {
        fn send(&mut self, bytes: &[u8]) -> Result<usize, LineError> {
            let Some(frame) = self.heard.push(bytes[0]) else {
                return Ok(1);
            };
            let (id, _) = frame::decode::<AgentRequest<'_>>(frame).unwrap();
            self.questions += 1;
            match self.habits.pop_front() {
                Some(Habit::Answer) => self.reply(id, &AgentReply::Certificate(b"right")),
                Some(Habit::AnswerUnder(id)) => self.reply(id, &AgentReply::Certificate(b"late")),
                Some(Habit::Garble) => self.out.extend([5, 5, 5, 5, 0]),
                Some(Habit::NotUnderstood) => {
                    self.reply(0, &AgentReply::Refused(Refusal::NotUnderstood));
                }
                Some(Habit::Ignore) | None => {}
            }
            Ok(1)
        }

        fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, LineError> {
            let count = buffer.len().min(self.out.len());
            for (place, byte) in buffer.iter_mut().zip(self.out.drain(..count)) {
                *place = byte;
            }
            Ok(count)
        }

        fn stopped(&mut self) -> Result<Option<String>, LineError> {
            Ok(None)
        }
    }

    fn converse(peer: &mut Peer, patience: Patience) -> Result<Answer<Vec<u8>>, NoAnswer> {
        let encode =
            |id, out: &mut [u8; MAX_FRAME]| frame::encode(id, &AgentRequest::ReadCertificate, out);
        let decode = |frame: &mut [u8]| {
            let (id, reply) = frame::decode::<AgentReply<'_>>(frame)?;
            let answer = match reply {
                AgentReply::Certificate(der) => Answer::Is(der.to_vec()),
                AgentReply::Refused(why) => Answer::Refused(why),
                _ => Answer::Odd,
            };
            Ok((id, answer))
        };
        ask(peer, &mut Ids::default(), patience, &encode, &decode)
    }

    const SHORT: Patience = Patience {
        total: Duration::from_millis(100),
        repeatable: true,
        every: None,
    };

    fn is_right(answer: Result<Answer<Vec<u8>>, NoAnswer>) -> bool {
        matches!(answer, Ok(Answer::Is(der)) if der == b"right")
    }

    #[test]
    fn an_answer_to_another_question_is_not_taken() {
        let mut peer = Peer::new([Habit::AnswerUnder(77)]);
        assert!(matches!(
            converse(&mut peer, SHORT),
            Err(NoAnswer::Silent(_))
        ));
    }

    #[test]
    fn a_garbled_exchange_is_tried_again_in_either_direction() {
        let mut peer = Peer::new([Habit::Garble, Habit::NotUnderstood, Habit::Answer]);
        assert!(is_right(converse(&mut peer, SHORT)));
        assert_eq!(peer.questions, 3);
    }

    #[test]
    fn what_must_not_reach_the_device_twice_is_asked_once() {
        let mut peer = Peer::new([Habit::Garble, Habit::Answer]);
        let once = Patience {
            repeatable: false,
            ..SHORT
        };
        assert!(converse(&mut peer, once).is_err());
        assert_eq!(peer.questions, 1);
    }

    #[test]
    fn a_device_that_was_not_listening_yet_is_asked_again() {
        let mut peer = Peer::new([Habit::Ignore, Habit::Ignore, Habit::Answer]);
        let patience = Patience {
            total: Duration::from_secs(10),
            every: Some(Duration::from_millis(5)),
            ..SHORT
        };
        assert!(is_right(converse(&mut peer, patience)));
    }

    #[test]
    fn a_slow_answer_to_the_first_of_several_askings_counts() {
        let mut peer = Peer::new([Habit::Ignore, Habit::AnswerUnder(1)]);
        let patience = Patience {
            total: Duration::from_secs(10),
            every: Some(Duration::from_millis(5)),
            ..SHORT
        };
        assert!(matches!(converse(&mut peer, patience), Ok(Answer::Is(_))));
    }

    #[test]
    fn a_line_full_of_garbage_ends_the_conversation() {
        let mut peer = Peer::new((0..100).map(|_| Habit::Garble));
        let forever = Patience {
            total: Duration::from_secs(1000),
            ..SHORT
        };
        assert!(converse(&mut peer, forever).is_err());
    }
}
