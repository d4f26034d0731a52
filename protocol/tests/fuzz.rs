//! Mutated input for everything that reads what a peer sent or flash holds: no panic, no access
//! out of bounds, and what is accepted keeps the promises of its type.
//!
//! Seeded, so that a finding is found again. `CRADLE_FUZZ_INPUTS` says how many inputs each
//! reader gets; `CRADLE_FUZZ_SEED` another beginning. The seeds in `corpus/` are one valid input
//! for each reader; an input that found something is to be added there.
#![allow(clippy::panic, clippy::unwrap_used)]

use std::path::Path;
use std::{env, fs};

use cradle_protocol::attestation;
use cradle_protocol::frame::{self, Collector};
use cradle_protocol::image;
use cradle_protocol::limits::{MAX_ATTESTATION, MAX_FRAME};
use cradle_protocol::message::{AgentReply, AgentRequest, ProvisionerReply, ProvisionerRequest};
use cradle_protocol::metadata::{self, Bank, Change, Event, RECORD_LENGTH};
use serde::{Deserialize, Serialize};

const INPUTS: u64 = 50_000;

fn from_environment(name: &str, otherwise: u64) -> u64 {
    env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

/// xorshift64*
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// What parsers trip over: bits, edges of integers, lengths, repetition.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    const EDGES: [u8; 8] = [0, 1, 0x7F, 0x80, 0x81, 0xFE, 0xFF, 0x20];
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        match random.below(7) {
            0 | 1 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            2 if !bytes.is_empty() => bytes[at] = EDGES[random.below(EDGES.len())],
            3 => bytes.truncate(at),
            4 => bytes.insert(at, random.next() as u8),
            5 => {
                let end = (at + random.below(16)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            _ => {
                let end = (at + random.below(8)).min(bytes.len());
                bytes.drain(at..end);
            }
        }
    }
}

/// Valid inputs whose file names begin so.
fn corpus(prefix: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with(prefix)
        })
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no seeds for {prefix}");
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Gives `reader` mutations of the seeds; returns how many it accepted.
fn fuzz(prefix: &str, mut reader: impl FnMut(&mut Vec<u8>, &mut Random) -> bool) -> u64 {
    let seeds = corpus(prefix);
    let mut random = Random(from_environment("CRADLE_FUZZ_SEED", 0x5EED) | 1);
    let mut accepted = 0;
    for _ in 0..from_environment("CRADLE_FUZZ_INPUTS", INPUTS) {
        let mut input = seeds[random.below(seeds.len())].clone();
        mutate(&mut input, &mut random);
        accepted += u64::from(reader(&mut input, &mut random));
    }
    accepted
}

/// Whether `body` is a message; one that is survives the trip through a frame. Not by the same
/// bytes: integers have longer spellings that read the same.
fn is_message<'a, M>(body: &'a [u8]) -> bool
where
    M: Deserialize<'a> + Serialize,
{
    let Ok(message) = frame::parse::<M>(body) else {
        return false;
    };
    let mut out = [0; MAX_FRAME];
    let length = frame::encode(7, &message, &mut out).unwrap();
    let (id, again) = frame::open(&mut out[..length - 1]).unwrap();
    assert_eq!(id, 7);
    assert!(again.len() <= body.len());
    true
}

/// Frames of valid messages, garbled on the line, one after the other.
#[test]
fn the_frame_reader_holds() {
    let mut collector = Collector::new();
    let mut frames = 0;
    fuzz("message", |input, random| {
        let mut out = [0; MAX_FRAME];
        let length = frame::encode(1, &AgentReply::Certificate(input), &mut out).unwrap();
        let mut line = out[..length].to_vec();
        mutate(&mut line, random);
        for byte in line {
            if let Some(frame) = collector.push(byte) {
                assert!(frame.len() < MAX_FRAME);
                frames += u64::from(frame::open(frame).is_ok());
            }
        }
        false
    });
    assert!(frames > 0);
}

#[test]
fn the_message_readers_hold() {
    let accepted = fuzz("message", |input, _| {
        [
            is_message::<AgentRequest<'_>>(input),
            is_message::<AgentReply<'_>>(input),
            is_message::<ProvisionerRequest<'_>>(input),
            is_message::<ProvisionerReply<'_>>(input),
        ]
        .contains(&true)
    });
    assert!(accepted > 0);
}

#[test]
fn the_image_reader_holds() {
    let accepted = fuzz("image", |input, random| {
        let exact = image::parse(input).map(|image| {
            assert_eq!(image.length, input.len());
            assert!(image.payload.len() < image.signed.len());
            *image.digest
        });
        input.resize(input.len() + random.below(64), 0xFF);
        let in_bank = image::parse_in_bank(input);
        if let Ok(digest) = exact {
            assert_eq!(in_bank.map(|image| *image.digest), Ok(digest));
        }
        in_bank.is_ok()
    });
    assert!(accepted > 0);
}

#[test]
fn the_metadata_reader_holds() {
    let accepted = fuzz("metadata", |input, random| {
        let middle = input.len() / 2 / RECORD_LENGTH * RECORD_LENGTH;
        let (a, b) = input.split_at(middle);
        let state = metadata::read(a, b);
        let last = metadata::events(a, b).map(|state| state.sequence).max();
        assert_eq!(last, state.map(|state| state.sequence));
        let select = Change::Select {
            active: Some(Bank::A),
            pending: Some(Bank::B),
            event: Event::Installed,
        };
        let change = [Change::UseTrial, Change::Confirm, select][random.below(3)];
        if let Ok(write) = metadata::next_write(a, b, change) {
            assert!(write.offset as usize <= a.len().max(b.len()));
            assert!(!write.words().is_empty());
        }
        state.is_some()
    });
    assert!(accepted > 0);
}

#[test]
fn the_attestation_reader_holds() {
    let accepted = fuzz("attestation", |input, _| {
        let Ok(envelope) = attestation::open(input) else {
            return false;
        };
        let mut room = [0; attestation::MAX_TO_BE_SIGNED];
        // Too long a payload is refused, not cut.
        let _ = attestation::to_be_signed(envelope.payload, &mut room);
        let Ok(claims) = attestation::decode_claims(envelope.payload) else {
            return false;
        };
        let mut again = [0; MAX_ATTESTATION];
        let length = attestation::encode_claims(&claims, &mut again).unwrap();
        assert_eq!(&again[..length], envelope.payload, "two encodings of one");
        true
    });
    assert!(accepted > 0);
}
