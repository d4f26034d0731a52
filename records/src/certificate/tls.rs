//! TLS certificates of stations and servers.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::pki::certificate_validity;
use cradle_procedure::ports::{IssuedCertificate, RevocationReason};
use cradle_procedure::role::Permission;
use cradle_procedure::tls::{HostName, TlsLedger, TlsPurpose, TlsSubject};
use rusqlite::{OptionalExtension as _, Row, Transaction};
use serde_json::json;

use crate::act::{Act, Attempt};
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::{column, column_or_null, sql_fault};

/// The system of record as the CA sees it when it issues TLS certificates.
#[derive(Debug, Clone)]
pub struct TlsIssuance {
    store: Store,
    session: Session,
}

/// A TLS certificate on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsRecord {
    /// Certificate serial number, hexadecimal.
    pub serial_number: String,
    /// Its host names, with spaces between.
    pub names: String,
    /// What it is for.
    pub purpose: TlsPurpose,
    /// When it was issued, in milliseconds since 1970-01-01 UTC.
    pub issued_ms: u64,
    /// When it ends, in milliseconds since 1970-01-01 UTC.
    pub ends_ms: u64,
    /// When it was revoked, if it was, in milliseconds since 1970-01-01 UTC.
    pub revoked_ms: Option<u64>,
    /// Why, if it was.
    pub reason: Option<RevocationReason>,
}

impl Store {
    /// The ledger for issuing TLS certificates in a session.
    #[must_use]
    pub fn tls_issuance(&self, session: &Session) -> TlsIssuance {
        TlsIssuance {
            store: self.clone(),
            session: session.clone(),
        }
    }

    /// All TLS certificates, those that end last first.
    ///
    /// # Errors
    /// `AUT-03`, `AUT-06`, `STO-02`.
    pub fn tls_certificates(&self, session: &Session) -> Result<Vec<TlsRecord>, Fault> {
        let needs = [Permission::ManageAuthority, Permission::ReadRecords];
        self.look(session, &needs, |tx| {
            tx.prepare_cached("SELECT * FROM tls_certificates ORDER BY ends_ms DESC, rowid")
                .and_then(|mut query| query.query_map([], read)?.collect())
                .map_err(sql_fault)
        })
    }
}

impl TlsLedger for TlsIssuance {
    fn issue_tls(
        &mut self,
        subject: &TlsSubject,
        sign: &mut dyn FnMut() -> Result<IssuedCertificate, Fault>,
    ) -> Result<IssuedCertificate, Fault> {
        let name = subject.common_name();
        self.store.act_here(&self.session, &attempt(&name), |act| {
            refuse_key_of_a_device(act.tx, subject)?;
            let issued = sign()?;
            store(act, subject, &issued)?;
            Ok(issued)
        })
    }

    fn refused_tls(&mut self, name: &str, why: &Fault) -> Result<(), Fault> {
        self.store.note_refusal(&self.session, &attempt(name), why)
    }
}

fn attempt(name: &str) -> Attempt<'_> {
    Attempt {
        what: "issue-tls-certificate",
        subject: name,
        needs: &[Permission::ManageAuthority],
    }
}

/// A device's key speaks for the device alone. A host may keep its key when it renews.
fn refuse_key_of_a_device(tx: &Transaction<'_>, subject: &TlsSubject) -> Result<(), Fault> {
    let owner: Option<String> = tx
        .prepare_cached("SELECT unit FROM certificates WHERE public_key = ?1")
        .and_then(|mut query| {
            query
                .query_row([subject.key().to_sec1()], |row| row.get(0))
                .optional()
        })
        .map_err(sql_fault)?;
    match owner {
        None => Ok(()),
        Some(unit) => Err(Fault::new(
            Code::KeyReused,
            format!("it is the key of {unit}"),
        )),
    }
}

/// Whether that key (SEC 1 point) is a host's.
pub(super) fn is_key_of_a_host(tx: &Transaction<'_>, point: &[u8]) -> Result<bool, Fault> {
    tx.prepare_cached("SELECT EXISTS (SELECT 1 FROM tls_certificates WHERE public_key = ?1)")
        .and_then(|mut query| query.query_row([point], |row| row.get(0)))
        .map_err(sql_fault)
}

fn store(act: &Act<'_>, subject: &TlsSubject, issued: &IssuedCertificate) -> Result<(), Fault> {
    let (_, ends) = certificate_validity(&issued.der)?;
    let names: Vec<String> = subject.names().iter().map(HostName::to_string).collect();
    let names = names.join(" ");
    let ends_ms = ends.saturating_mul(1000);
    act.tx
        .prepare_cached(
            "INSERT INTO tls_certificates (serial_number, name, names, purpose, public_key, der,
                                           issued_ms, ends_ms, session)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )
        .and_then(|mut insert| {
            insert.execute((
                &issued.serial_number,
                subject.common_name(),
                &names,
                subject.purpose().text(),
                subject.key().to_sec1(),
                &issued.der,
                act.now_ms,
                ends_ms,
                act.session.id(),
            ))
        })
        .map_err(sql_fault)?;
    let facts = json!({
        "certificate": issued.serial_number,
        "ends_ms": ends_ms,
        "names": names,
        "purpose": subject.purpose().text(),
    });
    act.audit("tls-certificate.issued", &subject.common_name(), facts)
}

fn read(row: &Row<'_>) -> rusqlite::Result<TlsRecord> {
    Ok(TlsRecord {
        serial_number: row.get("serial_number")?,
        names: row.get("names")?,
        purpose: column(row, "purpose")?,
        issued_ms: row.get("issued_ms")?,
        ends_ms: row.get("ends_ms")?,
        revoked_ms: row.get("revoked_ms")?,
        reason: column_or_null(row, "reason")?,
    })
}
