//! A station without devices, token or database: it does what the test says, when it says so.

pub(crate) mod mood;
pub(crate) mod office;
mod records;
pub(crate) mod retiring;
mod training;
pub(crate) mod window;

use std::any::Any;
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{BatchId, OperatorName, ReleaseId, Serial, SlotId, StationId, Uid};
use cradle_procedure::profile::TargetProfile;
use cradle_procedure::release::Check;
use cradle_procedure::role::Role;
use cradle_procedure::step::{Estimate, Event, Outcome, StepId, StepReport, Verdict, Verification};
use cradle_station::gui::backend::{
    Backend, BatchFacts, BenchFacts, DestructionOrder, Entry, Pending, Promise, Retired,
    RetirementOrder, RevocationOrder, SignedIn, SlotFacts, Title, Tone, TrainingOrder, Waker,
};
use cradle_station::gui::preferences::Preferences;
use zeroize::Zeroizing;

use mood::Mood;

/// When the fake's units start unless told otherwise, in milliseconds since 1970-01-01 UTC.
pub(crate) const NOW_MS: u64 = 1_795_000_000_000;
/// After so long without a hand on it the window asks to sign in again.
pub(crate) const IDLE: Duration = Duration::from_secs(8 * 3600);
/// The only password that lets anybody in.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// The temporary password of `newton`.
pub(crate) const TEMPORARY: &str = "given by alice";
/// The PIN of every card.
pub(crate) const PIN: &str = "4711";

/// The steps that the fake's units go through.
pub(crate) fn journey() -> Vec<StepId> {
    let profile = include_str!("../../../profiles/stm32f405.toml");
    let profile = TargetProfile::parse(profile).unwrap();
    cradle_procedure::plan::journey(&profile).unwrap()
}

/// What the window asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    Start(SlotId, Option<Serial>),
    Stop(SlotId),
    NextBoard(SlotId),
    SignOut,
    Approve(BatchId),
    Close(BatchId),
    Export(Serial),
    Decommission(RetirementOrder),
    Destroy(DestructionOrder),
    Revoke(RevocationOrder),
    Print(PathBuf),
    Copy(PathBuf, PathBuf),
    Train(SlotId, TrainingOrder),
    Play(Tone),
}

pub(crate) struct Fake {
    inner: Mutex<Inner>,
    mood: Mutex<Mood>,
    /// What is not answered yet: a promise that is dropped is an answer.
    unanswered: Mutex<Vec<Box<dyn Any + Send>>>,
}

struct Inner {
    facts: BenchFacts,
    events: Vec<(SlotId, Event)>,
    asked: Vec<Asked>,
    role: Role,
    people: bool,
    start_ms: u64,
    session: bool,
    hold_sign_in: bool,
    held: Option<Promise<Entry>>,
    /// The cards in readers, where people can sign in with cards.
    cards: Option<Vec<String>>,
    /// Until when a name has to wait after the next failure.
    wait_until_ms: Option<u64>,
    /// What a refused sign-in is refused with.
    refusal: Code,
    waker: Option<Waker>,
    likes: Preferences,
    records: records::Records,
    office: office::Office,
    /// A decommissioning that is not answered yet.
    retirement: Option<(Sender<Event>, Promise<Retired>)>,
    /// Units whose document is not complete.
    waiting: Vec<Serial>,
    /// Who signed in last.
    who: OperatorName,
}

impl Fake {
    /// A bench with that many boards, a batch open and an operator called `mira`.
    pub(crate) fn with_slots(count: u16) -> Arc<Self> {
        let slots = (1..=count).map(|number| SlotFacts {
            id: SlotId(number),
            description: format!("virtual STM32F405, probe {number}"),
            occupied: true,
        });
        let batch = BatchFacts {
            id: BatchId::new("B-2026-047").unwrap(),
            product: "Field sensor".to_owned(),
            release: ReleaseId::new("sensor-1.4.2").unwrap(),
            done: 37,
            quota: 100,
        };
        let facts = BenchFacts {
            batch: Some(batch),
            obstacle: None,
            journey: journey(),
            slots: slots.collect(),
            unfinished: Vec::new(),
        };
        let inner = Inner {
            facts,
            events: Vec::new(),
            asked: Vec::new(),
            role: Role::Operator,
            people: true,
            start_ms: NOW_MS,
            session: true,
            hold_sign_in: false,
            held: None,
            cards: None,
            wait_until_ms: None,
            refusal: Code::SignInRefused,
            waker: None,
            likes: Preferences::default(),
            records: records::Records::default(),
            office: office::Office::default(),
            retirement: None,
            waiting: Vec::new(),
            who: OperatorName::new("mira").unwrap(),
        };
        Arc::new(Self {
            inner: Mutex::new(inner),
            mood: Mutex::new(Mood::Answers),
            unanswered: Mutex::default(),
        })
    }

    pub(crate) fn set_role(&self, role: Role) {
        self.inner().role = role;
    }

    /// When the units start, in milliseconds since 1970-01-01 UTC.
    /// For the preview, whose clock is the wall clock.
    pub(crate) fn set_start(&self, start_ms: u64) {
        self.inner().start_ms = start_ms;
    }

    /// How many entries the log has.
    pub(crate) fn set_log(&self, entries: u64) {
        self.inner().records.log = entries;
    }

    /// Somebody removed an entry of the log.
    pub(crate) fn remove_entry(&self, entry: u64) {
        self.inner().records.gone = Some(entry);
    }

    /// From now on the log does not verify.
    pub(crate) fn break_log(&self, detail: &str) {
        let fault = Fault::new(Code::AuditBroken, detail);
        self.inner().records.broken = Some(fault);
    }

    /// The release in the station's folder fails this check.
    pub(crate) fn spoil_release(&self, check: Check, fault: Fault) {
        self.inner().office.spoilt = Some((check, fault));
    }

    /// Nobody has let the release key in.
    pub(crate) fn distrust_release_key(&self) {
        self.inner().office.key_trusted = false;
    }

    /// That unit's document is not complete.
    pub(crate) fn let_wait(&self, serial: &str) {
        self.inner().waiting.push(Serial::new(serial).unwrap());
    }

    /// The decommissioning under way is refused.
    pub(crate) fn refuse_retirement(&self, fault: Fault) {
        let (_, promise) = self.inner().retirement.take().unwrap();
        promise.answer(Err(fault));
        self.wake();
    }

    pub(crate) fn remove_people(&self) {
        self.inner().people = false;
    }

    pub(crate) fn end_session(&self) {
        self.inner().session = false;
    }

    /// From now on people can sign in with these cards.
    pub(crate) fn set_cards(&self, cards: &[&str]) {
        let cards = cards.iter().map(|card| (*card).to_owned());
        self.inner().cards = Some(cards.collect());
    }

    /// From now on whoever fails has to wait until then.
    pub(crate) fn lock_until(&self, until_ms: u64) {
        self.inner().wait_until_ms = Some(until_ms);
    }

    /// From now on a sign-in is refused with this.
    pub(crate) fn refuse_with(&self, code: Code) {
        self.inner().refusal = code;
    }

    /// From now on a sign-in is not answered.
    pub(crate) fn hold_sign_in(&self) {
        self.inner().hold_sign_in = true;
    }

    pub(crate) fn change_facts(&self, change: impl FnOnce(&mut BenchFacts)) {
        change(&mut self.inner().facts);
        self.wake();
    }

    pub(crate) fn set_board(&self, slot: u16, occupied: bool) {
        self.change_facts(|facts| facts.slots[usize::from(slot) - 1].occupied = occupied);
    }

    /// What the window asked for since the last call.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.inner().asked)
    }

    pub(crate) fn emit(&self, slot: u16, event: Event) {
        self.inner().events.push((SlotId(slot), event));
        self.wake();
    }

    /// The unit gets its name and goes through the first `count` steps of the journey.
    pub(crate) fn run_steps(&self, slot: u16, count: usize) {
        for (at, step) in journey().into_iter().take(count).enumerate() {
            let started_ms = self.inner().start_ms + 700 * at as u64;
            self.emit(
                slot,
                Event::Started {
                    step,
                    at_ms: started_ms,
                },
            );
            if step == StepId::Identify {
                let serial = Serial::new(format!("FS-{:06}", 1037 + slot)).unwrap();
                let uid = Uid::new(&[
                    0x32, 0, 0x1b, 0, 0x0f, 0x47, 0x38, 0x31, 0x35, 0x33, 0x33, slot as u8,
                ]);
                self.emit(slot, Event::Bound { serial, uid });
            }
            self.emit(slot, Event::Ended(report(step, started_ms, Outcome::Done)));
        }
    }

    /// A long step gets on.
    pub(crate) fn progress(&self, slot: u16, step: StepId, done: u64, total: u64) {
        let at_ms = self.inner().start_ms;
        self.emit(slot, Event::Started { step, at_ms });
        self.emit(slot, Event::Progress { step, done, total });
    }

    /// It can be told how long the step and those after it will take.
    pub(crate) fn expect(&self, slot: u16, step_ms: u64, then_ms: u64) {
        let estimate = Estimate {
            step_ends_ms: NOW_MS + step_ms,
            then_ms: Some(then_ms),
        };
        self.emit(slot, Event::Expected(estimate));
    }

    pub(crate) fn pass(&self, slot: u16) {
        self.run_steps(slot, journey().len());
        self.emit(
            slot,
            Event::Concluded {
                verdict: Verdict::Pass,
                fault: None,
            },
        );
    }

    /// The unit fails in the step after the first `count`.
    pub(crate) fn fail(&self, slot: u16, count: usize, fault: Fault) {
        self.run_steps(slot, count);
        let step = journey()[count];
        let at_ms = self.inner().start_ms + 700 * count as u64;
        self.emit(slot, Event::Started { step, at_ms });
        let mut failed = report(step, at_ms, Outcome::Failed);
        failed.verification = None;
        failed.code = Some(fault.code.id().to_owned());
        failed.detail = fault.detail.clone();
        self.emit(slot, Event::Ended(failed));
        let verdict = Verdict::from_fault(fault.code);
        self.emit(
            slot,
            Event::Concluded {
                verdict,
                fault: Some(fault),
            },
        );
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    fn wake(&self) {
        let waker = self.inner().waker.clone();
        if let Some(waker) = waker {
            waker();
        }
    }
}

impl Inner {
    fn let_in(&mut self, name: &str) -> Entry {
        let name = OperatorName::new(name).unwrap();
        self.who = name.clone();
        let role = self.role;
        Entry::In(SignedIn { name, role })
    }

    fn refuse(&self) -> Result<Entry, Fault> {
        let fault = Fault::new(self.refusal, "");
        match self.wait_until_ms {
            Some(until_ms) => Ok(Entry::Wait { fault, until_ms }),
            None => Err(fault),
        }
    }
}

fn report(id: StepId, started_ms: u64, outcome: Outcome) -> StepReport {
    let (verification, detail) = match id {
        StepId::Authorize => (Verification::Record, "63 units left"),
        StepId::Identify => (
            Verification::ReadBack,
            "device 0x413, 1024 KiB, one-time memory virgin",
        ),
        StepId::FlashBootloader | StepId::FlashApplication => (
            Verification::ReadBack,
            "sha256 3f786850e387550fdab836ed7e6dc881de23001b",
        ),
        StepId::Issue => (Verification::Signature, "serial 4c1ab2f09e77d013"),
        StepId::Attest => (Verification::Attested, "nonce answered, 14 claims hold"),
        _ => (Verification::ReadBack, ""),
    };
    StepReport {
        id,
        outcome,
        verification: Some(verification),
        detail: detail.to_owned(),
        code: None,
        started_ms,
        duration_ms: 650,
    }
}

impl Backend for Fake {
    fn title(&self) -> Title {
        Title {
            station: StationId::new("station-3").unwrap(),
            site: "Plant 2, line 4".to_owned(),
            training: true,
            cards: self.inner().cards.is_some(),
            idle: IDLE,
        }
    }

    fn preferences(&self) -> Preferences {
        self.inner().likes
    }

    fn keep_preferences(&self, preferences: Preferences) {
        self.inner().likes = preferences;
    }

    fn needs_first_run(&self) -> bool {
        !self.inner().people
    }

    fn found(&self, people: [(String, Zeroizing<String>); 2]) -> Pending<()> {
        let (promise, pending) = Pending::new();
        if people.iter().any(|(_, password)| password.len() < 12) {
            promise.answer(Err(Fault::new(Code::WeakPassword, "")));
        } else {
            self.inner().people = true;
            promise.answer(Ok(()));
        }
        pending
    }

    fn sign_in(&self, name: String, password: Zeroizing<String>) -> Pending<Entry> {
        let mut inner = self.inner();
        let (promise, pending) = Pending::new();
        if inner.hold_sign_in {
            inner.held = Some(promise);
        } else if name == "newton" && *password == TEMPORARY {
            promise.answer(Ok(Entry::Temporary));
        } else if ["mira", "alice", "bob"].contains(&&*name) && *password == PASSWORD {
            promise.answer(Ok(inner.let_in(&name)));
        } else {
            promise.answer(inner.refuse());
        }
        pending
    }

    fn cards(&self) -> Pending<Vec<String>> {
        self.answer(Ok(self.inner().cards.clone().unwrap_or_default()))
    }

    fn sign_in_with_card(
        &self,
        name: String,
        card: String,
        pin: Zeroizing<String>,
    ) -> Pending<Entry> {
        let mut inner = self.inner();
        let own = card == format!("{name}'s card") && *pin == PIN;
        self.answer(match own {
            true => Ok(inner.let_in(&name)),
            false => Err(Fault::new(
                Code::CardRefused,
                "it is not enrolled for this name",
            )),
        })
    }

    fn change_password(
        &self,
        name: String,
        old: Zeroizing<String>,
        new: Zeroizing<String>,
    ) -> Pending<Entry> {
        let mut inner = self.inner();
        self.answer(match (&**old, new.len()) {
            (TEMPORARY, 12..) => Ok(inner.let_in(&name)),
            (TEMPORARY, _) => Err(Fault::new(Code::WeakPassword, "")),
            _ => inner.refuse(),
        })
    }

    fn write_diagnostics(&self) -> Pending<PathBuf> {
        training::diagnostics(self)
    }

    fn sign_out(&self) {
        self.inner().asked.push(Asked::SignOut);
    }

    fn bench(&self) -> Arc<BenchFacts> {
        Arc::new(self.inner().facts.clone())
    }

    fn start(&self, slot: SlotId, scanned: Option<Serial>) -> Result<(), Fault> {
        let mut inner = self.inner();
        if !inner.session {
            return Err(Fault::new(Code::SessionEnded, "idle for 15 minutes"));
        }
        inner.asked.push(Asked::Start(slot, scanned));
        Ok(())
    }

    fn stop(&self, slot: SlotId) {
        self.inner().asked.push(Asked::Stop(slot));
    }

    fn next_board(&self, slot: SlotId) {
        self.inner().asked.push(Asked::NextBoard(slot));
    }

    fn drain(&self) -> Vec<(SlotId, Event)> {
        std::mem::take(&mut self.inner().events)
    }

    fn set_waker(&self, waker: Waker) {
        self.inner().waker = Some(waker);
    }
}
