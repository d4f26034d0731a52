//! How long things take on a board with a serial cable, and how fast the cable can be.

use std::time::Duration;

/// Share of a bit time by which two ends may differ before bytes are lost (one bit in a frame
/// of ten, shared by both).
const TOLERANCE: f64 = 0.03;
/// Bits on the line for one byte: start, eight data bits, stop.
const BITS_PER_FRAME: u32 = 10;

/// Time model of one slot. The default costs no time at all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EspLink {
    /// Bytes take their time on the line.
    pub paced: bool,
    /// Baud rate above which the cable and its bridge garble what they carry.
    pub max_baud: u32,
    /// Share of the data sheet's typical program and erase times that passes in real time.
    pub busy_scale: f64,
}

impl Default for EspLink {
    fn default() -> Self {
        Self {
            paced: false,
            max_baud: 2_000_000,
            busy_scale: 0.0,
        }
    }
}

impl EspLink {
    /// Real time that `bytes` take on the line at `baud`.
    pub(crate) fn line_time(&self, bytes: usize, baud: u32) -> Duration {
        if !self.paced || baud == 0 {
            return Duration::ZERO;
        }
        let bits = bytes as f64 * f64::from(BITS_PER_FRAME);
        Duration::from_secs_f64(bits / f64::from(baud))
    }

    /// Whether two ends at these rates understand each other.
    pub(crate) fn carries(&self, host: u32, chip: u32) -> bool {
        let difference = f64::from(host.abs_diff(chip));
        host <= self.max_baud && difference <= f64::from(host) * TOLERANCE
    }
}

/// What arrives when the ends do not understand each other: something else, of another length.
pub(crate) fn garble(bytes: &[u8], host: u32, chip: u32) -> Vec<u8> {
    let mut noise = host ^ chip.rotate_left(16) | 1;
    bytes
        .iter()
        .filter_map(|byte| {
            noise = noise.wrapping_mul(0x0019_660D).wrapping_add(0x3C6E_F35F);
            // Some frames are lost, none comes through as it was.
            let changed = byte ^ (1 << (noise >> 29)) ^ (noise >> 16) as u8 | 0x80;
            (noise >> 24 & 3 != 0 && changed != *byte).then_some(changed)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_that_differ_by_more_than_a_frame_can_bear_do_not_understand_each_other() {
        let link = EspLink::default();
        assert!(link.carries(115_200, 115_340));
        assert!(!link.carries(115_200, 9_600));
        assert!(!link.carries(3_000_000, 3_000_000));
    }

    #[test]
    fn nothing_comes_through_as_it_was_sent() {
        let sent = [0xC0, 0, 8, 36, 0, 0, 0, 0, 0];
        assert_ne!(garble(&sent, 115_200, 460_800), sent);
    }
}
