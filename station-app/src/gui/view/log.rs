//! The audit log as a list of which only what is looked at is there.

use std::collections::BTreeMap;
use std::ops::Range;

use cradle_procedure::fault::Fault;
use cradle_records::audit::AuditRow;

use super::remote::Remote;
use crate::gui::backend::{Pending, SearchRun};

/// Rows that are fetched at once.
const ASKED: u64 = 200;
/// Rows that are fetched beside those that are seen, so that a slow walk never waits.
const MARGIN: u64 = 60;
/// Rows that are kept; those farthest from where the person looks go first.
const KEPT: usize = 4_000;
/// Matches that are listed. Who finds more looks for something narrower.
pub const MOST_FOUND: usize = 100_000;

/// A window on the audit log, newest entry first: all of it, or what a search has found.
#[derive(Debug, Default)]
pub struct LogView {
    size: Remote<u64>,
    search: Option<Search>,
    rows: BTreeMap<u64, AuditRow>,
    asked: Option<(Vec<u64>, Pending<Vec<AuditRow>>)>,
    fault: Option<Fault>,
}

/// A search, under way or ended.
#[derive(Debug)]
struct Search {
    found: Vec<u64>,
    /// Entries that were not looked at.
    left: Option<u64>,
    run: Option<SearchRun>,
}

impl LogView {
    /// Rows to be shown, once it is known how many.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        match &self.search {
            Some(search) => Some(search.found.len() as u64),
            None => self.size.value().copied(),
        }
    }

    /// Why nothing is there.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref().or_else(|| self.size.fault())
    }

    /// Whether a search is under way.
    #[must_use]
    pub fn is_searching(&self) -> bool {
        self.search
            .as_ref()
            .is_some_and(|search| search.run.is_some())
    }

    /// How much of the log a search has gone through, 0 to 1.
    #[must_use]
    pub fn searched(&self) -> Option<f32> {
        let left = self.search.as_ref()?.left? as f32;
        let size = (*self.size.value()?).max(1) as f32;
        Some((1.0 - left / size).clamp(0.0, 1.0))
    }

    /// Whether there were more matches than are listed.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        let search = self.search.as_ref();
        search.is_some_and(|search| search.found.len() >= MOST_FOUND)
    }

    /// Which entry is in that row.
    #[must_use]
    pub fn entry_in(&self, row: u64) -> Option<u64> {
        match &self.search {
            Some(search) => search.found.get(usize::try_from(row).ok()?).copied(),
            None => self.size.value()?.checked_sub(row + 1),
        }
    }

    /// What is in the log under that number, if it is here.
    #[must_use]
    pub fn entry(&self, entry: u64) -> Option<&AuditRow> {
        self.rows.get(&entry)
    }

    /// Forgets everything and begins anew, with a search or without.
    pub fn restart(&mut self, size: Pending<u64>, search: Option<SearchRun>) {
        *self = Self::default();
        self.size.ask(size);
        self.search = search.map(|run| Search {
            found: Vec::new(),
            left: None,
            run: Some(run),
        });
    }

    /// Gives the search up; what it found stays.
    pub fn stop_search(&mut self) {
        if let Some(search) = &mut self.search {
            search.run = None;
        }
    }

    /// Takes in what was answered.
    pub fn look(&mut self) {
        self.size.look();
        if let Some(search) = &mut self.search
            && let Err(fault) = search.look()
        {
            self.fault = Some(fault);
        }
        let Some((entries, answer)) = self
            .asked
            .as_ref()
            .and_then(|(entries, pending)| Some((entries.clone(), pending.poll()?)))
        else {
            return;
        };
        self.asked = None;
        match answer {
            Ok(rows) => self.rows.extend(entries.into_iter().zip(rows)),
            Err(fault) => self.fault = Some(fault),
        }
    }

    /// Says which rows are seen: asks for those that are not here.
    pub fn show(&mut self, seen: Range<u64>, ask: impl Fn(Vec<u64>) -> Pending<Vec<AuditRow>>) {
        if seen.is_empty() || self.fault.is_some() {
            return;
        }
        let missing = self.missing(seen.clone());
        if missing.is_empty() {
            return;
        }
        if let Some((asked, _)) = &self.asked
            && missing.iter().all(|entry| asked.contains(entry))
        {
            return;
        }
        // What was asked for and scrolled past is no longer wanted.
        self.forget(seen.start);
        let near = seen.start.saturating_sub(MARGIN)..(seen.end + MARGIN).min(seen.start + ASKED);
        let entries = self.missing(near);
        let pending = ask(entries.clone());
        self.asked = Some((entries, pending));
    }

    fn missing(&self, rows: Range<u64>) -> Vec<u64> {
        let entries = rows.filter_map(|row| self.entry_in(row));
        entries
            .filter(|entry| !self.rows.contains_key(entry))
            .collect()
    }

    /// Lets go of what is far from that row.
    fn forget(&mut self, row: u64) {
        let Some(here) = self.entry_in(row) else {
            return;
        };
        while self.rows.len() > KEPT {
            let first = self
                .rows
                .keys()
                .next()
                .map_or(0, |first| here.abs_diff(*first));
            let last = self
                .rows
                .keys()
                .next_back()
                .map_or(0, |last| here.abs_diff(*last));
            match first > last {
                true => self.rows.pop_first(),
                false => self.rows.pop_last(),
            };
        }
    }
}

impl Search {
    /// Takes in what was found since the last frame.
    fn look(&mut self) -> Result<(), Fault> {
        let Some(run) = &self.run else {
            return Ok(());
        };
        // Before the parts: what came before the answer is then there too.
        let answer = run.answer.poll();
        for part in run.found.try_iter() {
            let room = MOST_FOUND - self.found.len();
            self.found.extend(part.entries.into_iter().take(room));
            self.left = Some(part.left);
        }
        if answer.is_some() || self.found.len() >= MOST_FOUND {
            self.run = None;
        }
        answer.transpose().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::mpsc;

    use cradle_records::audit::AuditFound;

    use super::*;
    use crate::gui::backend::Promise;

    type Asked = (Vec<u64>, Promise<Vec<AuditRow>>);

    #[derive(Default)]
    struct Log(RefCell<Vec<Asked>>);

    impl Log {
        fn ask(&self, entries: Vec<u64>) -> Pending<Vec<AuditRow>> {
            let (promise, pending) = Pending::new();
            self.0.borrow_mut().push((entries, promise));
            pending
        }

        fn answer(&self) -> usize {
            let asked = self.0.take();
            let count = asked.iter().map(|(entries, _)| entries.len()).sum();
            for (entries, promise) in asked {
                promise.answer(Ok(entries.iter().map(|_| AuditRow::Gone).collect()));
            }
            count
        }
    }

    fn sized(size: u64) -> Pending<u64> {
        let (promise, pending) = Pending::new();
        promise.answer(Ok(size));
        pending
    }

    fn started(size: u64) -> LogView {
        let mut view = LogView::default();
        view.restart(sized(size), None);
        view.look();
        view
    }

    fn seen(view: &mut LogView, log: &Log, rows: Range<u64>) {
        view.show(rows, |entries| log.ask(entries));
    }

    #[test]
    fn only_what_is_near_what_is_seen_is_asked_for_and_once() {
        let (log, mut view) = (Log::default(), started(13_000_000));
        seen(&mut view, &log, 500_000..500_040);
        seen(&mut view, &log, 500_001..500_041);
        assert_eq!(log.0.borrow().len(), 1);
        assert_eq!(log.answer(), 160);
        view.look();
        assert_eq!(view.entry_in(500_007), Some(12_499_992));
        assert!(view.entry(12_499_992).is_some() && view.entry(7).is_none());
    }

    #[test]
    fn what_was_scrolled_past_is_no_longer_wanted() {
        let (log, mut view) = (Log::default(), started(1_000_000));
        seen(&mut view, &log, 10_000..10_040);
        seen(&mut view, &log, 90_000..90_040);
        let wanted: Vec<_> = log.0.borrow().iter().map(|(_, p)| p.is_wanted()).collect();
        assert_eq!(wanted, [false, true]);
    }

    #[test]
    fn a_long_walk_keeps_few_rows() {
        let (log, mut view) = (Log::default(), started(1_000_000));
        for at in 0..200 {
            seen(&mut view, &log, at * 100..at * 100 + 40);
            log.answer();
            view.look();
        }
        assert!(view.rows.len() <= KEPT + 200);
        assert!(view.entry(1_000_000 - 19_901).is_some());
    }

    #[test]
    fn what_a_search_finds_is_there_before_it_ends_and_stays_when_it_is_given_up() {
        let (sender, found) = mpsc::channel();
        let (promise, answer) = Pending::new();
        let mut view = LogView::default();
        view.restart(sized(1_000), Some(SearchRun { found, answer }));
        let part = AuditFound {
            entries: vec![900, 700],
            left: 600,
        };
        sender.send(part).unwrap();
        view.look();
        assert_eq!((view.count(), view.entry_in(1)), (Some(2), Some(700)));
        assert!((view.searched().unwrap() - 0.4).abs() < 0.001);
        assert!(view.is_searching() && promise.is_wanted());
        view.stop_search();
        assert!(!promise.is_wanted());
        assert_eq!(view.count(), Some(2));
    }
}
