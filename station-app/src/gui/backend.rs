//! What the window needs of the station, and nothing more.

mod approvals;
mod authority;
mod pending;
mod people;
mod records;
mod releases;
mod retiring;
mod speaker;
mod training;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{BatchId, OperatorName, ReleaseId, Serial, SlotId, StationId};
use cradle_procedure::role::Role;
use cradle_procedure::step::{Event, StepId};
use zeroize::Zeroizing;

use super::preferences::Preferences;
pub use approvals::Approvals;
pub use authority::{AuthorityState, CertificateAuthority, RevocationOrder};
pub use pending::{Pending, Promise};
pub use people::{People, PersonChanged, PersonOrder};
pub use records::{
    AuditLog, BatchList, BatchPage, BatchStep, BatchTerms, Batches, SearchRun, Units, VerifyRun,
};
pub use releases::{ReleaseChecked, ReleaseFacts, ReleaseList, Releases};
pub use retiring::{
    DestructionOrder, Retired, RetirementOrder, RetirementRun, Retiring, SettledUnit,
};
pub use speaker::{Speaker, Tone};
pub use training::{
    BoardChoice, Mishap, TrainingBench, TrainingBoard, TrainingChip, TrainingOrder,
};

/// The station behind the window. Every method returns at once: devices, token, database and
/// password hashing live on threads of the implementor's own.
pub trait Backend:
    Approvals
    + AuditLog
    + Batches
    + CertificateAuthority
    + People
    + Releases
    + Retiring
    + Speaker
    + TrainingBench
    + Units
    + Send
    + Sync
{
    /// What the window is called.
    fn title(&self) -> Title;

    /// What the person in front of the window likes about it.
    fn preferences(&self) -> Preferences;

    /// Keeps that for the next start. A place that cannot be written loses it then.
    fn keep_preferences(&self, preferences: Preferences);

    /// Whether nobody is registered yet, so that nobody can sign in. Asked when the sign-in
    /// screen comes up, not on every frame.
    fn needs_first_run(&self) -> bool;

    /// Registers the first two people of the station, both security admins, on a worker. Refused
    /// with `AUT-03` if there are people already, with `AUT-05` for a weak password.
    fn found(&self, people: [(String, Zeroizing<String>); 2]) -> Pending<()>;

    /// Checks name and password on a worker. Sign-in, lock-out and audit entry are its business.
    fn sign_in(&self, name: String, password: Zeroizing<String>) -> Pending<Entry>;

    /// Labels of the cards that are in readers now.
    fn cards(&self) -> Pending<Vec<String>>;

    /// Signs in with the card of that label, whose PIN this is.
    fn sign_in_with_card(
        &self,
        name: String,
        card: String,
        pin: Zeroizing<String>,
    ) -> Pending<Entry>;

    /// Takes a new password in place of the present one, temporary or not, and signs in with it.
    fn change_password(
        &self,
        name: String,
        old: Zeroizing<String>,
        new: Zeroizing<String>,
    ) -> Pending<Entry>;

    /// Writes what helps to find out what is wrong with the station, and no secret, to a new
    /// file beside the documents.
    fn write_diagnostics(&self) -> Pending<PathBuf>;

    /// Ends the session of the person who is signed in.
    fn sign_out(&self);

    /// What there is to work on now. Called on every frame: answer from memory.
    fn bench(&self) -> Arc<BenchFacts>;

    /// Asks for the unit in the slot to be provisioned, under the scanned serial number or, when
    /// there is none, the next of the batch. What becomes of it arrives as events.
    ///
    /// # Errors
    /// What can be said at once: `DEV-17` no such slot, `RUN-02` the slot is at work already,
    /// `AUT-06` the session has ended (the window then asks to sign in again).
    fn start(&self, slot: SlotId, scanned: Option<Serial>) -> Result<(), Fault>;

    /// Asks the slot to stop at its next safe point. It ends with `RUN-01`.
    fn stop(&self, slot: SlotId);

    /// The operator says that another board is in the slot now. The virtual bench puts a new one
    /// in; a real bench that cannot see its boards takes note.
    fn next_board(&self, slot: SlotId);

    /// Events since the last call, in order.
    fn drain(&self) -> Vec<(SlotId, Event)>;

    /// What to call, from any thread, when [`Backend::drain`] or [`Backend::bench`] has news or a
    /// [`Pending`] is answered. An idle window is not painted, so without this it sleeps.
    fn set_waker(&self, waker: Waker);
}

/// Wakes the window.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// What the window is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    /// This station.
    pub station: StationId,
    /// Where it stands, such as `Plant 2, line 4`. May be empty.
    pub site: String,
    /// Whether the bench is virtual: the window then says TRAINING.
    pub training: bool,
    /// Whether people can sign in with cards.
    pub cards: bool,
    /// After so long without a hand on keyboard or pointer the window asks to sign in again.
    /// Units that are being worked on go on.
    pub idle: Duration,
}

/// What came of an attempt to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// The person is in.
    In(SignedIn),
    /// It was refused, and after so many failures the name has to wait until then, in
    /// milliseconds since 1970-01-01 UTC.
    Wait {
        /// Why it was refused.
        fault: Fault,
        /// Until when.
        until_ms: u64,
    },
    /// The password is right, but one that an admin gave: it opens only the change to one's own.
    Temporary,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The person.
    pub name: OperatorName,
    /// What the person may do.
    pub role: Role,
}

/// What there is to work on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BenchFacts {
    /// The batch at work; `None` if none is open.
    pub batch: Option<BatchFacts>,
    /// Why no unit can be started now: batch paused, quota used up, token missing.
    pub obstacle: Option<Fault>,
    /// The steps that a unit goes through, each once.
    pub journey: Vec<StepId>,
    /// The slots, in order. At most 32.
    pub slots: Vec<SlotFacts>,
    /// Units of the batch that were begun and not finished, and that no slot is at work on: the
    /// station lost its power, or somebody stopped it.
    pub unfinished: Vec<Unfinished>,
}

/// A unit that was begun and not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// Which.
    pub serial: Serial,
    /// Where it was worked on last.
    pub slot: Option<SlotId>,
}

/// The batch at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchFacts {
    /// Its name.
    pub id: BatchId,
    /// What is made.
    pub product: String,
    /// With which release.
    pub release: ReleaseId,
    /// Units issued.
    pub done: u32,
    /// Units allowed.
    pub quota: u32,
}

/// One slot of the bench.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotFacts {
    /// Which.
    pub id: SlotId,
    /// What is wired to it, such as the probe's name.
    pub description: String,
    /// `false` when the bench knows that no board is in it; `true` when one is or the bench
    /// cannot know.
    pub occupied: bool,
}
