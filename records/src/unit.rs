//! Units: bound to a chip, worked on, concluded, and one day retired. Every step leaves an intent
//! before and an outcome after.

pub(crate) mod admission;
mod at_work;
pub(crate) mod custody;
mod history;
mod inspected;
pub(crate) mod journal;
mod ledger;
pub(crate) mod life;
mod out_of_line;
mod pace;
mod retirement;
mod row;
mod summary;

pub(crate) use at_work::AtWork;
pub use history::{CertificateRecord, Document, IntentRecord, RunRecord, UnitHistory, UnitKey};
pub(crate) use history::{read_step, record};
pub(crate) use journal::cut;
pub use ledger::UnitLedger;
pub(crate) use ledger::conclude;
pub use life::ways;
pub use out_of_line::Destruction;
pub use retirement::Retirement;
pub(crate) use row::UnitRow;
pub use summary::UnitSummary;
pub(crate) use summary::of_batch;
