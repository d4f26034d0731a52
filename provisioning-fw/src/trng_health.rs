//! Start-up health tests of the TRNG: NIST SP 800-90B §4.4, over words as the generator gives
//! them and over their bits.
//!
//! The claim is half a bit of min-entropy for each bit. The manufacturer states none, so it is
//! what the device key needs: its 256 bits then carry 128, the security strength of P-256
//! (NIST SP 800-57 Part 1 §5.6.1.1). A sound generator fails by chance once in 2^30 tests
//! (α, §4.4), a generator below the claim sooner or later always.
//!
//! Words that were tested are not used for anything else.

use cradle_protocol::message::TrngFault;

use crate::device::Entropy;

/// Words drawn: at least 1,024 samples (§4.3, requirement 4).
const WORDS: u32 = 1024;

/// Cutoffs for one kind of sample.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// So many equal samples in a row fail (§4.4.1).
    repetition: u32,
    /// Samples in a window (§4.4.2).
    window: u32,
    /// A window fails when it holds its first sample so often.
    proportion: u32,
}

/// 1 + ⌈30 / H⌉ with H = 0.5, and 1 + CRITBINOM(1024, 2^-H, 1 - 2^-30).
const BITS: Limits = Limits {
    repetition: 61,
    window: 1024,
    proportion: 810,
};

/// H = 16. Repetition is stricter than the claim asks for (3): no word may equal the one
/// before (RM0090 §24.3.1, after FIPS 140-2).
const WORDS_OF_32: Limits = Limits {
    repetition: 2,
    window: 512,
    proportion: 4,
};

/// Runs both tests over fresh words.
///
/// # Errors
/// What the generator reported, or which test failed.
pub fn start_up(entropy: &mut impl Entropy) -> Result<(), TrngFault> {
    let (mut words, mut bits) = (Tests::new(WORDS_OF_32), Tests::new(BITS));
    for _ in 0..WORDS {
        let word = entropy.raw_word()?;
        words.take(word)?;
        for bit in 0..32 {
            bits.take(word >> bit & 1)?;
        }
    }
    Ok(())
}

/// Both tests under way, named after §4.4.1 and §4.4.2.
struct Tests {
    limits: Limits,
    last: Option<u32>,
    run: u32,
    first: u32,
    seen: u32,
    equal: u32,
}

impl Tests {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            last: None,
            run: 0,
            first: 0,
            seen: 0,
            equal: 0,
        }
    }

    fn take(&mut self, sample: u32) -> Result<(), TrngFault> {
        self.repetition(sample)?;
        self.proportion(sample)
    }

    fn repetition(&mut self, sample: u32) -> Result<(), TrngFault> {
        self.run = if self.last == Some(sample) {
            self.run + 1
        } else {
            1
        };
        self.last = Some(sample);
        let passed = self.run < self.limits.repetition;
        passed.then_some(()).ok_or(TrngFault::Repetition)
    }

    fn proportion(&mut self, sample: u32) -> Result<(), TrngFault> {
        if self.seen == 0 {
            (self.first, self.equal) = (sample, 0);
        }
        self.equal += u32::from(sample == self.first);
        self.seen = (self.seen + 1) % self.limits.window;
        let passed = self.equal < self.limits.proportion;
        passed.then_some(()).ok_or(TrngFault::Proportion)
    }
}

#[cfg(test)]
mod tests;
