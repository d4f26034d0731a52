//! What a decommissioning needs of the record, and what the record tells of the unit until then.

use crate::fault::Fault;
use crate::ids::{OperatorName, RegistryName, Serial, Sha256};
use crate::ports::{StepLog, UnitRecord};
use crate::step::{Outcome, StepId, StepReport};

/// What was done about a unit's decommissioning before, and who had it, as it is on record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Earlier {
    /// Every time it changed hands, in order.
    pub custody: Vec<HandOver>,
    /// Attempts since it was last provisioned, in order.
    pub attempts: Vec<Attempt>,
    /// Registries that were told to forget it, or are still to be.
    pub dues: Vec<Due>,
}

/// One time that a unit changed hands. Both people were signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    /// When, in milliseconds since 1970-01-01 UTC.
    pub at_ms: u64,
    /// Who gave it.
    pub giver: OperatorName,
    /// The giver's session.
    pub giver_session: u64,
    /// Who has it since.
    pub receiver: OperatorName,
    /// The receiver's session.
    pub receiver_session: u64,
    /// Where.
    pub place: String,
    /// Seal number, condition, or anything else; may be empty.
    pub note: String,
}

/// One attempt at a decommissioning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attempt {
    /// What was about to be done, in order.
    pub intents: Vec<StepId>,
    /// What became of it, in order.
    pub outcomes: Vec<StepReport>,
}

impl Earlier {
    /// The last outcome of a step that was tried.
    #[must_use]
    pub fn last(&self, step: StepId) -> Option<&StepReport> {
        let outcomes = self.attempts.iter().flat_map(|attempt| &attempt.outcomes);
        outcomes.rev().find(|report| report.id == step)
    }

    /// Any outcome of a step that was done; for what nothing can undo.
    #[must_use]
    pub fn done(&self, step: StepId) -> Option<&StepReport> {
        let mut outcomes = self.attempts.iter().flat_map(|attempt| &attempt.outcomes);
        outcomes.find(|report| report.id == step && report.outcome == Outcome::Done)
    }

    /// Whether a step was begun, whatever became of it.
    #[must_use]
    pub fn was_begun(&self, step: StepId) -> bool {
        let mut attempts = self.attempts.iter();
        attempts.any(|attempt| attempt.intents.contains(&step))
    }

    /// What became of a step in each attempt that began it; `None` where nobody knows, because the
    /// attempt broke off.
    pub fn tries(&self, step: StepId) -> impl Iterator<Item = Option<&StepReport>> {
        let begun = self.attempts.iter();
        let begun = begun.filter(move |attempt| attempt.intents.contains(&step));
        begun.map(move |attempt| attempt.outcomes.iter().find(|report| report.id == step))
    }
}

/// A registry that has to forget a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Which.
    pub registry: RegistryName,
    /// Names the decommissioning, the same at every try.
    pub key: String,
    /// What it answered when it confirmed.
    pub confirmed: Option<String>,
}

/// A document as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedDocument {
    /// Digest that was signed.
    pub sha256: Sha256,
    /// The file, with its signature.
    pub json: Vec<u8>,
}

/// The system of record for a decommissioning. Implemented in `records`.
pub trait RetirementLedger: StepLog {
    /// The unit's record.
    ///
    /// # Errors
    /// `STO-05`.
    fn unit(&mut self, serial: &Serial) -> Result<UnitRecord, Fault>;

    /// What was done before.
    ///
    /// # Errors
    /// `STO-02`.
    fn earlier(&mut self, serial: &Serial) -> Result<Earlier, Fault>;

    /// Says that a registry has to forget the unit, before it is told. Asked again, the same.
    ///
    /// # Errors
    /// `STO-02`: then it must not be told.
    fn owe(&mut self, serial: &Serial, registry: &RegistryName) -> Result<Due, Fault>;

    /// Says what a registry answered.
    ///
    /// # Errors
    /// `STO-02`.
    fn answered(
        &mut self,
        serial: &Serial,
        registry: &RegistryName,
        answer: &Result<String, Fault>,
    ) -> Result<(), Fault>;

    /// Records that a decommissioning ended, with its document; the unit becomes
    /// [`Decommissioned`](crate::ports::UnitState::Decommissioned) only if it is `complete`.
    ///
    /// # Errors
    /// `STO-02`, `STO-06`.
    fn retire(
        &mut self,
        serial: &Serial,
        document: &SealedDocument,
        complete: bool,
    ) -> Result<(), Fault>;

    /// Records that an attempt changed nothing: the last document stands.
    ///
    /// # Errors
    /// `STO-02`.
    fn pause(&mut self, serial: &Serial) -> Result<(), Fault>;
}
