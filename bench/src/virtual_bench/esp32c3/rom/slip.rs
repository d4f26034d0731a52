//! SLIP framing (RFC 1055) as the ROM loader uses it: END on both sides of a frame.

const END: u8 = 0xC0;
const ESC: u8 = 0xDB;
const ESC_END: u8 = 0xDC;
const ESC_ESC: u8 = 0xDD;
/// Longest frame that is taken: a block of 64 KiB and its header, and room to spare.
const LONGEST: usize = 0x1_1000;

/// Takes frames out of a stream of bytes.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    frame: Vec<u8>,
    inside: bool,
    escaped: bool,
}

impl Decoder {
    /// One byte more; a frame when it ends one that is not empty.
    pub(super) fn feed(&mut self, byte: u8) -> Option<Vec<u8>> {
        if byte == END {
            self.escaped = false;
            let frame = std::mem::take(&mut self.frame);
            self.inside = !self.inside || frame.is_empty();
            return (!frame.is_empty()).then_some(frame);
        }
        if !self.inside || self.frame.len() >= LONGEST {
            return None;
        }
        match (std::mem::take(&mut self.escaped), byte) {
            (false, ESC) => self.escaped = true,
            (true, ESC_END) => self.frame.push(END),
            (true, ESC_ESC) => self.frame.push(ESC),
            (_, byte) => self.frame.push(byte),
        }
        None
    }
}

pub(super) fn encode(frame: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(frame.len() + 8);
    out.push(END);
    for byte in frame {
        match *byte {
            END => out.extend([ESC, ESC_END]),
            ESC => out.extend([ESC, ESC_ESC]),
            byte => out.push(byte),
        }
    }
    out.push(END);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut decoder = Decoder::default();
        bytes
            .iter()
            .filter_map(|byte| decoder.feed(*byte))
            .collect()
    }

    #[test]
    fn frames_come_out_as_they_went_in() {
        let (first, second) = ([0xC0, 0xDB, 1], [2, 0xDC, 0xDD]);
        let stream = [encode(&first), encode(&second)].concat();
        assert_eq!(frames(&stream), [first, second]);
    }

    #[test]
    fn what_lies_outside_of_frames_is_skipped() {
        let stream = [b"noise".to_vec(), encode(b"frame")].concat();
        assert_eq!(frames(&stream), [b"frame"]);
    }
}
