//! The audit log: what is written, how it is proven, and how anyone checks it without us.
//!
//! The format is written down in `docs/audit-format.md`. Entries are the leaves of an RFC 6962
//! Merkle tree; its root is signed in C2SP checkpoints.

pub mod canonical;
mod checkpoint;
mod database;
mod export;
pub(crate) mod log;
pub mod merkle;
pub mod note;
mod page;
pub mod proof;
mod search;
mod told;
mod verify;
mod witness;

pub use checkpoint::Checkpoint;
pub use export::AuditExport;
pub use page::{AuditLine, AuditPage};
pub use search::{AuditFound, AuditRow, AuditSearch};
pub use verify::{AuditReport, verify_export, verify_export_since};
pub use witness::split_witness;
