//! How the units went since the window was opened: yield, takt and the last hour.

use std::collections::VecDeque;

use cradle_procedure::step::Verdict;

const HOUR_MS: u64 = 60 * 60 * 1000;
/// Pieces that the last hour is plotted in.
pub const PIECES: usize = 12;
/// More units than any bench finishes in an hour.
const KEPT: usize = 4096;

/// How the units went since the window was opened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    passed: u32,
    ended: u32,
    /// When units passed, oldest first.
    passes: VecDeque<u64>,
}

impl Tally {
    /// A unit ended.
    pub fn count(&mut self, verdict: Verdict, at_ms: u64) {
        self.ended += 1;
        if verdict == Verdict::Pass {
            self.passed += 1;
            self.passes.push_back(at_ms);
            if self.passes.len() > KEPT {
                self.passes.pop_front();
            }
        }
    }

    /// Units that passed of those that ended, in percent; `None` before the first has ended.
    #[must_use]
    pub fn yield_percent(&self) -> Option<u32> {
        (self.ended > 0).then(|| self.passed * 100 / self.ended)
    }

    /// Mean time between two units that passed in the last hour, in milliseconds.
    #[must_use]
    pub fn takt_ms(&self, now_ms: u64) -> Option<u64> {
        let recent = || self.recent(now_ms);
        let (first, last) = (recent().next()?, recent().last()?);
        let between = u64::try_from(recent().count()).ok()?.checked_sub(1)?;
        (last - first).checked_div(between)
    }

    /// Units that passed in each twelfth of the last hour, oldest first.
    #[must_use]
    pub fn last_hour(&self, now_ms: u64) -> [u32; PIECES] {
        let mut pieces = [0; PIECES];
        for at_ms in self.recent(now_ms) {
            let age = usize::try_from((now_ms - at_ms) * PIECES as u64 / HOUR_MS);
            let piece = PIECES - 1 - age.unwrap_or(0).min(PIECES - 1);
            pieces[piece] += 1;
        }
        pieces
    }

    fn recent(&self, now_ms: u64) -> impl Iterator<Item = u64> + '_ {
        let passes = self.passes.iter().copied();
        passes.filter(move |at_ms| *at_ms <= now_ms && now_ms - at_ms < HOUR_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 10 * HOUR_MS;

    #[test]
    fn yield_counts_what_ended_and_takt_what_passed() {
        let mut tally = Tally::default();
        assert_eq!((tally.yield_percent(), tally.takt_ms(NOW)), (None, None));
        for (verdict, ago_ms) in [
            (Verdict::Pass, 90_000),
            (Verdict::Fail, 80_000),
            (Verdict::Pass, 50_000),
            (Verdict::Pass, 10_000),
        ] {
            tally.count(verdict, NOW - ago_ms);
        }
        assert_eq!(tally.yield_percent(), Some(75));
        assert_eq!(tally.takt_ms(NOW), Some(40_000));
    }

    #[test]
    fn an_hour_old_is_forgotten_and_now_is_the_last_piece() {
        let mut tally = Tally::default();
        for at_ms in [NOW - HOUR_MS, NOW - HOUR_MS + 1, NOW] {
            tally.count(Verdict::Pass, at_ms);
        }
        let pieces = tally.last_hour(NOW);
        assert_eq!((pieces[0], pieces[PIECES - 1]), (1, 1));
        assert_eq!(pieces.iter().sum::<u32>(), 2);
    }
}
