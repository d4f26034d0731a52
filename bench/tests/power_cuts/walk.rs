//! Cuts the supply at every operation of a run, during it and after it, and boots what is left.

use std::fmt;
use std::ops::Range;

use cradle_bench::virtual_bench::{BoardConfig, ColdBoot, Ending, Operation, Remains};

/// Instructions within which any boot ends.
const LIMIT: u64 = 200_000_000;

/// When the supply fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    During,
    After,
}

/// What a cut left behind, and where the boot from it ended.
pub struct Found<'a> {
    /// Number of the operation, from 1.
    nth: u64,
    operation: &'a Operation,
    cut: Cut,
    pub left: &'a Remains,
    pub ending: Ending,
}

impl fmt::Debug for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            nth,
            operation,
            cut,
            ending,
            ..
        } = self;
        write!(
            f,
            "{nth}th operation, {operation:x?}, cut {cut:?}: {ending:?}"
        )
    }
}

/// What a walk came to.
#[derive(Debug, Default)]
pub struct Tally {
    pub cuts: u64,
    pub boots: u64,
    pub entered: u64,
    pub asleep: u64,
}

/// Walks a run that started from `state` and consisted of `operations`.
///
/// When the last boot never looked at a word that is programmed now, the next boot would go the
/// same way, instruction by instruction; so it is not repeated.
pub fn walk(
    config: &BoardConfig,
    mut state: Remains,
    operations: &[Operation],
    banks: &Range<u32>,
    mut judge: impl FnMut(&Found<'_>),
) -> Tally {
    let mut tally = Tally::default();
    let boot = |state: &Remains| ColdBoot::run(config, state, banks, LIMIT);
    let mut last = boot(&state);
    for (nth, operation) in (1..).zip(operations) {
        let matters = last.depends_on(operation);
        for cut in [Cut::During, Cut::After] {
            let torn = (cut == Cut::During && matters).then(|| {
                let mut torn = state.clone();
                torn.apply_in_part(operation, nth);
                torn
            });
            let ending = match &torn {
                Some(torn) => boot(torn).ending,
                None => {
                    if cut == Cut::After {
                        state.apply(operation);
                    }
                    if cut == Cut::After && matters {
                        last = boot(&state);
                    }
                    last.ending
                }
            };
            tally.note(ending, matters);
            // Otherwise nothing has changed that the last verdict rests on.
            if !matters && nth > 1 {
                continue;
            }
            let left = torn.as_ref().unwrap_or(&state);
            judge(&Found {
                nth,
                operation,
                cut,
                left,
                ending,
            });
        }
    }
    tally
}

impl Tally {
    fn note(&mut self, ending: Ending, booted: bool) {
        self.cuts += 1;
        self.boots += u64::from(booted);
        self.entered += u64::from(matches!(ending, Ending::Entered(_)));
        self.asleep += u64::from(ending == Ending::Asleep);
    }
}
