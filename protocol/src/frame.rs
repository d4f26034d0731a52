//! Frames: `COBS( version | id | postcard message | CRC-32 ) 0x00`.
//!
//! The id is chosen by the asker and echoed by the answerer, so that a late answer is never
//! taken for the answer to the next question. CRC-32/ISO-HDLC, little endian, over all before it.

use crc::{CRC_32_ISO_HDLC, Crc, NoTable};
use serde::{Deserialize, Serialize};

use crate::limits::{MAX_FRAME, MAX_MESSAGE};

/// Version of frame and messages together. A peer that says another one is not understood.
pub const WIRE_VERSION: u8 = 1;

/// Without its table of 1 KiB, for the bootloader's sake.
const CRC: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);
const HEADER: usize = 3;
const TRAILER: usize = 4;
const MAX_BODY: usize = HEADER + MAX_MESSAGE + TRAILER;

/// Why a frame was not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameError {
    /// Longer than [`MAX_FRAME`], or a message longer than [`MAX_MESSAGE`].
    TooLong,
    /// Shorter than a header and a CRC.
    TooShort,
    /// COBS coding violated.
    Coding,
    /// CRC differs: the line garbled it.
    Checksum,
    /// The peer speaks another [`WIRE_VERSION`].
    Version(u8),
    /// The bytes are not the expected message, or something follows it.
    Message,
}

/// Writes `message` as one frame into `out`; returns the frame's length in bytes.
///
/// # Errors
/// [`FrameError::TooLong`] if the message or `out` is too small for it.
pub fn encode<M: Serialize>(
    id: u16,
    message: &M,
    out: &mut [u8; MAX_FRAME],
) -> Result<usize, FrameError> {
    let mut body = [0u8; MAX_BODY];
    body[0] = WIRE_VERSION;
    body[1..HEADER].copy_from_slice(&id.to_le_bytes());
    let room = &mut body[HEADER..HEADER + MAX_MESSAGE];
    let length = postcard::to_slice(message, room)
        .map_err(|_| FrameError::TooLong)?
        .len();
    let end = HEADER + length;
    let sum = CRC.checksum(&body[..end]).to_le_bytes();
    body[end..end + TRAILER].copy_from_slice(&sum);
    let written = cobs::try_encode(&body[..end + TRAILER], &mut out[..MAX_FRAME - 1])
        .map_err(|_| FrameError::TooLong)?;
    out[written] = 0;
    Ok(written + 1)
}

/// Reads one frame, without its closing zero, decoding in place.
///
/// # Errors
/// See [`FrameError`]; the buffer's content is then meaningless.
pub fn decode<'a, M: Deserialize<'a>>(frame: &'a mut [u8]) -> Result<(u16, M), FrameError> {
    let (id, body) = open(frame)?;
    Ok((id, parse(body)?))
}

/// Checks one frame, without its closing zero, decoding in place. Returns its id and message
/// bytes for [`parse`], so that an answerer who does not understand can still say to what.
///
/// # Errors
/// See [`FrameError`]; the buffer's content is then meaningless.
pub fn open(frame: &mut [u8]) -> Result<(u16, &[u8]), FrameError> {
    if frame.len() > MAX_FRAME {
        return Err(FrameError::TooLong);
    }
    let length = cobs::decode_in_place(frame).map_err(|_| FrameError::Coding)?;
    let body = &frame[..length];
    if body.len() < HEADER + TRAILER {
        return Err(FrameError::TooShort);
    }
    let (covered, sum) = body.split_at(body.len() - TRAILER);
    if CRC.checksum(covered).to_le_bytes() != sum {
        return Err(FrameError::Checksum);
    }
    if covered[0] != WIRE_VERSION {
        return Err(FrameError::Version(covered[0]));
    }
    let id = u16::from_le_bytes([covered[1], covered[2]]);
    Ok((id, &covered[HEADER..]))
}

/// Reads the message of an opened frame.
///
/// # Errors
/// [`FrameError::Message`].
pub fn parse<'a, M: Deserialize<'a>>(body: &'a [u8]) -> Result<M, FrameError> {
    match postcard::take_from_bytes::<M>(body) {
        Ok((message, [])) => Ok(message),
        _ => Err(FrameError::Message),
    }
}

/// Collects bytes from a line until a frame is whole. Overlong garbage is dropped up to the
/// next zero, so one broken frame costs only itself.
pub struct Collector {
    bytes: [u8; MAX_FRAME],
    length: usize,
    overrun: bool,
}

impl Collector {
    /// An empty collector.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bytes: [0; MAX_FRAME],
            length: 0,
            overrun: false,
        }
    }

    /// Takes one byte. Returns the frame (without its zero) when that byte closed one.
    pub fn push(&mut self, byte: u8) -> Option<&mut [u8]> {
        if byte != 0 {
            match self.bytes.get_mut(self.length) {
                Some(place) => {
                    *place = byte;
                    self.length += 1;
                }
                None => self.overrun = true,
            }
            return None;
        }
        let length = core::mem::take(&mut self.length);
        let overrun = core::mem::take(&mut self.overrun);
        (length > 0 && !overrun).then(|| &mut self.bytes[..length])
    }
}

impl Default for Collector {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{AgentRequest, NONCE_LENGTH};

    fn attest() -> AgentRequest<'static> {
        AgentRequest::Attest {
            nonce: [7; NONCE_LENGTH],
        }
    }

    fn framed(id: u16) -> ([u8; MAX_FRAME], usize) {
        let mut out = [0; MAX_FRAME];
        let length = encode(id, &attest(), &mut out).unwrap();
        (out, length)
    }

    #[test]
    fn a_frame_survives_the_trip_with_its_id() {
        let (mut out, length) = framed(0x1234);
        let (id, message) = decode::<AgentRequest<'_>>(&mut out[..length - 1]).unwrap();
        assert_eq!((id, message), (0x1234, attest()));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let (good, length) = framed(1);
        for bit in 0..(length - 1) * 8 {
            let mut bad = good;
            bad[bit / 8] ^= 1 << (bit % 8);
            let read = decode::<AgentRequest<'_>>(&mut bad[..length - 1]);
            assert!(read.is_err(), "bit {bit} slipped through");
        }
    }

    #[test]
    fn every_truncation_is_noticed() {
        let (good, length) = framed(1);
        for short in 0..length - 1 {
            let mut bad = good;
            assert!(decode::<AgentRequest<'_>>(&mut bad[..short]).is_err());
        }
    }

    #[test]
    fn an_overlong_line_is_dropped_and_the_next_frame_is_read() {
        let mut collector = Collector::new();
        for _ in 0..MAX_FRAME * 2 {
            assert!(collector.push(1).is_none());
        }
        assert!(collector.push(0).is_none());
        let (good, length) = framed(9);
        let mut seen = 0;
        for byte in &good[..length] {
            if let Some(frame) = collector.push(*byte) {
                assert_eq!(decode::<AgentRequest<'_>>(frame).unwrap().0, 9);
                seen += 1;
            }
        }
        assert_eq!(seen, 1);
    }
}
