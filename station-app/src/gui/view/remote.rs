//! Data that comes from a worker: not asked for, awaited, there, or refused.

use cradle_procedure::fault::Fault;

use crate::gui::backend::Pending;

/// Data that comes from a worker. What was there before stays until the answer comes.
#[derive(Debug)]
pub struct Remote<T> {
    value: Option<T>,
    fault: Option<Fault>,
    pending: Option<Pending<T>>,
}

impl<T> Default for Remote<T> {
    fn default() -> Self {
        Self {
            value: None,
            fault: None,
            pending: None,
        }
    }
}

impl<T> Remote<T> {
    /// Waits for this answer; one that was awaited before is no longer wanted.
    pub fn ask(&mut self, pending: Pending<T>) {
        self.pending = Some(pending);
    }

    /// Takes the answer in, if it is there, and says whether it is.
    pub fn look(&mut self) -> bool {
        let Some(answer) = self.pending.as_ref().and_then(Pending::poll) else {
            return false;
        };
        self.set(answer);
        true
    }

    /// Takes an answer in that came another way.
    pub fn set(&mut self, answer: Result<T, Fault>) {
        self.pending = None;
        match answer {
            Ok(value) => {
                self.value = Some(value);
                self.fault = None;
            }
            Err(fault) => self.fault = Some(fault),
        }
    }

    /// Forgets everything; an answer that is under way is no longer wanted.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The last answer.
    pub const fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// Why there is none, or no newer one.
    pub const fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// Whether an answer is awaited.
    pub const fn is_awaited(&self) -> bool {
        self.pending.is_some()
    }
}

#[cfg(test)]
mod tests {
    use cradle_procedure::fault::Code;

    use super::*;

    #[test]
    fn what_was_there_stays_until_the_answer_comes() {
        let mut remote = Remote::default();
        let (first, pending) = Pending::new();
        remote.ask(pending);
        first.answer(Ok(1));
        assert!(remote.look());
        let (second, pending) = Pending::new();
        remote.ask(pending);
        assert!(!remote.look() && remote.is_awaited());
        assert_eq!(remote.value(), Some(&1));
        second.answer(Err(Fault::new(Code::StoreFailed, "disk")));
        assert!(remote.look());
        assert_eq!(remote.fault().unwrap().code, Code::StoreFailed);
    }

    #[test]
    fn a_worker_learns_that_nobody_waits_any_more() {
        let mut remote = Remote::<u8>::default();
        let (first, pending) = Pending::new();
        remote.ask(pending);
        assert!(first.is_wanted());
        let (_second, pending) = Pending::new();
        remote.ask(pending);
        assert!(!first.is_wanted());
    }
}
