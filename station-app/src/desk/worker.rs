//! A thread with a name that does one thing after the other.

use std::sync::mpsc::{self, SyncSender};
use std::thread;

use cradle_procedure::fault::{Code, Fault};

use crate::gui::backend::Pending;

/// Questions that may wait. More at once means that something hangs.
const WAITING: usize = 64;

type Job = Box<dyn FnOnce() + Send>;

/// A thread with a name. It ends when the worker is dropped and its work is done.
pub(super) struct Worker(SyncSender<Job>);

impl Worker {
    /// Starts the thread. If there is none to be had, every question is answered with `RUN-02`.
    pub(super) fn start(name: &str) -> Self {
        let (sender, jobs) = mpsc::sync_channel::<Job>(WAITING);
        let work = move || jobs.into_iter().for_each(|job| job());
        // Without the thread the receiver is gone, which `ask` finds out.
        let _ = thread::Builder::new().name(name.to_owned()).spawn(work);
        Self(sender)
    }

    /// Has the question answered, unless nobody wants to know any more when its turn comes.
    /// `after` is called when the answer is there.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce() -> Result<T, Fault> + Send + 'static,
        after: impl FnOnce() + Send + 'static,
    ) -> Pending<T> {
        self.ask_while_wanted(move |_| question(), after)
    }

    /// As [`Worker::ask`], for what takes long: the question can find out whether anybody still
    /// waits for its answer.
    pub(super) fn ask_while_wanted<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn Fn() -> bool) -> Result<T, Fault> + Send + 'static,
        after: impl FnOnce() + Send + 'static,
    ) -> Pending<T> {
        let (promise, pending) = Pending::new();
        let job = Box::new(move || {
            if promise.is_wanted() {
                let answer = question(&|| promise.is_wanted());
                promise.answer(answer);
                after();
            }
        });
        if self.0.try_send(job).is_ok() {
            return pending;
        }
        let (promise, pending) = Pending::new();
        promise.answer(Err(Fault::new(Code::Internal, "a worker is stuck or gone")));
        pending
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::{Arc, Barrier};

    use super::*;

    fn answer<T>(pending: &Pending<T>) -> Result<T, Fault> {
        loop {
            match pending.poll() {
                Some(answer) => return answer,
                None => thread::yield_now(),
            }
        }
    }

    #[test]
    fn a_question_that_nobody_waits_for_is_not_asked() {
        let worker = Worker::start("test");
        let asked = Arc::new(AtomicU32::new(0));
        let gate = Arc::new(Barrier::new(2));
        let held = worker.ask(
            {
                let gate = Arc::clone(&gate);
                move || Ok(gate.wait())
            },
            || {},
        );
        let count = || {
            let asked = Arc::clone(&asked);
            move || Ok(asked.fetch_add(1, Ordering::Relaxed))
        };
        drop(worker.ask(count(), || {}));
        let last = worker.ask(count(), || {});
        gate.wait();
        assert!(answer(&held).is_ok());
        assert_eq!(answer(&last), Ok(0));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn too_many_questions_are_refused_at_once() {
        let worker = Worker::start("test");
        let gate = Arc::new(Barrier::new(2));
        let wait = Arc::clone(&gate);
        let held = worker.ask(move || Ok(wait.wait()), || {});
        let waiting: Vec<_> = (0..=WAITING + 1)
            .map(|_| worker.ask(|| Ok(()), || {}))
            .collect();
        let refused = answer(&waiting[WAITING + 1]);
        gate.wait();
        assert!(answer(&held).is_ok());
        assert_eq!(refused.unwrap_err().code, Code::Internal);
    }
}
