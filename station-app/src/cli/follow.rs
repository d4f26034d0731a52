//! How a unit gets on, on standard error: a line for each step that ended, and where somebody
//! watches, one that says what is under way and how long it will still take.

use std::io::{IsTerminal as _, stderr};

use cradle_procedure::step::{Estimate, Event, StepId};

use crate::station::now_ms;

/// Returns to the beginning of the line and clears it (ECMA-48, EL).
const CLEAR: &str = "\r\x1b[K";

/// Follows one unit.
pub(super) struct Follower {
    watched: bool,
    under_way: UnderWay,
}

/// What can be said of the step under way.
#[derive(Default)]
struct UnderWay {
    step: Option<StepId>,
    bytes: Option<(u64, u64)>,
    expected: Option<Estimate>,
}

impl Default for Follower {
    fn default() -> Self {
        Self {
            watched: stderr().is_terminal(),
            under_way: UnderWay::default(),
        }
    }
}

impl Follower {
    /// Takes in what happened.
    pub(super) fn hear(&mut self, event: &Event) {
        if self.watched {
            eprint!("{CLEAR}");
        }
        match event {
            Event::Bound { serial, uid } => eprintln!("{serial} on chip {uid}"),
            Event::Ended(report) => {
                let (id, outcome) = (report.id, report.outcome);
                eprintln!(
                    "  {id:<20} {outcome:<8} {:>6} ms  {}",
                    report.duration_ms, report.detail
                );
            }
            Event::Started { .. }
            | Event::Progress { .. }
            | Event::Expected(_)
            | Event::Concluded { .. } => {}
        }
        self.under_way.hear(event);
        if self.watched
            && let Some(line) = self.under_way.line(now_ms())
        {
            eprint!("{line}");
        }
    }
}

impl UnderWay {
    fn hear(&mut self, event: &Event) {
        match event {
            Event::Started { step, .. } => {
                *self = Self {
                    step: Some(*step),
                    ..Self::default()
                };
            }
            Event::Progress { done, total, .. } => self.bytes = Some((*done, *total)),
            Event::Expected(estimate) => self.expected = Some(*estimate),
            Event::Ended(_) | Event::Concluded { .. } => *self = Self::default(),
            Event::Bound { .. } => {}
        }
    }

    /// Such as `  flash-application     45 %, 3 s left; the unit 9 s`.
    fn line(&self, now_ms: u64) -> Option<String> {
        let step = self.step?;
        let part = |(done, total): (u64, u64)| format!("{:>3} %", done * 100 / total.max(1));
        let left = self.expected.map(|estimate| {
            let unit = estimate.unit_left_ms(now_ms);
            let unit = unit.map_or_else(String::new, |ms| format!("; the unit {}", seconds(ms)));
            format!("{} left{unit}", seconds(estimate.step_left_ms(now_ms)))
        });
        let said: Vec<_> = self.bytes.map(part).into_iter().chain(left).collect();
        Some(format!("  {step:<20} {}", said.join(", ")))
    }
}

fn seconds(ms: u64) -> String {
    format!("{} s", ms.div_ceil(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: StepId = StepId::FlashApplication;

    fn after(events: &[Event]) -> UnderWay {
        let mut under_way = UnderWay::default();
        events.iter().for_each(|event| under_way.hear(event));
        under_way
    }

    #[test]
    fn the_line_says_what_is_under_way_and_what_is_left_as_far_as_it_is_known() {
        let started = Event::Started {
            step: STEP,
            at_ms: 0,
        };
        let (done, total) = (45, 100);
        let progress = Event::Progress {
            step: STEP,
            done,
            total,
        };
        let expected = Event::Expected(Estimate {
            step_ends_ms: 3_000,
            then_ms: Some(6_000),
        });
        let all = [started, progress, expected];
        let line = |events: &[Event], now_ms| after(events).line(now_ms).unwrap();
        assert_eq!(line(&all[..1], 0).trim(), "flash-application");
        assert_eq!(line(&all[..2], 0), "  flash-application     45 %");
        let whole = "  flash-application     45 %, 3 s left; the unit 9 s";
        assert_eq!(line(&all, 0), whole);
        assert!(line(&all, 8_000).ends_with("0 s left; the unit 6 s"));
    }

    #[test]
    fn between_steps_there_is_no_line() {
        assert!(after(&[]).line(0).is_none());
    }
}
