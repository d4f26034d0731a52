//! How long steps take, and what is therefore to be expected of a unit under way.

use std::collections::BTreeMap;

use crate::step::{Estimate, StepId, StepReport};

/// How long each step of a journey took the units before: the median, in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pace(BTreeMap<StepId, u64>);

impl Pace {
    /// Learns from units before: for each unit the time that each of its steps took in all.
    pub fn learn(durations_ms: impl IntoIterator<Item = (StepId, u64)>) -> Self {
        let mut known: BTreeMap<StepId, Vec<u64>> = BTreeMap::new();
        for (step, duration_ms) in durations_ms {
            known.entry(step).or_default().push(duration_ms);
        }
        Self(
            known
                .into_iter()
                .map(|(step, all)| (step, median(all)))
                .collect(),
        )
    }

    /// How long that step takes a unit, in milliseconds; `None` if no unit is known to have taken
    /// it.
    #[must_use]
    pub fn typical_ms(&self, step: StepId) -> Option<u64> {
        self.0.get(&step).copied()
    }
}

fn median(mut durations: Vec<u64>) -> u64 {
    durations.sort_unstable();
    durations.get(durations.len() / 2).copied().unwrap_or(0)
}

/// What is to be expected of a unit, as far as it has come.
#[derive(Debug)]
pub(crate) struct Forecast {
    pace: Pace,
    /// Steps that were not begun yet.
    to_come: Vec<StepId>,
    /// What steps took so far: some are taken in several goes.
    spent_ms: BTreeMap<StepId, u64>,
    at_work: Option<AtWork>,
}

/// The step under way.
#[derive(Debug, Clone, Copy)]
struct AtWork {
    step: StepId,
    since_ms: u64,
    /// When it first told of bytes, and how many. What came before, such as an erase, says nothing
    /// of the speed.
    first: Option<(u64, u64)>,
}

impl Forecast {
    pub(crate) fn new(pace: Pace, journey: Vec<StepId>) -> Self {
        Self {
            pace,
            to_come: journey,
            spent_ms: BTreeMap::new(),
            at_work: None,
        }
    }

    /// A step began.
    pub(crate) fn begin(&mut self, step: StepId, now_ms: u64) -> Option<Estimate> {
        self.to_come.retain(|other| *other != step);
        let at_work = AtWork {
            step,
            since_ms: now_ms,
            first: None,
        };
        self.at_work = Some(at_work);
        Some(self.ending_in(self.typical_left(at_work, now_ms)?, now_ms))
    }

    /// The step under way did so many bytes of all. The bytes since it began to count them tell
    /// how fast it is; until then only what units before took can.
    pub(crate) fn progress(&mut self, done: u64, total: u64, now_ms: u64) -> Option<Estimate> {
        let at_work = self.at_work.as_mut()?;
        let (since_ms, before) = *at_work.first.get_or_insert((now_ms, done));
        let (took_ms, bytes) = (now_ms.saturating_sub(since_ms), done.saturating_sub(before));
        let left = u128::from(total.saturating_sub(done)) * u128::from(took_ms);
        let left_ms = match left.checked_div(bytes.into()) {
            Some(left_ms) => u64::try_from(left_ms).ok()?,
            None => {
                let at_work = *at_work;
                self.typical_left(at_work, now_ms)?
            }
        };
        Some(self.ending_in(left_ms, now_ms))
    }

    /// The step under way ended.
    pub(crate) fn end(&mut self, report: &StepReport, now_ms: u64) -> Option<Estimate> {
        self.at_work = None;
        self.to_come.retain(|other| *other != report.id);
        *self.spent_ms.entry(report.id).or_default() += report.duration_ms;
        let estimate = self.ending_in(0, now_ms);
        estimate.then_ms.is_some().then_some(estimate)
    }

    fn typical_left(&self, at_work: AtWork, now_ms: u64) -> Option<u64> {
        let spent = self.spent_ms.get(&at_work.step).copied().unwrap_or(0);
        let spent = spent.saturating_add(now_ms.saturating_sub(at_work.since_ms));
        Some(self.pace.typical_ms(at_work.step)?.saturating_sub(spent))
    }

    fn ending_in(&self, left_ms: u64, now_ms: u64) -> Estimate {
        let typical = self.to_come.iter().map(|step| self.pace.typical_ms(*step));
        Estimate {
            step_ends_ms: now_ms.saturating_add(left_ms),
            then_ms: typical.sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::Outcome;

    const JOURNEY: [StepId; 3] = [StepId::Identify, StepId::FlashApplication, StepId::Attest];

    fn pace() -> Pace {
        let unit = |factor: u64| JOURNEY.map(|step| (step, 1_000 * factor));
        Pace::learn([unit(1), unit(2), unit(40)].into_iter().flatten())
    }

    fn forecast(pace: Pace) -> Forecast {
        Forecast::new(pace, JOURNEY.to_vec())
    }

    fn ended(id: StepId, started_ms: u64, duration_ms: u64) -> StepReport {
        StepReport {
            id,
            outcome: Outcome::Done,
            verification: None,
            detail: String::new(),
            code: None,
            started_ms,
            duration_ms,
        }
    }

    #[test]
    fn a_unit_that_hung_once_does_not_set_the_pace() {
        assert_eq!(pace().typical_ms(StepId::Attest), Some(2_000));
        assert_eq!(pace().typical_ms(StepId::Plan), None);
    }

    #[test]
    fn nothing_is_expected_without_a_basis() {
        let mut blind = forecast(Pace::default());
        assert_eq!(blind.begin(StepId::FlashApplication, 0), None);
        assert_eq!(blind.progress(1_000, 4_000, 500), None);
        let by_bytes = blind.progress(2_000, 4_000, 600).unwrap();
        assert_eq!(by_bytes.step_left_ms(600), 200);
        assert_eq!(by_bytes.unit_left_ms(600), None);
        let report = ended(StepId::FlashApplication, 0, 700);
        assert_eq!(blind.end(&report, 700), None);
    }

    #[test]
    fn what_is_left_falls_with_the_clock_and_the_bytes_and_ends_at_nothing() {
        let mut forecast = forecast(pace());
        let mut left = Vec::new();
        let mut now = 0;
        let mut hear = |estimate: Option<Estimate>, now: u64| {
            let estimate = estimate.unwrap();
            left.push(estimate.unit_left_ms(now).unwrap());
            left.push(estimate.unit_left_ms(now + 50).unwrap());
        };
        for step in JOURNEY {
            let began = now;
            hear(forecast.begin(step, now), now);
            if step == StepId::FlashApplication {
                now += 1_000;
                for done in 1..=10 {
                    now += 100;
                    hear(forecast.progress(done, 10, now), now);
                }
            }
            now += 1_000;
            hear(forecast.end(&ended(step, began, now - began), now), now);
        }
        assert_eq!(left.first(), Some(&6_000));
        assert!(
            left.is_sorted_by(|earlier, later| earlier >= later),
            "{left:?}"
        );
        assert_eq!(left.last(), Some(&0));
    }

    #[test]
    fn a_step_that_takes_longer_than_ever_has_nothing_left_and_the_rest_still_all() {
        let mut forecast = forecast(pace());
        let estimate = forecast.begin(StepId::Identify, 0).unwrap();
        assert_eq!(estimate.step_left_ms(90_000), 0);
        assert_eq!(estimate.unit_left_ms(90_000), Some(4_000));
    }

    #[test]
    fn an_erase_before_the_first_byte_does_not_slow_the_bytes() {
        let mut forecast = forecast(pace());
        forecast.begin(StepId::FlashApplication, 0).unwrap();
        let first = forecast.progress(1, 11, 1_500).unwrap();
        assert_eq!(first.step_left_ms(1_500), 500);
        let second = forecast.progress(2, 11, 1_510).unwrap();
        assert_eq!(second.step_left_ms(1_510), 90);
    }

    #[test]
    fn goes_of_one_step_share_its_time() {
        let mut forecast = forecast(pace());
        forecast.begin(StepId::Identify, 0).unwrap();
        forecast.end(&ended(StepId::Identify, 0, 500), 500).unwrap();
        let again = forecast.begin(StepId::Identify, 600).unwrap();
        assert_eq!(again.step_left_ms(600), 1_500);
    }
}
