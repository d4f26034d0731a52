//! What can still be written and read while a plan goes on, as the silicon has it.

use crate::family::{Act, REGION, covers};
use crate::profile::Burn;

/// What an act took away, and which one it was.
pub(super) struct Barrier {
    pub(super) by: String,
    pattern: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Closed,
    Hidden,
    NoWriting,
    NoReading,
}

/// Everything that was taken away so far.
#[derive(Default)]
pub(super) struct Access {
    barriers: Vec<Barrier>,
    written: Vec<String>,
}

impl Access {
    /// The act is done.
    pub(super) fn apply(&mut self, act: &Act, burn: &Burn) {
        let named: Vec<_> = match act.closes_named_regions {
            true => burn
                .regions
                .iter()
                .map(|name| format!("{REGION}{name}"))
                .collect(),
            false => Vec::new(),
        };
        let mut bar = |kind, patterns: &[String]| {
            for pattern in patterns {
                self.barriers.push(Barrier {
                    by: act.name.clone(),
                    pattern: pattern.clone(),
                    kind,
                });
            }
        };
        bar(Kind::Closed, &act.closes);
        bar(Kind::Closed, &named);
        bar(Kind::Hidden, &act.hides);
        bar(Kind::NoWriting, &act.bars_writing);
        bar(Kind::NoReading, &act.bars_reading);
        self.written.extend(act.writes.iter().cloned());
    }

    pub(super) fn was_written(&self, place: &str) -> bool {
        self.written.iter().any(|written| written == place)
    }

    /// What keeps the station from writing there.
    pub(super) fn bar_to_writing(&self, place: &str) -> Option<&Barrier> {
        self.find(place, &[Kind::Closed, Kind::NoWriting])
    }

    /// What keeps the station from reading there.
    pub(super) fn bar_to_reading(&self, place: &str) -> Option<&Barrier> {
        self.find(place, &[Kind::Hidden, Kind::NoReading])
    }

    /// What keeps everybody from writing there, for ever.
    pub(super) fn closed(&self, place: &str) -> Option<&Barrier> {
        self.find(place, &[Kind::Closed])
    }

    /// What keeps every program on the chip from reading there, for ever.
    pub(super) fn hidden(&self, place: &str) -> Option<&Barrier> {
        self.find(place, &[Kind::Hidden])
    }

    fn find(&self, place: &str, kinds: &[Kind]) -> Option<&Barrier> {
        let covering = |barrier: &&Barrier| {
            kinds.contains(&barrier.kind)
                && (covers(&barrier.pattern, place) || barrier.pattern == place)
        };
        self.barriers.iter().find(covering)
    }
}
