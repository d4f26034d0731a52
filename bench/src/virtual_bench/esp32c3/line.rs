//! The serial cable as the chip sees it: what has arrived for the loader, what waits to be sent,
//! and whether the cable is there at all.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::rom::Next;

#[derive(Debug, Default)]
pub(super) struct Line {
    off: bool,
    /// For the loader, not yet looked at.
    pub(super) inbox: VecDeque<u8>,
    /// The next answer comes this much later.
    pub(super) stall: Duration,
    /// What comes when the answer that is being sent is out.
    pub(super) next: Option<Next>,
    /// An answer of the loader, and when the operation that it is about is over.
    reply: Option<(Instant, Vec<u8>, Next)>,
}

impl Line {
    /// A reset: what was under way is lost.
    pub(super) fn clear(&mut self) {
        *self = Self {
            off: self.off,
            ..Self::default()
        };
    }

    pub(super) fn is_off(&self) -> bool {
        self.off
    }

    pub(super) fn unplug(&mut self, off: bool) {
        self.off = off;
    }

    pub(super) fn hold(&mut self, bytes: Vec<u8>, delay: Duration, next: Next) {
        self.reply = Some((Instant::now() + delay, bytes, next));
    }

    /// Time until the answer can go out; `None`: there is none.
    pub(super) fn reply_due_in(&self) -> Option<Duration> {
        let (at, _, _) = self.reply.as_ref()?;
        Some(at.saturating_duration_since(Instant::now()))
    }

    pub(super) fn take_reply(&mut self) -> Option<(Vec<u8>, Next)> {
        let (_, bytes, next) = self.reply.take()?;
        Some((bytes, next))
    }
}
