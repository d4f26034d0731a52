//! What the window works on: the station, the person signed in, and a worker for each busy slot.

mod approvals;
mod audit;
mod authority;
mod people;
mod preferences;
mod records;
mod releases;
mod retiring;
mod sign_in;
mod training;
mod watch;
mod worker;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{BatchId, OperatorName, Serial, SlotId};
use cradle_procedure::plan;
use cradle_procedure::ports::UnitState;
use cradle_procedure::step::{Event, Verdict};
use cradle_records::{BatchState, NewOperator, Session, Store};
use zeroize::Zeroizing;

use crate::diagnostics;
use crate::gui::backend::{
    Backend, BatchFacts, BenchFacts, Entry, Pending, SlotFacts, Speaker, Title, Tone, Unfinished,
    Waker,
};
use crate::gui::preferences::Preferences;
use crate::station::{Provisioning, Station};
use crate::tones;

use worker::Worker;

/// The window's side of the station.
pub struct Desk {
    shared: Arc<Shared>,
    /// Answers what is shown.
    reader: Worker,
    /// Does what takes longer: signs, verifies, writes.
    clerk: Worker,
    /// Asks the token.
    keeper: Worker,
    /// Goes through the audit log.
    searcher: Worker,
    /// Plays tones.
    player: Worker,
}

struct Shared {
    station: Station,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    present: Option<Arc<Present>>,
    /// Slots at work, each with its request to stop.
    busy: HashMap<SlotId, Arc<AtomicBool>>,
    /// What a real bench senses in its slots.
    boards: HashMap<SlotId, watch::Presence>,
    events: Vec<(SlotId, Event)>,
    facts: Arc<BenchFacts>,
    waker: Option<Waker>,
}

/// The person at the desk. The session ends when they are gone from it and the last unit that
/// was begun in it is finished: from the first burn to the lock a unit is always carried through.
struct Present {
    session: Session,
    store: Store,
}

impl Drop for Present {
    fn drop(&mut self) {
        // A session that has ended already is signed out.
        let _ = self.store.sign_out(&self.session);
    }
}

impl Desk {
    /// A desk at that station.
    #[must_use]
    pub fn new(station: Station) -> Self {
        let shared = Shared {
            station,
            state: Mutex::default(),
        };
        shared.refresh();
        let shared = Arc::new(shared);
        // The virtual bench says itself what is in its slots.
        if shared.station.training().is_none() {
            watch::watch(&shared);
        }
        Self {
            shared,
            reader: Worker::start("reader"),
            clerk: Worker::start("clerk"),
            keeper: Worker::start("keeper"),
            searcher: Worker::start("searcher"),
            player: Worker::start("player"),
        }
    }

    /// Has a question answered for the person who is signed in.
    fn ask<T: Send + 'static>(
        &self,
        worker: &Worker,
        question: impl FnOnce(&Shared, &Session) -> Result<T, Fault> + Send + 'static,
    ) -> Pending<T> {
        self.ask_while_wanted(worker, |desk, session, _| question(desk, session))
    }

    /// As [`Desk::ask`], for a question that ends when nobody waits for its answer any more.
    fn ask_while_wanted<T: Send + 'static>(
        &self,
        worker: &Worker,
        question: impl FnOnce(&Shared, &Session, &dyn Fn() -> bool) -> Result<T, Fault> + Send + 'static,
    ) -> Pending<T> {
        let shared = Arc::clone(&self.shared);
        let after = Arc::clone(&self.shared);
        let question = move |wanted: &dyn Fn() -> bool| {
            let present = shared.state().present.clone();
            let present = present.ok_or_else(|| Fault::new(Code::SessionEnded, ""))?;
            question(&shared, &present.session, wanted)
        };
        worker.ask_while_wanted(question, move || after.wake())
    }
}

impl Speaker for Desk {
    fn play(&self, tone: Tone) -> Pending<()> {
        let after = Arc::clone(&self.shared);
        self.player
            .ask(move || tones::play(tone), move || after.wake())
    }
}

impl Backend for Desk {
    fn title(&self) -> Title {
        let config = self.shared.station.config();
        Title {
            station: config.station.clone(),
            site: config.site.clone(),
            training: self.shared.station.training().is_some(),
            cards: config.cards.is_some(),
            idle: Duration::from_millis(config.sessions.limits().idle_ms),
        }
    }

    fn preferences(&self) -> Preferences {
        preferences::read()
    }

    fn keep_preferences(&self, preferences: Preferences) {
        // A few bytes, but on a file system that may be slow.
        let keep = move || preferences::keep(preferences);
        let _ = thread::Builder::new()
            .name("preferences".to_owned())
            .spawn(keep);
    }

    fn needs_first_run(&self) -> bool {
        // A store that cannot say so is found out at the first sign-in.
        self.shared.station.store().is_unfounded().unwrap_or(false)
    }

    fn found(&self, people: [(String, Zeroizing<String>); 2]) -> Pending<()> {
        let shared = Arc::clone(&self.shared);
        let after = Arc::clone(&self.shared);
        let question = move || {
            let names = people.each_ref().map(|(name, _)| OperatorName::new(name));
            let [first, second] = &names;
            let (first, second) = (first.clone()?, second.clone()?);
            let person = |name, at: usize| NewOperator {
                name,
                password: &people[at].1,
            };
            let store = shared.station.store();
            store.found(person(&first, 0), person(&second, 1))
        };
        self.clerk.ask(question, move || after.wake())
    }

    fn sign_in(&self, name: String, password: Zeroizing<String>) -> Pending<Entry> {
        self.admit(move |desk| desk.sign_in(&name, &password))
    }

    fn cards(&self) -> Pending<Vec<String>> {
        let shared = Arc::clone(&self.shared);
        let after = Arc::clone(&self.shared);
        let question = move || shared.cards();
        self.keeper.ask(question, move || after.wake())
    }

    fn sign_in_with_card(
        &self,
        name: String,
        card: String,
        pin: Zeroizing<String>,
    ) -> Pending<Entry> {
        self.admit(move |desk| desk.sign_in_with_card(&name, &card, &pin))
    }

    fn change_password(
        &self,
        name: String,
        old: Zeroizing<String>,
        new: Zeroizing<String>,
    ) -> Pending<Entry> {
        self.admit(move |desk| desk.change_password(&name, &old, &new))
    }

    fn write_diagnostics(&self) -> Pending<PathBuf> {
        self.ask(&self.clerk, |desk, session| {
            let file = desk.export_folder("diagnostics")?.join("diagnostics.json");
            diagnostics::write(&desk.station, session, &file)?;
            Ok(file)
        })
    }

    fn sign_out(&self) {
        let present = self.shared.state().present.take();
        // Not under the lock: it may be the last to hold the session, and sign out.
        drop(present);
    }

    fn bench(&self) -> Arc<BenchFacts> {
        Arc::clone(&self.shared.state().facts)
    }

    fn start(&self, slot: SlotId, scanned: Option<Serial>) -> Result<(), Fault> {
        let order = self.shared.take_slot(slot)?;
        let shared = Arc::clone(&self.shared);
        let work = move || shared.work(slot, &order, scanned.as_ref());
        let spawned = thread::Builder::new()
            .name(format!("slot-{slot}"))
            .spawn(work);
        if let Err(error) = spawned {
            self.shared.state().busy.remove(&slot);
            return Err(Fault::new(Code::Internal, error));
        }
        Ok(())
    }

    fn stop(&self, slot: SlotId) {
        if let Some(stop) = self.shared.state().busy.get(&slot) {
            stop.store(true, Ordering::Relaxed);
        }
    }

    fn next_board(&self, slot: SlotId) {
        let busy = self.shared.state().busy.contains_key(&slot);
        if let (false, Some(training)) = (busy, self.shared.station.training()) {
            // A board that cannot be inserted leaves the slot empty, which the facts then say.
            let _ = training.insert_next(slot);
            self.shared.refresh();
        }
    }

    fn drain(&self) -> Vec<(SlotId, Event)> {
        std::mem::take(&mut self.shared.state().events)
    }

    fn set_waker(&self, waker: Waker) {
        self.shared.state().waker = Some(waker);
    }
}

/// What a slot's worker is given.
struct Order {
    present: Arc<Present>,
    batch: BatchId,
    stop: Arc<AtomicBool>,
}

impl State {
    /// Makes a slot busy that is not; gives what asks its work to stop.
    fn occupy(&mut self, slot: SlotId) -> Result<Arc<AtomicBool>, Fault> {
        if self.busy.contains_key(&slot) {
            let detail = format!("slot {slot} is at work already");
            return Err(Fault::new(Code::Internal, detail));
        }
        let stop = Arc::<AtomicBool>::default();
        self.busy.insert(slot, Arc::clone(&stop));
        Ok(stop)
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        let waker = self.state().waker.clone();
        if let Some(waker) = waker {
            waker();
        }
    }

    /// Makes the slot busy, if it may be.
    fn take_slot(&self, slot: SlotId) -> Result<Order, Fault> {
        if !self.station.slots().any(|known| known.id == slot) {
            return Err(Fault::new(Code::SlotUnknown, slot));
        }
        let mut state = self.state();
        if let Some(obstacle) = &state.facts.obstacle {
            return Err(obstacle.clone());
        }
        let ended = || Fault::new(Code::SessionEnded, "");
        let present = state.present.clone().ok_or_else(ended)?;
        let batch = state.facts.batch.as_ref().map(|batch| batch.id.clone());
        let batch = batch.ok_or_else(|| Fault::new(Code::BatchNotOpen, ""))?;
        let stop = state.occupy(slot)?;
        Ok(Order {
            present,
            batch,
            stop,
        })
    }

    fn work(&self, slot: SlotId, order: &Order, scanned: Option<&Serial>) {
        let what = Provisioning {
            session: &order.present.session,
            batch: &order.batch,
            slot,
            scanned,
        };
        let mut tell = |event| {
            self.state().events.push((slot, event));
            self.wake();
        };
        let cancelled = || order.stop.load(Ordering::Relaxed);
        if let Err(fault) = self.station.provision(&what, &mut tell, &cancelled) {
            tell(Event::Concluded {
                verdict: Verdict::from_fault(fault.code),
                fault: Some(fault),
            });
        }
        self.state().busy.remove(&slot);
        self.refresh();
        self.wake();
    }

    /// Reads again what the window shows around the slots.
    fn refresh(&self) {
        let present = self.state().present.clone();
        let session = present.as_ref().map(|present| &present.session);
        let (batch, obstacle) = match session.map(|session| self.batch(session)) {
            Some(Ok(batch)) => (batch, None),
            Some(Err(fault)) => (None, Some(fault)),
            None => (None, None),
        };
        let unfinished = session
            .zip(batch.as_ref())
            .and_then(|(session, batch)| self.unfinished(session, &batch.id).ok());
        let training = self.station.training();
        let absent = self.absent();
        let slots = self.station.slots().map(|slot| SlotFacts {
            occupied: match training {
                Some(training) => training.board(slot.id).is_some(),
                None => !absent.contains(&slot.id),
            },
            id: slot.id,
            description: slot.description,
        });
        let facts = BenchFacts {
            batch,
            obstacle,
            // The profile was read when the station opened.
            journey: plan::journey(self.station.profile()).unwrap_or_default(),
            slots: slots.collect(),
            unfinished: unfinished.unwrap_or_default(),
        };
        self.state().facts = Arc::new(facts);
    }

    fn batch(&self, session: &Session) -> Result<Option<BatchFacts>, Fault> {
        let batches = self.station.store().batches(session)?;
        let open = batches
            .into_iter()
            .find(|batch| batch.state == BatchState::Open);
        Ok(open.map(|batch| BatchFacts {
            id: batch.id,
            product: batch.product,
            release: batch.release,
            done: batch.used,
            quota: batch.quota,
        }))
    }

    /// Units of the batch that were begun and not finished. While slots are at work the record
    /// cannot tell theirs from those that were left behind, so none is named.
    fn unfinished(&self, session: &Session, batch: &BatchId) -> Result<Vec<Unfinished>, Fault> {
        if !self.state().busy.is_empty() {
            return Ok(Vec::new());
        }
        let store = self.station.store();
        if store.batch(session, batch)?.in_progress == 0 {
            return Ok(Vec::new());
        }
        let units = store.units(session, batch)?.into_iter();
        let begun = units.filter(|unit| unit.state == UnitState::InProgress);
        let unfinished = begun.map(|unit| Unfinished {
            serial: unit.serial,
            slot: unit.slot,
        });
        Ok(unfinished.collect())
    }
}
