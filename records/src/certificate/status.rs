//! What became of one certificate, looked up by its serial number.

use cradle_procedure::fault::Fault;
use cradle_procedure::ports::{CertificateStatus, StatusLedger};
use cradle_procedure::role::Permission;
use rusqlite::{OptionalExtension as _, Row, Transaction};

use super::revocation;
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::sql_fault;

/// The system of record as an OCSP responder sees it. Every answer is the record's own of that
/// moment, whichever process revoked; nothing is kept.
#[derive(Debug, Clone)]
pub struct Statuses {
    store: Store,
    session: Session,
}

impl Store {
    /// The ledger for telling what became of certificates, in a session.
    #[must_use]
    pub fn statuses(&self, session: &Session) -> Statuses {
        Statuses {
            store: self.clone(),
            session: session.clone(),
        }
    }
}

impl StatusLedger for Statuses {
    fn status(&self, serial_number: &str) -> Result<CertificateStatus, Fault> {
        let needs = &[Permission::ManageAuthority];
        self.store
            .look(&self.session, needs, |tx| status(tx, serial_number))
    }
}

fn status(tx: &Transaction<'_>, serial_number: &str) -> Result<CertificateStatus, Fault> {
    tx.prepare_cached(
        "SELECT serial_number, revoked_ms, reason FROM certificates WHERE serial_number = ?1
         UNION ALL
         SELECT serial_number, revoked_ms, reason FROM tls_certificates WHERE serial_number = ?1",
    )
    .and_then(|mut query| query.query_row([serial_number], read).optional())
    .map_err(sql_fault)
    .map(|found| found.unwrap_or(CertificateStatus::Unknown))
}

fn read(row: &Row<'_>) -> rusqlite::Result<CertificateStatus> {
    let revoked: Option<u64> = row.get("revoked_ms")?;
    Ok(match revoked {
        None => CertificateStatus::Good,
        Some(_) => CertificateStatus::Revoked(revocation::read(row)?),
    })
}
