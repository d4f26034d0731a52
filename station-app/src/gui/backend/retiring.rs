//! What the window asks to have a unit taken out of service.

use std::path::PathBuf;
use std::sync::mpsc::Receiver;

use cradle_procedure::ids::{OperatorName, Serial, SlotId};
use cradle_procedure::step::Event;
use cradle_wipe::{DestinationKind, Document, Reason};
use zeroize::Zeroizing;

use super::Pending;

/// Taking units out of service.
pub trait Retiring {
    /// Wipes the unit in the slot, revokes its certificate and writes its document. What is
    /// refused before anything was touched is the answer's fault, `AUT-…` if it is about the
    /// second person, whose password this is; everything later is in the document.
    fn decommission(&self, order: RetirementOrder, password: Zeroizing<String>) -> RetirementRun;

    /// Shows a document in the system's own viewer, from which it can be printed or saved.
    /// `CFG-02` if there is none.
    fn open_document(&self, document: PathBuf) -> Pending<()>;
}

/// What is to be done to which unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetirementOrder {
    /// The unit, as on its label.
    pub serial: Serial,
    /// Where it is.
    pub slot: SlotId,
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
