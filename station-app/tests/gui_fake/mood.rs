//! Whether the fake answers, keeps waiting, or refuses.

use cradle_procedure::fault::Fault;
use cradle_station::gui::backend::Pending;

use super::{Fake, office, records};

/// How the fake answers what screens ask.
#[derive(Debug, Clone)]
pub(crate) enum Mood {
    /// At once.
    Answers,
    /// Not yet.
    Waits,
    /// That it cannot.
    Refuses(Fault),
}

impl Fake {
    pub(crate) fn set_mood(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Nothing is on record yet but the people.
    pub(crate) fn forget_all(&self) {
        let mut inner = self.inner();
        inner.records = records::Records::empty();
        inner.office = office::Office::empty();
    }

    /// Answers, if the mood is for it.
    pub(super) fn answer<T: Send + 'static>(&self, answer: Result<T, Fault>) -> Pending<T> {
        let (promise, pending) = Pending::new();
        match &*self.mood.lock().unwrap() {
            Mood::Answers => promise.answer(answer),
            Mood::Refuses(fault) => promise.answer(Err(fault.clone())),
            Mood::Waits => self.unanswered.lock().unwrap().push(Box::new(promise)),
        }
        pending
    }
}
