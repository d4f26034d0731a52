//! Cuts the supply at every operation of a run, during it and after it, and boots what is left.

use cradle_bench::virtual_bench::{EspColdBoot, EspConfig, EspOperation, EspRemains};
use cradle_protocol::layout::esp32c3::IMAGE_CODE;

/// Instructions within which any boot ends.
const LIMIT: u64 = 500_000_000;

/// How a run was cut, and how often that took a boot of its own.
#[derive(Debug, Default)]
pub struct Tally {
    pub cuts: u64,
    pub boots: u64,
}

/// Cuts the supply during and after each operation that is `wanted`. When the last boot never looked at a page
/// that is programmed now, the next would go the same way, and is not repeated.
pub fn walk(
    config: &EspConfig,
    mut state: EspRemains,
    operations: &[EspOperation],
    wanted: impl Fn(&EspOperation) -> bool,
    judge: impl Fn(&EspRemains, &EspColdBoot, &str),
) -> Tally {
    let watched = IMAGE_CODE.start..IMAGE_CODE.end();
    let boot = |state: &EspRemains| EspColdBoot::run(config, state, &watched, LIMIT);
    let mut tally = Tally::default();
    let mut last = boot(&state);
    let mut skipped = false;
    for (nth, operation) in (1..).zip(operations) {
        if !wanted(operation) {
            state.apply(operation);
            skipped = true;
            continue;
        }
        if std::mem::take(&mut skipped) {
            last = boot(&state);
            tally.boots += 1;
        }
        tally.cuts += 2;
        let matters = last.depends_on(operation);
        if matters {
            let mut torn = state.clone();
            torn.apply_in_part(operation, nth);
            judge(&torn, &boot(&torn), &format!("during operation {nth}"));
        }
        state.apply(operation);
        if matters {
            last = boot(&state);
            tally.boots += 2;
        }
        judge(&state, &last, &format!("after operation {nth}"));
    }
    tally
}
