//! System of record: people, batches, units with their journal, certificates, and the audit log
//! that proves what happened to all of them. On SQLite, which no other crate touches.
//!
//! Everything starts from a [`Store`]. Whatever changes something takes a [`Session`], checks its
//! role, and writes its audit entry in the same transaction as the change.

mod act;
pub mod audit;
mod batch;
mod ceremony;
mod certificate;
mod configuration;
mod export;
pub mod measure;
mod outbox;
mod people;
mod release;
mod release_key;
mod request;
mod store;
mod unit;

pub use batch::{Batch, BatchReport, BatchRequest, BatchState, SerialScheme};
pub use certificate::{Issuance, Revocations, Statuses, TlsIssuance, TlsRecord};
pub use export::{BatchExport, ExportFile, percentile};
pub use outbox::{Departed, DueRecord, Unsettled};
pub use people::{
    NewOperator, Operator, PasswordCost, PersonChange, Session, SessionLimits, SessionRecord,
};
pub use release::{Carrier, Component, NewRelease, Release};
pub use request::{NewRequest, Request, RequestKind};
pub use store::{Store, StoreOptions, restore};
pub use unit::{
    CertificateRecord, Destruction, Document, IntentRecord, Retirement, RunRecord, UnitHistory,
    UnitKey, UnitLedger, UnitSummary, ways,
};
