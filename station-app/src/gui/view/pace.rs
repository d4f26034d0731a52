//! How long steps take, learnt from those that were done, and how long a unit has left.

use std::collections::BTreeMap;

use cradle_procedure::step::{Event, Outcome, StepId};

use super::slot::{SlotView, part};

/// Durations that count: those of the last units, which say more of the next one than older ones.
const KEPT: usize = 8;

/// How long each step took lately.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pace(BTreeMap<usize, Vec<u64>>);

impl Pace {
    /// Learns from a step that was done.
    pub fn learn(&mut self, event: &Event) {
        let Event::Ended(report) = event else {
            return;
        };
        if report.outcome == Outcome::Done {
            let known = self.0.entry(report.id as usize).or_default();
            if known.len() == KEPT {
                known.remove(0);
            }
            known.push(report.duration_ms);
        }
    }

    /// How long a unit at work on that journey has left, in milliseconds; `None` as long as one of
    /// the steps was never seen.
    #[must_use]
    pub fn left_ms(&self, view: &SlotView, journey: &[StepId], now_ms: u64) -> Option<u64> {
        let work = view.work()?;
        let ended = |step: &StepId| view.steps.iter().any(|report| report.id == *step);
        let mut left = 0;
        for step in journey.iter().filter(|step| !ended(step)) {
            let mean = self.mean_ms(*step)?;
            left += match work.step == Some(*step) {
                false => mean,
                true => match work.progress {
                    Some(progress) => ((1.0 - part(progress)) * mean as f32) as u64,
                    None => mean.saturating_sub(now_ms.saturating_sub(work.since_ms)),
                },
            };
        }
        Some(left)
    }

    fn mean_ms(&self, step: StepId) -> Option<u64> {
        let known = self.0.get(&(step as usize))?;
        known.iter().sum::<u64>().checked_div(known.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use cradle_procedure::ids::SlotId;
    use cradle_procedure::step::StepReport;

    use super::*;

    const JOURNEY: &[StepId] = &[StepId::Authorize, StepId::Identify, StepId::Plan];

    fn ended(id: StepId, duration_ms: u64) -> Event {
        Event::Ended(StepReport {
            id,
            outcome: Outcome::Done,
            verification: None,
            detail: String::new(),
            code: None,
            started_ms: 0,
            duration_ms,
        })
    }

    fn learnt() -> Pace {
        let mut pace = Pace::default();
        for step in JOURNEY {
            pace.learn(&ended(*step, 1_000));
            pace.learn(&ended(*step, 3_000));
        }
        pace
    }

    fn at_work() -> SlotView {
        let mut view = SlotView::new(SlotId(1));
        view.begin(None, 0);
        view
    }

    #[test]
    fn nothing_is_promised_before_a_whole_unit_was_seen() {
        let mut pace = Pace::default();
        pace.learn(&ended(StepId::Authorize, 1_000));
        assert_eq!(pace.left_ms(&at_work(), JOURNEY, 0), None);
        assert_eq!(
            learnt().left_ms(&SlotView::new(SlotId(1)), JOURNEY, 0),
            None
        );
    }

    #[test]
    fn the_time_left_is_the_mean_of_what_is_to_come() {
        let (pace, mut view) = (learnt(), at_work());
        let all = 2_000 * JOURNEY.len() as u64;
        assert_eq!(pace.left_ms(&view, JOURNEY, 0), Some(all));
        view.apply(ended(JOURNEY[0], 9_000), 0);
        assert_eq!(pace.left_ms(&view, JOURNEY, 0), Some(all - 2_000));
    }

    #[test]
    fn the_step_at_work_counts_by_its_bytes_or_by_the_clock_and_never_below_nothing() {
        let (pace, mut view) = (learnt(), at_work());
        let rest = 2_000 * (JOURNEY.len() as u64 - 1);
        let step = JOURNEY[0];
        view.apply(Event::Started { step, at_ms: 500 }, 500);
        assert_eq!(pace.left_ms(&view, JOURNEY, 1_000), Some(rest + 1_500));
        assert_eq!(pace.left_ms(&view, JOURNEY, 90_000), Some(rest));
        let (done, total) = (1, 4);
        view.apply(Event::Progress { step, done, total }, 600);
        assert_eq!(pace.left_ms(&view, JOURNEY, 90_000), Some(rest + 1_500));
    }

    #[test]
    fn old_durations_are_forgotten() {
        let mut pace = learnt();
        for _ in 0..KEPT {
            pace.learn(&ended(JOURNEY[0], 10_000));
        }
        assert_eq!(pace.mean_ms(JOURNEY[0]), Some(10_000));
    }
}
