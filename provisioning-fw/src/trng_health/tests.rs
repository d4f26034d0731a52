use super::*;
use crate::device::EntropyFault;

/// A generator made of a function.
struct Source<F>(F);

impl<F: FnMut() -> Result<u32, TrngFault>> Entropy for Source<F> {
    fn fill(&mut self, _: &mut [u8]) -> Result<(), EntropyFault> {
        Err(EntropyFault)
    }

    fn raw_word(&mut self) -> Result<u32, TrngFault> {
        (self.0)()
    }
}

fn verdict(mut words: impl FnMut() -> u32) -> Result<(), TrngFault> {
    start_up(&mut Source(|| Ok(words())))
}

/// xorshift64*
fn noise(mut state: u64) -> impl FnMut() -> u32 {
    move || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) as u32
    }
}

/// Words each bit of which is 1 with probability `ones` / 256.
fn biased(ones: u32, seed: u64) -> impl FnMut() -> u32 {
    let mut noise = noise(seed);
    move || (0..32).fold(0, |word, _| word << 1 | u32::from(noise() >> 24 < ones))
}

#[test]
fn a_sound_generator_passes() {
    for seed in 1..500 {
        assert_eq!(verdict(noise(seed)), Ok(()), "{seed}");
    }
}

#[test]
fn a_stuck_generator_fails_by_repetition() {
    for word in [0, u32::MAX, 0x5EED_5EED] {
        assert_eq!(verdict(|| word), Err(TrngFault::Repetition), "{word:x}");
    }
}

#[test]
fn a_long_run_of_equal_bits_across_words_fails() {
    let mut sound = noise(3);
    let mut words = (0..1000).map(|nth| match nth {
        500 => sound() & !(u32::MAX << 2),
        501 => 0,
        502 => sound() & u32::MAX << 30,
        _ => sound(),
    });
    let fault = verdict(|| words.next().unwrap_or(0));
    assert_eq!(fault, Err(TrngFault::Repetition));
}

#[test]
fn a_generator_that_goes_round_in_a_circle_fails_by_proportion() {
    let mut nth = 0;
    let mut turn = move || {
        nth += 1;
        [0x9E37_79B9, 0x7F4A_7C15, 0x94D0_49BB][nth % 3]
    };
    assert_eq!(verdict(&mut turn), Err(TrngFault::Proportion));
}

/// 7 of 8 bits are 1: 0.19 bits of min-entropy each.
#[test]
fn a_biased_generator_fails_by_proportion() {
    for seed in 1..100 {
        assert!(verdict(biased(224, seed)).is_err(), "{seed}");
        assert!(verdict(biased(32, seed)).is_err(), "{seed}");
    }
    let faults = (1..100).map(|seed| verdict(biased(224, seed)));
    assert!(faults.into_iter().any(|f| f == Err(TrngFault::Proportion)));
}

/// 0.6 of the bits are 1: 0.72 bits of min-entropy each, above the claim.
#[test]
fn a_bias_within_the_claim_passes() {
    for seed in 1..100 {
        assert_eq!(verdict(biased(154, seed)), Ok(()), "{seed}");
    }
}

#[test]
fn what_the_generator_reports_of_itself_fails() {
    for fault in [TrngFault::Seed, TrngFault::Clock] {
        let mut sound = noise(5);
        let mut left = 700;
        let mut source = Source(|| {
            left -= 1;
            if left == 0 { Err(fault) } else { Ok(sound()) }
        });
        assert_eq!(start_up(&mut source), Err(fault));
    }
}

/// Smallest count that a sample of probability 2^-`entropy` exceeds in a window with at most
/// probability 2^-30, plus one: the cutoff of §4.4.2 without a table.
fn proportion_cutoff(window: u32, entropy: f64) -> u32 {
    let (hit, alpha) = ((-entropy).exp2(), (-30.0_f64).exp2());
    let ln_choose = |k: u32| -> f64 {
        (0..k)
            .map(|i| (f64::from(window - i) / f64::from(k - i)).ln())
            .sum()
    };
    let exactly = |k: u32| {
        let misses = f64::from(window - k) * (-hit).ln_1p();
        (ln_choose(k) + f64::from(k) * hit.ln() + misses).exp()
    };
    let (mut tail, mut k) = (0.0, window);
    loop {
        tail += exactly(k);
        if tail > alpha {
            return k + 1;
        }
        k -= 1;
    }
}

#[test]
fn cutoffs_follow_from_the_claim() {
    assert_eq!(BITS.repetition, 1 + (30.0_f64 / 0.5).ceil() as u32);
    assert_eq!(BITS.proportion, proportion_cutoff(BITS.window, 0.5));
    assert!(WORDS_OF_32.repetition < 1 + (30.0_f64 / 16.0).ceil() as u32);
    let words = proportion_cutoff(WORDS_OF_32.window, 16.0);
    assert_eq!(WORDS_OF_32.proportion, words);
}
