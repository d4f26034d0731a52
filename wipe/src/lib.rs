//! Sanitization: methods, verification and the certificate of sanitization (NIST SP 800-88).
//!
//! [`decommission`] takes one unit out of service and says what became of each part;
//! [`Document`] is what it leaves behind, [`verify`] checks one offline, and [`pdf::render`]
//! makes it readable.

mod assemble;
mod batch;
mod contents;
mod crl;
mod deregistration;
mod document;
mod flash;
mod identity;
mod journey;
mod keys;
mod limits;
mod methods;
mod order;
pub mod pdf;
mod proofs;
pub mod registry;
mod renewal;
mod revocation;
mod run;
mod signed;
mod time;

pub use batch::{BatchCertificate, BatchDocument, BatchLine, SignedBatch, verify_batch};
pub use contents::{
    Contents, Custody, Holder, Part, PartOutcome, RegistryConfirmation, Remains, Replaced,
    RevocationEvidence, Statement, Unit,
};
pub use document::{Document, Missing, Status};
pub use journey::{Retirement, World, decommission};
pub use methods::{Method, STANDARD};
pub use order::{
    Backup, Classification, Destination, DestinationKind, Media, Order, Person, Reason, Target,
    Tool, Waiver,
};
pub use registry::{Departure, Registries, Registry, Standing};
pub use renewal::LastDocument;
pub use signed::{SignedDocument, verify};
