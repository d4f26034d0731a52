//! What became of a batch, as figures to plot.

use std::collections::BTreeMap;

use cradle_procedure::ids::SlotId;
use cradle_procedure::step::{Outcome, StepId, StepReport, Verdict};
use cradle_records::UnitSummary;

use crate::gui::backend::BatchPage;

const HOUR_MS: u64 = 60 * 60 * 1000;
/// Hours that are plotted; older ones are in the report.
const HOURS: usize = 12;

/// Figures of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BatchFigures {
    /// Units that passed, by the hour in which their last step ended (milliseconds since
    /// 1970-01-01 UTC). Oldest first; hours in which none passed are left out.
    pub hours: Vec<(u64, u32)>,
    /// Units that passed and units that did not, by the slot of their last attempt.
    pub slots: Vec<(SlotId, u32, u32)>,
    /// How often each step failed, the most frequent first.
    pub failures: Vec<(String, u32)>,
    /// Mean duration of each step in milliseconds, in the order of the journey.
    pub durations: Vec<(StepId, u64)>,
}

impl BatchFigures {
    /// The figures of a batch.
    #[must_use]
    pub fn new(page: &BatchPage) -> Self {
        Self {
            hours: hours(&page.units),
            slots: slots(&page.units),
            failures: page.report.failures.clone(),
            durations: durations(&page.units),
        }
    }
}

fn passed(unit: &UnitSummary) -> bool {
    unit.verdict == Some(Verdict::Pass)
}

fn end_ms(unit: &UnitSummary) -> Option<u64> {
    let end = |step: &StepReport| step.started_ms + step.duration_ms;
    unit.steps.iter().map(end).max()
}

fn hours(units: &[UnitSummary]) -> Vec<(u64, u32)> {
    let mut hours = BTreeMap::new();
    for end in units.iter().filter(|unit| passed(unit)).filter_map(end_ms) {
        *hours.entry(end / HOUR_MS * HOUR_MS).or_insert(0) += 1;
    }
    let skip = hours.len().saturating_sub(HOURS);
    hours.into_iter().skip(skip).collect()
}

fn slots(units: &[UnitSummary]) -> Vec<(SlotId, u32, u32)> {
    let mut slots: BTreeMap<SlotId, (u32, u32)> = BTreeMap::new();
    for unit in units {
        // One without a verdict is at work, or waits for it.
        if let (Some(slot), Some(_)) = (unit.slot, unit.verdict) {
            let (good, bad) = slots.entry(slot).or_default();
            *(if passed(unit) { good } else { bad }) += 1;
        }
    }
    let row = |(slot, (good, bad))| (slot, good, bad);
    slots.into_iter().map(row).collect()
}

fn durations(units: &[UnitSummary]) -> Vec<(StepId, u64)> {
    let mut sums: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
    let done = |step: &&StepReport| step.outcome == Outcome::Done;
    for step in units.iter().flat_map(|unit| &unit.steps).filter(done) {
        let (sum, count) = sums.entry(step.id as usize).or_default();
        *sum += step.duration_ms;
        *count += 1;
    }
    let mean = |(id, (sum, count)): (usize, (u64, u64))| Some((*StepId::ALL.get(id)?, sum / count));
    sums.into_iter().filter_map(mean).collect()
}
