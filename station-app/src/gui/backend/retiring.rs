//! What the window asks to have units taken out of service.

use std::path::PathBuf;
use std::sync::mpsc::Receiver;

use cradle_procedure::ids::{OperatorName, Serial, SlotId};
use cradle_procedure::step::Event;
use cradle_wipe::{DestinationKind, Document, Reason};
use zeroize::Zeroizing;

use super::Pending;
use crate::document_image::PageImage;

/// Taking units out of service.
pub trait Retiring {
    /// Wipes the unit in the slot, revokes its certificate and writes its document. What is
    /// refused before anything was touched is the answer's fault, `AUT-…` if it is about the
    /// second person, whose password this is; everything later is in the document.
    fn decommission(&self, order: RetirementOrder, password: Zeroizing<String>) -> RetirementRun;

    /// Units whose document is not complete, by serial number.
    fn waiting_units(&self) -> Pending<Vec<Serial>>;

    /// Goes on with all of them, without a board: a registry may answer by now, the CRL may be out.
    fn settle_units(&self) -> Pending<Vec<SettledUnit>>;

    /// Writes down that a unit was destroyed, which the witness saw, whose password this is.
    fn destroy(&self, order: DestructionOrder, password: Zeroizing<String>) -> Pending<Serial>;

    /// The pages of a document as they are printed. `CFG-02` if it cannot be read.
    fn document_pages(&self, document: PathBuf) -> Pending<Vec<PageImage>>;

    /// Shows a document in the system's own viewer, from which it can be printed or saved.
    /// `CFG-02` if there is none.
    fn open_document(&self, document: PathBuf) -> Pending<()>;

    /// Prints a document on the system's own printer. `CFG-02` if there is none.
    fn print_document(&self, document: PathBuf) -> Pending<()>;

    /// Writes a copy of a document; gives where it is. `CFG-02` if it cannot be written, or if
    /// something is there already.
    fn copy_document(&self, document: PathBuf, to: PathBuf) -> Pending<PathBuf>;
}

/// What is to be done to which unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetirementOrder {
    /// The unit, as on its label.
    pub serial: Serial,
    /// Where it is; `None` if nobody has the board.
    pub slot: Option<SlotId>,
    /// On which grounds the verifier stands for it, if it cannot prove who it is.
    pub grounds: Option<String>,
    /// Why.
    pub reason: Reason,
    /// Who checks the result and answers for it: a second person.
    pub verifier: OperatorName,
    /// Where it was in use.
    pub source: String,
    /// Where it goes.
    pub destination: DestinationKind,
}

/// A decommissioning under way.
#[derive(Debug)]
pub struct RetirementRun {
    /// What happens, as it happens.
    pub events: Receiver<Event>,
    /// What came of it.
    pub answer: Pending<Retired>,
}

/// What came of a decommissioning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retired {
    /// The certificate of sanitization.
    pub document: Document,
    /// Whether everything is proven, signed and on record.
    pub complete: bool,
    /// The document as PDF.
    pub pdf: PathBuf,
}

/// What became of a unit that waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledUnit {
    /// Which.
    pub serial: Serial,
    /// What is still missing; empty if nothing is.
    pub missing: Vec<String>,
}

/// A unit that was destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestructionOrder {
    /// Which.
    pub serial: Serial,
    /// Why, and by which means.
    pub reason: String,
    /// Photograph or protocol: its digest goes on record.
    pub evidence: Option<PathBuf>,
    /// Who saw it.
    pub witness: OperatorName,
}
