//! What both journeys do around each of their steps: the intent before, the outcome after, and
//! everything told in one stream of events.

use crate::fault::{Code, Fault};
use crate::ids::{Serial, Uid};
use crate::pace::{Forecast, Pace};
use crate::ports::{Clock, StepLog};
use crate::step::{Estimate, Event, Outcome, StepId, StepReport, Verification};

/// What a step hands back: its proof, and what to write down.
pub struct Done<T> {
    proof: T,
    outcome: Outcome,
    verification: Option<Verification>,
    detail: String,
}

impl<T> Done<T> {
    /// It is done, and was verified that way.
    pub fn new(proof: T, verification: Verification, detail: impl Into<String>) -> Self {
        Self {
            proof,
            outcome: Outcome::Done,
            verification: Some(verification),
            detail: detail.into(),
        }
    }

    /// The profile does not ask for it, so nothing was looked at.
    pub fn not_asked(proof: T, detail: impl Into<String>) -> Self {
        Self {
            proof,
            outcome: Outcome::NotAsked,
            verification: None,
            detail: detail.into(),
        }
    }

    /// It was so already.
    #[must_use]
    pub fn already(self) -> Self {
        Self {
            outcome: Outcome::Already,
            ..self
        }
    }
}

/// Where a journey reports to.
pub struct Outlets<'a> {
    /// The record.
    pub log: &'a mut dyn StepLog,
    /// The time.
    pub clock: Clock<'a>,
    /// Told of everything that happens.
    pub events: &'a mut dyn FnMut(Event),
}

/// The steps of one unit on one journey.
#[derive(Debug)]
pub struct Journal {
    unit: Option<Serial>,
    steps: Vec<StepReport>,
    /// Steps taken before the unit has a name. They go on record when it has one.
    waiting: Vec<StepReport>,
    forecast: Forecast,
}

impl Journal {
    /// Nothing was begun yet. `journey` are the steps that are to come.
    #[must_use]
    pub fn new(pace: &Pace, journey: Vec<StepId>) -> Self {
        Self {
            unit: None,
            steps: Vec::new(),
            waiting: Vec::new(),
            forecast: Forecast::new(pace.clone(), journey),
        }
    }

    /// The unit has a name from now on.
    pub fn bind(&mut self, serial: &Serial, uid: &Uid, events: &mut dyn FnMut(Event)) {
        self.unit = Some(serial.clone());
        events(Event::Bound {
            serial: serial.clone(),
            uid: uid.clone(),
        });
    }

    /// The unit's serial number, once it has one.
    #[must_use]
    pub const fn unit(&self) -> Option<&Serial> {
        self.unit.as_ref()
    }

    /// The unit's serial number, for a step that cannot be without.
    ///
    /// # Errors
    /// `RUN-02` it has none yet.
    pub fn named(&self) -> Result<&Serial, Fault> {
        let none = || Fault::new(Code::Internal, "the unit has no serial number yet");
        self.unit().ok_or_else(none)
    }

    /// Every step that was begun, skipped or recalled, in order.
    #[must_use]
    pub fn steps(&self) -> &[StepReport] {
        &self.steps
    }

    /// As [`Journal::steps`], to keep.
    #[must_use]
    pub fn into_steps(self) -> Vec<StepReport> {
        self.steps
    }

    /// For a step under way that works through so many bytes: takes what it has done so far.
    pub fn meter<'a>(
        &'a mut self,
        step: StepId,
        total: u64,
        clock: Clock<'a>,
        events: &'a mut dyn FnMut(Event),
    ) -> impl FnMut(u64) + use<'a> {
        move |done| {
            events(Event::Progress { step, done, total });
            expect(events, self.forecast.progress(done, total, clock()));
        }
    }

    fn begin(&mut self, outlets: &mut Outlets<'_>, step: StepId) -> u64 {
        let at_ms = (outlets.clock)();
        (outlets.events)(Event::Started { step, at_ms });
        expect(outlets.events, self.forecast.begin(step, at_ms));
        at_ms
    }

    fn intend(&self, log: &mut dyn StepLog, step: StepId, intent: &str) -> Result<(), Fault> {
        log.intent(self.named()?, step, intent)
    }

    /// Puts an outcome on record, behind those that wait.
    fn keep(&mut self, log: &mut dyn StepLog, report: &StepReport) -> Result<(), Fault> {
        let Some(unit) = &self.unit else {
            self.waiting.push(report.clone());
            return Ok(());
        };
        while let Some(first) = self.waiting.first() {
            log.outcome(unit, first)?;
            self.waiting.remove(0);
        }
        log.outcome(unit, report)
    }

    fn tell(&mut self, outlets: &mut Outlets<'_>, report: StepReport) {
        let estimate = self.forecast.end(&report, (outlets.clock)());
        (outlets.events)(Event::Ended(report.clone()));
        expect(outlets.events, estimate);
        self.steps.push(report);
    }
}

fn expect(events: &mut dyn FnMut(Event), estimate: Option<Estimate>) {
    if let Some(estimate) = estimate {
        events(Event::Expected(estimate));
    }
}

/// A journey that keeps a journal of its steps.
pub trait Journaled: Sized {
    /// The journal, and where it reports to.
    fn journal(&mut self) -> (&mut Journal, Outlets<'_>);

    /// Runs a step that only looks. No intent is needed for that.
    ///
    /// # Errors
    /// Those of `body`; `STO-02` the outcome is not on record, and then its proof does not count.
    fn look<T>(
        &mut self,
        step: StepId,
        body: impl FnOnce(&mut Self) -> Result<Done<T>, Fault>,
    ) -> Result<T, Fault> {
        let began_ms = begin(self, step);
        let result = body(self);
        end(self, step, began_ms, result)
    }

    /// Runs a step that changes something: without a durable intent it is not begun.
    ///
    /// # Errors
    /// As [`Journaled::look`]; `STO-02` the intent is not on record.
    fn act<T>(
        &mut self,
        step: StepId,
        intent: &str,
        body: impl FnOnce(&mut Self) -> Result<Done<T>, Fault>,
    ) -> Result<T, Fault> {
        let began_ms = begin(self, step);
        let (journal, outlets) = self.journal();
        match journal.intend(outlets.log, step, intent) {
            Ok(()) => {
                let result = body(self);
                end(self, step, began_ms, result)
            }
            Err(fault) => leave(self, step, began_ms, fault),
        }
    }

    /// Says that a step was not tried, and why. Nothing happened, so the record is not told.
    ///
    /// # Errors
    /// Always: `why`.
    fn skip<T>(&mut self, step: StepId, why: Fault) -> Result<T, Fault> {
        let now_ms = (self.journal().1.clock)();
        leave(self, step, now_ms, why)
    }

    /// Takes an outcome from the record: the step was done in an earlier attempt.
    fn recall(&mut self, report: &StepReport) {
        let (journal, mut outlets) = self.journal();
        let report = StepReport {
            outcome: Outcome::Already,
            ..report.clone()
        };
        journal.tell(&mut outlets, report);
    }
}

fn begin(run: &mut impl Journaled, step: StepId) -> u64 {
    let (journal, mut outlets) = run.journal();
    journal.begin(&mut outlets, step)
}

fn end<T>(
    run: &mut impl Journaled,
    step: StepId,
    began_ms: u64,
    result: Result<Done<T>, Fault>,
) -> Result<T, Fault> {
    let (journal, mut outlets) = run.journal();
    let report = report(step, began_ms, (outlets.clock)(), result.as_ref());
    match (result, journal.keep(outlets.log, &report)) {
        (Ok(done), Err(fault)) => {
            let (why, what) = (fault.detail, done.detail);
            let detail = format!("outcome not recorded: {why}; it was: {what}");
            leave(run, step, began_ms, Fault::new(fault.code, detail))
        }
        (result, _) => {
            journal.tell(&mut outlets, report);
            result.map(|done| done.proof)
        }
    }
}

/// Ends a step badly that the record does not know of, or cannot be told of.
fn leave<T>(
    run: &mut impl Journaled,
    step: StepId,
    began_ms: u64,
    fault: Fault,
) -> Result<T, Fault> {
    let (journal, mut outlets) = run.journal();
    let report = report::<()>(step, began_ms, (outlets.clock)(), Err(&fault));
    journal.tell(&mut outlets, report);
    Err(fault)
}

fn report<T>(
    id: StepId,
    started_ms: u64,
    now_ms: u64,
    result: Result<&Done<T>, &Fault>,
) -> StepReport {
    let (outcome, verification, detail, code) = match result {
        Ok(done) => (done.outcome, done.verification, &done.detail, None),
        Err(fault) => {
            let code = fault.code.id().to_owned();
            (Outcome::Failed, None, &fault.detail, Some(code))
        }
    };
    StepReport {
        id,
        outcome,
        verification,
        detail: detail.clone(),
        code,
        started_ms,
        duration_ms: now_ms.saturating_sub(started_ms),
    }
}
