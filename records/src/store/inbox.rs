//! What waits for the writer, in order.

use std::collections::VecDeque;
use std::sync::mpsc::Receiver;

use super::writer::{Job, Work};

/// The writer's queue, and before it what was taken from it and put back.
pub(super) struct Inbox {
    queue: Receiver<Work>,
    aside: VecDeque<Work>,
}

impl Inbox {
    pub(super) fn new(queue: Receiver<Work>) -> Self {
        Self {
            queue,
            aside: VecDeque::new(),
        }
    }

    /// The next, when there is one; `None` once nobody can ask any more.
    pub(super) fn wait(&mut self) -> Option<Work> {
        self.aside.pop_front().or_else(|| self.queue.recv().ok())
    }

    /// The next that comes in from now on.
    pub(super) fn arrival(&self) -> Option<Work> {
        self.queue.recv().ok()
    }

    /// The next, if it waits already and is a job.
    pub(super) fn job(&mut self) -> Option<Job> {
        match self.waiting()? {
            Work::Job(job) => Some(job),
            other => {
                self.aside.push_front(other);
                None
            }
        }
    }

    /// Has them wait in front of everything else.
    pub(super) fn put_back(&mut self, works: Vec<Work>) {
        for work in works.into_iter().rev() {
            self.aside.push_front(work);
        }
    }

    /// The next, if it waits already.
    pub(super) fn waiting(&mut self) -> Option<Work> {
        self.aside
            .pop_front()
            .or_else(|| self.queue.try_recv().ok())
    }
}
