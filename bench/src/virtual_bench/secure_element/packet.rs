//! Packets on the bus (DS40002239 §4 "I2C interface"; CryptoAuthLib `calib_command.c`).

/// Status bytes (CryptoAuthLib `atca_status.h`, data sheet "Status/error codes").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Ok = 0x00,
    Parse = 0x03,
    Execution = 0x0F,
    Woken = 0x11,
    Communication = 0xFF,
}

/// A command as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) opcode: u8,
    pub(super) first: u8,
    pub(super) second: u16,
    pub(super) data: Vec<u8>,
}

impl Packet {
    /// Reads `count | opcode | param1 | param2 | data | crc`; `None` if length or CRC are wrong.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let count = usize::from(*bytes.first()?);
        let (covered, sum) = bytes.get(..count)?.split_last_chunk()?;
        if crc(covered) != u16::from_le_bytes(*sum) {
            return None;
        }
        let [_, opcode, first, lo, hi, data @ ..] = covered else {
            return None;
        };
        Some(Self {
            opcode: *opcode,
            first: *first,
            second: u16::from_le_bytes([*lo, *hi]),
            data: data.to_vec(),
        })
    }
}

/// `count | payload | crc`.
pub(super) fn response(payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![payload.len() as u8 + 3];
    bytes.extend(payload);
    let sum = crc(&bytes);
    bytes.extend(sum.to_le_bytes());
    bytes
}

/// CRC-16, polynomial 0x8005, from 0, each byte with its lowest bit first.
pub(super) fn crc(bytes: &[u8]) -> u16 {
    let mut sum = 0_u16;
    for byte in bytes {
        for bit in 0..8 {
            let top = sum >> 15 != 0;
            sum <<= 1;
            if top != (byte >> bit & 1 != 0) {
                sum ^= 0x8005;
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_waking_is_the_one_every_driver_looks_for() {
        assert_eq!(response(&[Status::Woken as u8]), [0x04, 0x11, 0x33, 0x43]);
    }

    #[test]
    fn a_packet_with_a_wrong_sum_or_length_is_none() {
        let mut info = vec![0x07, 0x30, 0x00, 0x00, 0x00];
        info.extend(crc(&info).to_le_bytes());
        assert!(Packet::parse(&info).is_some_and(|packet| packet.opcode == 0x30));
        assert_eq!(Packet::parse(&info[..6]), None);
        info[2] ^= 1;
        assert_eq!(Packet::parse(&info), None);
    }
}
