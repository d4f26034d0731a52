//! A long list of which only what is looked at is there.

use std::collections::BTreeMap;

use cradle_procedure::fault::Fault;
use cradle_records::audit::{AuditLine, AuditPage};

use crate::gui::backend::Pending;

/// Lines that are fetched at once.
pub const PAGE: u64 = 200;
/// Pages that are kept; those farthest from where the person looks go first.
const KEPT: usize = 12;
/// Pages that are asked for at the same time. More would only make the person wait for what has
/// been scrolled past already.
const ASKED: usize = 2;

/// A window on the audit log, newest entry first.
#[derive(Debug, Default)]
pub struct AuditPages {
    matching: Option<u64>,
    pages: BTreeMap<u64, Vec<AuditLine>>,
    asked: BTreeMap<u64, Pending<AuditPage>>,
    fault: Option<Fault>,
}

impl AuditPages {
    /// Lines in all, once it is known.
    #[must_use]
    pub const fn matching(&self) -> Option<u64> {
        self.matching
    }

    /// Why nothing is there.
    #[must_use]
    pub const fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// Whether something is under way.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        !self.asked.is_empty()
    }

    /// One line, if it is there.
    #[must_use]
    pub fn line(&self, row: u64) -> Option<&AuditLine> {
        let page = self.pages.get(&(row / PAGE))?;
        page.get(usize::try_from(row % PAGE).ok()?)
    }

    /// The line of an entry, if it is there.
    #[must_use]
    pub fn entry(&self, entry: u64) -> Option<&AuditLine> {
        let mut lines = self.pages.values().flatten();
        lines.find(|line| line.entry == entry)
    }

    /// Forgets everything and asks anew for the first page.
    pub fn restart(&mut self, ask: impl Fn(u64, u64) -> Pending<AuditPage>) {
        *self = Self::default();
        self.asked.insert(0, ask(0, PAGE));
    }

    /// Takes in what was answered. Entries that came since the first page was read move all
    /// others: then what is there is asked for again.
    pub fn look(&mut self, ask: impl Fn(u64, u64) -> Pending<AuditPage>) {
        let answers: Vec<_> = self
            .asked
            .iter()
            .filter_map(|(page, pending)| Some((*page, pending.poll()?)))
            .collect();
        for (page, answer) in answers {
            self.asked.remove(&page);
            match answer {
                Ok(found) if self.matching.is_some_and(|known| known != found.matching) => {
                    self.pages.clear();
                    self.asked.clear();
                    self.matching = Some(found.matching);
                    self.asked.insert(page, ask(page * PAGE, PAGE));
                    return;
                }
                Ok(found) => {
                    self.matching = Some(found.matching);
                    self.fault = None;
                    self.pages.insert(page, found.lines);
                }
                Err(fault) => self.fault = Some(fault),
            }
        }
    }

    /// Says which rows are looked at: asks for those that are not there.
    pub fn show(
        &mut self,
        rows: std::ops::Range<u64>,
        ask: impl Fn(u64, u64) -> Pending<AuditPage>,
    ) {
        if rows.is_empty() || self.fault.is_some() {
            return;
        }
        let (first, last) = (rows.start / PAGE, (rows.end - 1) / PAGE);
        // What was asked for and scrolled past is no longer wanted.
        self.asked.retain(|page, _| (first..=last).contains(page));
        for page in first..=last {
            let there = self.pages.contains_key(&page) || self.asked.contains_key(&page);
            if !there && self.asked.len() < ASKED {
                self.asked.insert(page, ask(page * PAGE, PAGE));
            }
        }
        while self.pages.len() > KEPT {
            let far = |page: &u64| page.abs_diff(first);
            let Some(farthest) = self.pages.keys().copied().max_by_key(far) else {
                return;
            };
            self.pages.remove(&farthest);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::gui::backend::Promise;

    #[derive(Default)]
    struct Log(RefCell<Vec<(u64, Promise<AuditPage>)>>);

    impl Log {
        fn ask(&self, offset: u64, _: u64) -> Pending<AuditPage> {
            let (promise, pending) = Pending::new();
            self.0.borrow_mut().push((offset, promise));
            pending
        }

        fn answer(&self, matching: u64) -> Vec<u64> {
            let asked = self.0.take().into_iter();
            asked
                .map(|(offset, promise)| {
                    let count = PAGE.min(matching - offset);
                    let line = |at| AuditLine {
                        entry: matching - 1 - offset - at,
                        time_ms: 0,
                        event: String::new(),
                        subject: String::new(),
                        operator: None,
                        station: None,
                        facts: String::new(),
                    };
                    let lines = (0..count).map(line).collect();
                    promise.answer(Ok(AuditPage { matching, lines }));
                    offset
                })
                .collect()
        }
    }

    fn started(log: &Log, matching: u64) -> AuditPages {
        let mut pages = AuditPages::default();
        pages.restart(|offset, limit| log.ask(offset, limit));
        log.answer(matching);
        pages.look(|offset, limit| log.ask(offset, limit));
        pages
    }

    #[test]
    fn only_what_is_looked_at_is_asked_for() {
        let log = Log::default();
        let mut pages = started(&log, 1_000_000);
        pages.show(500_000..500_040, |offset, limit| log.ask(offset, limit));
        pages.show(500_000..500_040, |offset, limit| log.ask(offset, limit));
        assert_eq!(log.answer(1_000_000), [500_000]);
        pages.look(|offset, limit| log.ask(offset, limit));
        assert_eq!(pages.line(500_007).unwrap().entry, 499_992);
        assert!(pages.line(700_000).is_none());
    }

    #[test]
    fn what_was_scrolled_past_is_no_longer_wanted() {
        let log = Log::default();
        let mut pages = started(&log, 1_000_000);
        pages.show(10_000..10_040, |offset, limit| log.ask(offset, limit));
        pages.show(90_000..90_040, |offset, limit| log.ask(offset, limit));
        let wanted: Vec<_> = log.0.borrow().iter().map(|(_, p)| p.is_wanted()).collect();
        assert_eq!(wanted, [false, true]);
    }

    #[test]
    fn entries_that_came_meanwhile_do_not_show_a_line_twice() {
        let log = Log::default();
        let mut pages = started(&log, 1_000);
        pages.show(200..240, |offset, limit| log.ask(offset, limit));
        log.answer(1_005);
        pages.look(|offset, limit| log.ask(offset, limit));
        assert!(pages.line(0).is_none() && pages.line(200).is_none());
        log.answer(1_005);
        pages.look(|offset, limit| log.ask(offset, limit));
        assert_eq!(pages.line(200).unwrap().entry, 804);
    }

    #[test]
    fn a_long_walk_keeps_few_pages() {
        let log = Log::default();
        let mut pages = started(&log, 1_000_000);
        for at in 0..100 {
            pages.show(at * PAGE..at * PAGE + 40, |offset, limit| {
                log.ask(offset, limit)
            });
            log.answer(1_000_000);
            pages.look(|offset, limit| log.ask(offset, limit));
        }
        assert!(pages.pages.len() <= KEPT + 1);
        assert!(pages.line(99 * PAGE).is_some());
    }
}
