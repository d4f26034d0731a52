//! Random number generator (RM0090 §24).

use std::ops::BitOr;

use super::clock::Nanos;
use crate::virtual_bench::board_config::Trng;
use crate::virtual_bench::noise::Noise;

const CR: u32 = 0x0;
const SR: u32 = 0x4;
const DR: u32 = 0x8;

const RNGEN: u32 = 1 << 2;
const IE: u32 = 1 << 3;
const DRDY: u32 = 1 << 0;
const CECS: u32 = 1 << 1;
const SECS: u32 = 1 << 2;
const CEIS: u32 = 1 << 5;
const SEIS: u32 = 1 << 6;

/// A word takes 40 periods of PLL48CLK (§24.3.1): 833 ns at 48 MHz.
const WORD_TIME: Nanos = 834;

/// Where the words come from.
#[derive(Debug)]
enum Source {
    OperatingSystem,
    Seeded(Noise),
    Stuck(u32),
}

#[derive(Debug)]
pub(crate) struct Rng {
    source: Source,
    cr: u32,
    latched: u32,
    ready_at: Nanos,
    clock_ok: bool,
    sequence_ok: bool,
}

impl Rng {
    pub(crate) fn new(seed: Option<u64>, trng: Trng) -> Self {
        let sound = || {
            seed.map_or(Source::OperatingSystem, |seed| {
                Source::Seeded(Noise::new(seed))
            })
        };
        Self {
            source: match trng {
                Trng::Stuck(word) => Source::Stuck(word),
                Trng::Sound | Trng::SeedError => sound(),
            },
            sequence_ok: trng != Trng::SeedError,
            cr: 0,
            latched: 0,
            ready_at: 0,
            clock_ok: false,
        }
    }

    pub(crate) fn reset(&mut self) {
        self.cr = 0;
        self.latched = 0;
    }

    /// The RNG clock must be present and not slower than HCLK / 16, else CECS and CEIS
    /// rise (§24.3.2 "Error management").
    pub(crate) fn set_clock(&mut self, pll48_hz: Option<u32>, core_hz: u32) {
        self.clock_ok = pll48_hz.is_some_and(|hz| hz >= core_hz / 16);
    }

    fn enabled(&self) -> bool {
        self.cr & RNGEN != 0
    }

    fn status(&mut self, now: Nanos) -> u32 {
        if !self.enabled() {
            return self.latched;
        }
        if !self.clock_ok {
            self.latched |= CEIS;
            return self.latched | CECS;
        }
        // A faulty sequence: its words must not be used, and are withheld here (§24.3.2).
        if !self.sequence_ok {
            self.latched |= SEIS;
            return self.latched | SECS;
        }
        self.latched.bitor(u32::from(now >= self.ready_at) * DRDY)
    }

    pub(crate) fn read(&mut self, offset: u32, now: Nanos) -> Option<u32> {
        Some(match offset {
            CR => self.cr,
            SR => self.status(now),
            DR => self.take_word(now),
            _ => return None,
        })
    }

    fn take_word(&mut self, now: Nanos) -> u32 {
        if self.status(now) & DRDY == 0 {
            return 0;
        }
        self.ready_at = now + WORD_TIME;
        match &mut self.source {
            Source::Seeded(noise) => noise.next_u64() as u32,
            Source::Stuck(word) => *word,
            // Without entropy from the host there is none here either: the word is
            // withheld and the seed error flag says so (§24.3.2).
            Source::OperatingSystem => getrandom::u32().unwrap_or_else(|_| {
                self.latched |= SEIS;
                0
            }),
        }
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32, now: Nanos) -> Option<()> {
        match offset {
            CR => {
                if value & RNGEN != 0 && !self.enabled() {
                    self.ready_at = now + WORD_TIME;
                }
                self.cr = value & (RNGEN | IE);
            }
            // CEIS and SEIS are cleared by writing 0 (§24.4.2).
            SR => self.latched &= value | !(CEIS | SEIS),
            DR => {}
            _ => return None,
        }
        Some(())
    }

    pub(crate) fn interrupt(&mut self, now: Nanos) -> bool {
        self.cr & IE != 0 && self.status(now) & (DRDY | CEIS | SEIS) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_its_clock_it_reports_an_error_and_gives_nothing() {
        let mut rng = Rng::new(Some(1), Trng::Sound);
        rng.set_clock(None, 16_000_000);
        rng.write(CR, RNGEN, 0);
        assert_eq!(rng.read(SR, 10_000), Some(CECS | CEIS));
        assert_eq!(rng.read(DR, 10_000), Some(0));
    }

    #[test]
    fn a_faulty_sequence_is_reported_and_withheld() {
        let mut rng = Rng::new(Some(1), Trng::SeedError);
        rng.set_clock(Some(48_000_000), 16_000_000);
        rng.write(CR, RNGEN, 0);
        assert_eq!(rng.read(SR, 10_000), Some(SECS | SEIS));
        assert_eq!(rng.read(DR, 10_000), Some(0));
    }

    #[test]
    fn words_are_ready_only_after_their_time() {
        let mut rng = Rng::new(Some(1), Trng::Sound);
        rng.set_clock(Some(48_000_000), 168_000_000);
        rng.write(CR, RNGEN, 0);
        assert_eq!(rng.read(SR, 0), Some(0));
        assert_eq!(rng.read(SR, WORD_TIME), Some(DRDY));
        assert_ne!(rng.read(DR, WORD_TIME), Some(0));
        assert_eq!(rng.read(SR, WORD_TIME), Some(0));
    }

    #[test]
    fn unseeded_boards_draw_different_words() {
        let words = |rng: &mut Rng| {
            rng.set_clock(Some(48_000_000), 16_000_000);
            rng.write(CR, RNGEN, 0);
            [rng.read(DR, 1_000), rng.read(DR, 2_000)]
        };
        assert_ne!(
            words(&mut Rng::new(None, Trng::Sound)),
            words(&mut Rng::new(None, Trng::Sound))
        );
    }
}
