//! Everything that is on record about one unit.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{OperatorName, ReleaseId, Serial, Sha256, SlotId, StationId, Uid};
use cradle_procedure::ports::{HandOver, RevocationReason, UnitRecord};
use cradle_procedure::step::{StepId, StepReport, Verdict};
use rusqlite::{Row, Transaction};

use super::custody;
use super::row::UnitRow;
use crate::batch;
use crate::certificate;
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::{column, column_or_null, hexadecimal, sql_fault};

/// Everything that is on record about one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitHistory {
    /// What it is.
    pub unit: UnitRecord,
    /// Release of its batch.
    pub release: ReleaseId,
    /// When serial and chip were bound, in milliseconds since 1970-01-01 UTC.
    pub bound_ms: u64,
    /// Every attempt at either journey, in order.
    pub runs: Vec<RunRecord>,
    /// Every certificate, in order.
    pub certificates: Vec<CertificateRecord>,
    /// Every certificate of sanitization, in order.
    pub documents: Vec<Document>,
    /// Every time it changed hands, in order.
    pub custody: Vec<HandOver>,
}

/// What a unit is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitKey {
    /// Its serial number.
    Serial(Serial),
    /// Its chip.
    Uid(Uid),
    /// The serial number, hexadecimal, of a certificate it has or had.
    Certificate(String),
}

/// One attempt at a journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// Number, unique in the database.
    pub id: u64,
    /// `provision` or `decommission`.
    pub journey: String,
    /// Fixture position.
    pub slot: Option<SlotId>,
    /// Session.
    pub session: u64,
    /// Who.
    pub operator: OperatorName,
    /// Where.
    pub station: StationId,
    /// Begin, in milliseconds since 1970-01-01 UTC.
    pub started_ms: u64,
    /// End; `None` while it is under way, or if the station died and nobody came back to it.
    pub ended_ms: Option<u64>,
    /// How it ended; `None` if it was interrupted.
    pub verdict: Option<Verdict>,
    /// Stable code of what went wrong.
    pub code: Option<String>,
    /// What exactly.
    pub detail: Option<String>,
    /// What was about to be done, in order.
    pub intents: Vec<IntentRecord>,
    /// What became of it, in order.
    pub steps: Vec<StepReport>,
}

/// What was about to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentRecord {
    /// Which step.
    pub step: StepId,
    /// What exactly.
    pub detail: String,
    /// Milliseconds since 1970-01-01 UTC.
    pub at_ms: u64,
}

/// A certificate and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRecord {
    /// Serial number, hexadecimal.
    pub serial_number: String,
    /// DER.
    pub der: Vec<u8>,
    /// Milliseconds since 1970-01-01 UTC.
    pub issued_ms: u64,
    /// When and why it was revoked.
    pub revoked: Option<(u64, RevocationReason)>,
}

/// A certificate of sanitization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Digest of the signed document.
    pub sha256: Sha256,
    /// Whether it says that everything was done.
    pub complete: bool,
    /// Milliseconds since 1970-01-01 UTC.
    pub at_ms: u64,
}

impl Store {
    /// Everything about one unit.
    ///
    /// # Errors
    /// `STO-05`, `AUT-06`.
    pub fn unit(&self, session: &Session, serial: &Serial) -> Result<UnitHistory, Fault> {
        self.look(session, &[], |tx| history(tx, &UnitRow::known(tx, serial)?))
    }

    /// Everything about the unit that is known by this.
    ///
    /// # Errors
    /// `STO-05`, `AUT-06`.
    pub fn find_unit(&self, session: &Session, key: &UnitKey) -> Result<UnitHistory, Fault> {
        self.look(session, &[], |tx| history(tx, &find(tx, key)?))
    }
}

fn find(tx: &Transaction<'_>, key: &UnitKey) -> Result<UnitRow, Fault> {
    let unknown = |what: &dyn std::fmt::Display| Fault::new(Code::UnitUnknown, what);
    match key {
        UnitKey::Serial(serial) => UnitRow::known(tx, serial),
        UnitKey::Uid(uid) => UnitRow::by_uid(tx, uid)?.ok_or_else(|| unknown(uid)),
        UnitKey::Certificate(number) => {
            UnitRow::by_certificate(tx, number)?.ok_or_else(|| unknown(number))
        }
    }
}

fn history(tx: &Transaction<'_>, row: &UnitRow) -> Result<UnitHistory, Fault> {
    Ok(UnitHistory {
        release: batch::product_and_release(tx, &row.batch)?.1,
        unit: record(tx, row)?,
        bound_ms: row.bound_ms,
        runs: runs(tx, &row.serial)?,
        certificates: certificates(tx, &row.serial)?,
        documents: documents(tx, &row.serial)?,
        custody: custody::of_unit(tx, &row.serial)?,
    })
}

/// The unit as a journey wants it. The certificate is the last one issued, revoked or not.
pub(crate) fn record(tx: &Transaction<'_>, row: &UnitRow) -> Result<UnitRecord, Fault> {
    Ok(UnitRecord {
        serial: row.serial.clone(),
        uid: row.uid.clone(),
        product: batch::product_and_release(tx, &row.batch)?.0,
        batch: row.batch.clone(),
        state: row.state,
        certificate: certificate::latest(tx, &row.serial)?,
    })
}

fn runs(tx: &Transaction<'_>, serial: &Serial) -> Result<Vec<RunRecord>, Fault> {
    let sql = "SELECT runs.*, sessions.operator, sessions.station
               FROM runs JOIN sessions ON sessions.id = runs.session
               WHERE unit = ?1 ORDER BY runs.id";
    let mut runs = all(tx, sql, serial.as_str(), read_run)?;
    for run in &mut runs {
        run.intents = all(
            tx,
            "SELECT * FROM intents WHERE run = ?1 ORDER BY id",
            run.id,
            read_intent,
        )?;
        run.steps = all(
            tx,
            "SELECT * FROM outcomes WHERE run = ?1 ORDER BY id",
            run.id,
            read_step,
        )?;
    }
    Ok(runs)
}

fn certificates(tx: &Transaction<'_>, serial: &Serial) -> Result<Vec<CertificateRecord>, Fault> {
    let sql = "SELECT * FROM certificates WHERE unit = ?1 ORDER BY issued_ms, rowid";
    all(tx, sql, serial.as_str(), |row| {
        let revoked_ms: Option<u64> = row.get("revoked_ms")?;
        Ok(CertificateRecord {
            serial_number: row.get("serial_number")?,
            der: row.get("der")?,
            issued_ms: row.get("issued_ms")?,
            revoked: revoked_ms.zip(column_or_null(row, "reason")?),
        })
    })
}

fn documents(tx: &Transaction<'_>, serial: &Serial) -> Result<Vec<Document>, Fault> {
    let sql = "SELECT * FROM sanitization_documents WHERE unit = ?1 ORDER BY id";
    all(tx, sql, serial.as_str(), |row| {
        Ok(Document {
            sha256: hexadecimal(row, "sha256")?,
            complete: row.get("complete")?,
            at_ms: row.get("at_ms")?,
        })
    })
}

fn read_run(row: &Row<'_>) -> rusqlite::Result<RunRecord> {
    Ok(RunRecord {
        id: row.get("id")?,
        journey: row.get("journey")?,
        slot: row.get::<_, Option<u16>>("slot")?.map(SlotId),
        session: row.get("session")?,
        operator: column(row, "operator")?,
        station: column(row, "station")?,
        started_ms: row.get("started_ms")?,
        ended_ms: row.get("ended_ms")?,
        verdict: column_or_null(row, "verdict")?,
        code: row.get("code")?,
        detail: row.get("detail")?,
        intents: Vec::new(),
        steps: Vec::new(),
    })
}

fn read_intent(row: &Row<'_>) -> rusqlite::Result<IntentRecord> {
    Ok(IntentRecord {
        step: column(row, "step")?,
        detail: row.get("detail")?,
        at_ms: row.get("at_ms")?,
    })
}

pub(crate) fn read_step(row: &Row<'_>) -> rusqlite::Result<StepReport> {
    Ok(StepReport {
        id: column(row, "step")?,
        outcome: column(row, "outcome")?,
        verification: column_or_null(row, "verification")?,
        detail: row.get("detail")?,
        code: row.get("code")?,
        started_ms: row.get("started_ms")?,
        duration_ms: row.get("duration_ms")?,
    })
}

fn all<T>(
    tx: &Transaction<'_>,
    sql: &str,
    key: impl rusqlite::ToSql,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Fault> {
    tx.prepare_cached(sql)
        .and_then(|mut query| query.query_map([key], read)?.collect())
        .map_err(sql_fault)
}
