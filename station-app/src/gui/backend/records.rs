//! What the window asks of the records: units, batches, the audit log.

use std::path::PathBuf;
use std::sync::mpsc::Receiver;

use cradle_procedure::attestation::Finding;
use cradle_procedure::ids::{BatchId, ReleaseId, Serial, SlotId};
use cradle_records::audit::{
    AuditExport, AuditFound, AuditReport, AuditRow, AuditSearch, Checkpoint,
};
use cradle_records::{Batch, BatchReport, UnitHistory, UnitSummary};

use super::Pending;
use crate::two_people::{Second, Settled};

/// Reading and exporting the audit log. Refused with `AUT-…` to who may not.
pub trait AuditLog {
    /// Entries in the log.
    fn audit_size(&self) -> Pending<u64>;

    /// What lies where these entries belong, in this order.
    fn audit_rows(&self, entries: Vec<u64>) -> Pending<Vec<AuditRow>>;

    /// Looks through the log, newest entry first. One search at a time: the next one begins when
    /// the run of the one before was dropped.
    fn search_audit(&self, search: AuditSearch) -> SearchRun;

    /// Checks every entry and row. `STO-04` names those that are wrong.
    fn verify_audit(&self) -> VerifyRun;

    /// Signed checkpoints, oldest first.
    fn checkpoints(&self) -> Pending<Vec<Checkpoint>>;

    /// Signs a checkpoint over the log as it is now.
    fn sign_checkpoint(&self) -> Pending<Checkpoint>;

    /// Writes the log, a checkpoint and the public key to a new folder beside the documents.
    fn export_audit(&self) -> Pending<AuditExport>;
}

/// A search under way. Who drops it gives it up.
#[derive(Debug)]
pub struct SearchRun {
    /// What was found, part by part.
    pub found: Receiver<AuditFound>,
    /// That the log was gone through.
    pub answer: Pending<()>,
}

/// A verification under way. Who drops it gives it up.
#[derive(Debug)]
pub struct VerifyRun {
    /// Entries that were checked, of how many.
    pub progress: Receiver<(u64, u64)>,
    /// The verdict.
    pub answer: Pending<AuditReport>,
}

/// Units on record.
pub trait Units {
    /// Everything about one unit. `STO-05` if there is none.
    fn unit(&self, serial: Serial) -> Pending<UnitHistory>;

    /// Writes what is on record about the unit, and its certificates, to a new folder beside the
    /// documents.
    fn export_unit(&self, serial: Serial) -> Pending<PathBuf>;

    /// Holds the unit in the slot against its record; gives everything that was compared.
    fn inspect_unit(&self, serial: Serial, slot: SlotId) -> Pending<Vec<Finding>>;
}

/// Batches on record.
pub trait Batches {
    /// All of them, newest first, and the release that a new one would be for.
    fn batches(&self) -> Pending<BatchList>;

    /// What became of one.
    fn batch(&self, id: BatchId) -> Pending<BatchPage>;

    /// Asks for a batch of the station's release.
    fn request_batch(&self, terms: BatchTerms) -> Pending<Batch>;

    /// Takes a batch a step on, under the name of the person who is signed in.
    fn move_batch(&self, id: BatchId, step: BatchStep) -> Pending<Batch>;

    /// Asks for a larger quota; done at once if the second person is here.
    fn raise_quota(
        &self,
        id: BatchId,
        quota: u32,
        second: Option<Second>,
    ) -> Pending<Settled<Batch>>;

    /// Writes report (PDF), data (JSON, with a signature) and units (CSV) to a new folder beside
    /// the documents; gives the report.
    fn export_batch(&self, id: BatchId) -> Pending<PathBuf>;
}

/// All batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchList {
    /// Newest first.
    pub batches: Vec<Batch>,
    /// Release that a new batch is for.
    pub release: ReleaseId,
}

/// One batch, its report and its units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchPage {
    /// Terms, counts and failures.
    pub report: BatchReport,
    /// By serial number.
    pub units: Vec<UnitSummary>,
}

/// What is asked for with a new batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchTerms {
    /// Its name.
    pub id: BatchId,
    /// Units allowed.
    pub quota: u32,
    /// What serial numbers begin with.
    pub prefix: String,
    /// First serial number.
    pub first: u64,
    /// Days it stays valid.
    pub days: u32,
}

/// A step in the life of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchStep {
    /// A security admin puts their name to it.
    Approve,
    /// Units may be made.
    Open,
    /// No more for now.
    Pause,
    /// Go on.
    Resume,
    /// For good.
    Close,
}
