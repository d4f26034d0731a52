//! One slot as the window shows it.

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{Serial, SlotId, Uid};
use cradle_procedure::step::{Estimate, Event, Outcome, StepId, StepReport, Verdict};

/// What has happened in one slot since its last start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotView {
    /// Which slot.
    pub slot: SlotId,
    /// Whether a board is in it, as far as the bench knows.
    pub board: bool,
    /// How far it is.
    pub phase: Phase,
    /// Serial number of the unit, once bound.
    pub serial: Option<Serial>,
    /// Chip identifier of the unit, once bound.
    pub uid: Option<Uid>,
    /// Steps that have ended, in order.
    pub steps: Vec<StepReport>,
    started_ms: Option<u64>,
    ended_ms: Option<u64>,
}

/// How far a slot is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Nothing was started since the board came in.
    Idle,
    /// At work.
    Working(Work),
    /// Concluded.
    Ended(Verdict, Option<Fault>),
}

/// What a slot at work is doing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Work {
    /// The step now running; `None` between steps.
    pub step: Option<StepId>,
    /// Bytes done and bytes in all of that step, if it tells.
    pub progress: Option<(u64, u64)>,
    /// Whether it was asked to stop at the next safe point.
    pub stopping: bool,
    /// When the step began, in milliseconds since 1970-01-01 UTC.
    pub since_ms: u64,
    /// How long it will still take, if that can be told.
    pub expected: Option<Estimate>,
}

/// The one word for a slot, read from 3 m.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// No board.
    Empty,
    /// A board waits to be started.
    Ready,
    /// At work.
    Working,
    /// Every proof is there.
    Pass,
    /// Not finished; may be started again.
    Fail,
    /// To be set aside.
    Quarantine,
}

impl SlotView {
    /// A slot in which nothing has happened.
    #[must_use]
    pub const fn new(slot: SlotId) -> Self {
        Self {
            slot,
            board: true,
            phase: Phase::Idle,
            serial: None,
            uid: None,
            steps: Vec::new(),
            started_ms: None,
            ended_ms: None,
        }
    }

    /// The word for it. A verdict stays when the board is taken out, until the next one is in.
    #[must_use]
    pub const fn state(&self) -> State {
        match self.phase {
            Phase::Idle if self.board => State::Ready,
            Phase::Idle => State::Empty,
            Phase::Working(_) => State::Working,
            Phase::Ended(Verdict::Pass, _) => State::Pass,
            Phase::Ended(Verdict::Fail, _) => State::Fail,
            Phase::Ended(Verdict::Quarantine, _) => State::Quarantine,
        }
    }

    /// Whether it may be started as it is. A unit that passed or is quarantined may not: the
    /// same board again would contradict its own record.
    #[must_use]
    pub const fn startable(&self) -> bool {
        self.board && matches!(self.state(), State::Ready | State::Fail)
    }

    /// The fault that ended it.
    #[must_use]
    pub const fn fault(&self) -> Option<&Fault> {
        match &self.phase {
            Phase::Ended(_, fault) => fault.as_ref(),
            _ => None,
        }
    }

    /// What it is doing, when it is at work.
    #[must_use]
    pub const fn work(&self) -> Option<&Work> {
        match &self.phase {
            Phase::Working(work) => Some(work),
            _ => None,
        }
    }

    /// Time since the start, or from start to end, in milliseconds.
    #[must_use]
    pub fn elapsed_ms(&self, now_ms: u64) -> Option<u64> {
        let until = self.ended_ms.unwrap_or(now_ms);
        Some(until.saturating_sub(self.started_ms?))
    }

    /// How long the unit at work has left, in milliseconds, if that can be told.
    #[must_use]
    pub fn left_ms(&self, now_ms: u64) -> Option<u64> {
        self.work()?.expected?.unit_left_ms(now_ms)
    }

    /// How long the step under way has left, in milliseconds, if that can be told.
    #[must_use]
    pub fn step_left_ms(&self, now_ms: u64) -> Option<u64> {
        let work = self.work()?;
        work.step?;
        Some(work.expected?.step_left_ms(now_ms))
    }

    /// How much of a journey of so many steps is done, from 0 to 1. Counts the bytes of the
    /// running step too.
    #[must_use]
    pub fn fraction(&self, journey: usize) -> f32 {
        let done = self.steps.iter().filter(|s| s.outcome != Outcome::Failed);
        let within = self.work().and_then(|work| work.progress).map_or(0.0, part);
        ((done.count() as f32 + within) / journey.max(1) as f32).min(1.0)
    }

    /// The start was accepted.
    pub fn begin(&mut self, scanned: Option<Serial>, now_ms: u64) {
        *self = Self {
            board: self.board,
            phase: Phase::Working(Work::default()),
            serial: scanned,
            started_ms: Some(now_ms),
            ..Self::new(self.slot)
        };
    }

    /// It was asked to stop.
    pub const fn stopping(&mut self) {
        if let Phase::Working(work) = &mut self.phase {
            work.stopping = true;
        }
    }

    /// Another board is in the slot: forgets the verdict of the one before.
    pub fn clear(&mut self) {
        if matches!(self.phase, Phase::Ended(..)) {
            *self = Self {
                board: self.board,
                ..Self::new(self.slot)
            };
        }
    }

    /// What the bench says about the board.
    pub fn set_board(&mut self, board: bool) {
        if board && !self.board {
            self.clear();
        }
        self.board = board;
    }

    /// Folds one event in.
    pub fn apply(&mut self, event: Event, now_ms: u64) {
        match event {
            Event::Bound { serial, uid } => {
                self.serial = Some(serial);
                self.uid = Some(uid);
            }
            Event::Started { step, at_ms } => {
                let stopping = match &self.phase {
                    Phase::Working(work) => work.stopping,
                    _ => {
                        self.begin(None, at_ms);
                        false
                    }
                };
                self.phase = Phase::Working(Work {
                    step: Some(step),
                    progress: None,
                    stopping,
                    since_ms: at_ms,
                    expected: None,
                });
            }
            Event::Progress { step, done, total } => {
                if let Phase::Working(work) = &mut self.phase
                    && work.step == Some(step)
                    && total > 0
                {
                    work.progress = Some((done, total));
                }
            }
            Event::Expected(estimate) => {
                if let Phase::Working(work) = &mut self.phase {
                    work.expected = Some(estimate);
                }
            }
            Event::Ended(report) => {
                if let Phase::Working(work) = &mut self.phase {
                    work.step = None;
                    work.progress = None;
                    work.expected = None;
                }
                self.steps.push(report);
            }
            Event::Concluded { verdict, fault } => {
                // The last step says when; the window may have slept since.
                let last = self.steps.last();
                let ended_ms = last.map_or(now_ms, |step| step.started_ms + step.duration_ms);
                self.ended_ms = Some(ended_ms);
                self.phase = Phase::Ended(verdict, fault);
            }
        }
    }
}

/// Progress as a number from 0 to 1.
#[must_use]
pub fn part((done, total): (u64, u64)) -> f32 {
    (done as f32 / total.max(1) as f32).min(1.0)
}
