//! Answers that take their time.

use std::sync::mpsc::{self, Receiver, SyncSender, TryRecvError};
use std::sync::{Arc, Weak};

use cradle_procedure::fault::{Code, Fault};

/// The answer to something slow, looked at once per frame. Who drops it no longer wants it.
#[derive(Debug)]
pub struct Pending<T> {
    answer: Receiver<Result<T, Fault>>,
    _wanted: Arc<()>,
}

/// The other end of a [`Pending`]: kept by the worker.
#[derive(Debug)]
pub struct Promise<T> {
    answer: SyncSender<Result<T, Fault>>,
    wanted: Weak<()>,
}

impl<T> Pending<T> {
    /// A promise for the worker and its pending answer for the window.
    #[must_use]
    pub fn new() -> (Promise<T>, Self) {
        let (sender, receiver) = mpsc::sync_channel(1);
        let wanted = Arc::new(());
        let promise = Promise {
            answer: sender,
            wanted: Arc::downgrade(&wanted),
        };
        let pending = Self {
            answer: receiver,
            _wanted: wanted,
        };
        (promise, pending)
    }

    /// The answer, if it is there. A worker that died without one is `RUN-02`.
    #[must_use]
    pub fn poll(&self) -> Option<Result<T, Fault>> {
        match self.answer.try_recv() {
            Ok(answer) => Some(answer),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(Fault::new(
                Code::Internal,
                "the worker ended without an answer",
            ))),
        }
    }
}

impl<T> Promise<T> {
    /// Whether anybody still waits for the answer.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.wanted.strong_count() > 0
    }

    /// Gives the answer. Wake the window afterwards. A window that is gone does not mind.
    pub fn answer(self, answer: Result<T, Fault>) {
        let _ = self.answer.try_send(answer);
    }
}
