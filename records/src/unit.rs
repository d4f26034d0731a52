//! Units: bound to a chip, worked on, concluded, and one day retired. Every step leaves an intent
//! before and an outcome after.

mod admission;
mod at_work;
mod history;
mod journal;
mod ledger;
mod retirement;
mod row;
mod set_aside;
mod summary;

pub(crate) use at_work::AtWork;
pub use history::{CertificateRecord, Document, IntentRecord, RunRecord, UnitHistory};
pub use ledger::UnitLedger;
pub use retirement::Retirement;
pub(crate) use row::UnitRow;
pub use summary::UnitSummary;
