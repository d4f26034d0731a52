//! The random number register (TRM chapter "Random Number Generator"): a word at every read, no
//! status.

use crate::virtual_bench::board_config::Trng;
use crate::virtual_bench::noise::Noise;

/// Offset of RNG_DATA in the block at 0x6002_6000.
pub(crate) const DATA: u32 = 0xB0;

#[derive(Debug)]
pub(crate) enum Rng {
    OperatingSystem,
    Seeded(Noise),
    Stuck(u32),
}

impl Rng {
    pub(crate) fn new(seed: Option<u64>, trng: Trng) -> Self {
        match (trng, seed) {
            (Trng::Stuck(word), _) => Self::Stuck(word),
            (_, Some(seed)) => Self::Seeded(Noise::new(seed)),
            (_, None) => Self::OperatingSystem,
        }
    }

    /// Without entropy from the host the register stands still, as it does on silicon without
    /// its noise source; start-up tests find that.
    pub(crate) fn read(&mut self) -> u32 {
        match self {
            Self::OperatingSystem => getrandom::u32().unwrap_or(0),
            Self::Seeded(noise) => noise.next_u64() as u32,
            Self::Stuck(word) => *word,
        }
    }
}
