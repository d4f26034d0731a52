//! What the window asks of the records: units, batches, the audit log.

use std::path::PathBuf;

use cradle_procedure::ids::{BatchId, ReleaseId, Serial};
use cradle_records::audit::{AuditExport, AuditPage, AuditReport, Checkpoint};
use cradle_records::{Batch, BatchReport, UnitHistory, UnitSummary};

use super::Pending;

/// Reading and exporting the audit log. Refused with `AUT-…` to who may not.
pub trait AuditLog {
    /// Entries that contain the text, newest first, from the one at `offset`, at most `limit`.
    fn audit_page(&self, offset: u64, limit: u64, filter: &str) -> Pending<AuditPage>;

    /// Checks every entry and row. `STO-04` names the first that is wrong.
    fn verify_audit(&self) -> Pending<AuditReport>;

    /// Signed checkpoints, oldest first.
    fn checkpoints(&self) -> Pending<Vec<Checkpoint>>;

    /// Signs a checkpoint over the log as it is now.
    fn sign_checkpoint(&self) -> Pending<Checkpoint>;

    /// Writes the log, a checkpoint and the public key to a new folder beside the documents.
    fn export_audit(&self) -> Pending<AuditExport>;
}

/// Units on record.
pub trait Units {
    /// Everything about one unit. `STO-05` if there is none.
    fn unit(&self, serial: Serial) -> Pending<UnitHistory>;

    /// Writes what is on record about the unit, and its certificates, to a new folder beside the
    /// documents.
    fn export_unit(&self, serial: Serial) -> Pending<PathBuf>;
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
