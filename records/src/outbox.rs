//! What registries outside the house still have to confirm, and the units that wait for it.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{RegistryName, Serial};
use cradle_procedure::ports::{Attempt, Due, Earlier, SealedDocument, UnitRecord, UnitState};
use cradle_procedure::role::Permission;
use rusqlite::{OptionalExtension as _, Row, Transaction};
use serde_json::json;

use crate::act::Act;
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::{column, hexadecimal, sql_fault};
use crate::unit::{UnitRow, custody, cut, read_step, record};

/// Who may see what waits.
const READERS: &[Permission] = &[Permission::Decommission, Permission::ReadRecords];

/// A unit whose last document says that something is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// Which.
    pub serial: Serial,
    /// Its last document.
    pub document: SealedDocument,
}

/// A unit that left, or was to leave, and its certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departed {
    /// The unit.
    pub unit: UnitRecord,
    /// Whether its last document is complete; `None` if there is none.
    pub complete: Option<bool>,
}

/// How often a registry was asked about a unit, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueRecord {
    /// Which registry, under which key, and whether it confirmed.
    pub due: Due,
    /// The unit.
    pub serial: Serial,
    /// How often it was asked.
    pub tries: u32,
    /// When last, in milliseconds since 1970-01-01 UTC.
    pub tried_ms: Option<u64>,
    /// What went wrong then.
    pub detail: Option<String>,
}

impl Store {
    /// Units that were to be decommissioned, and are not yet: those whose last document is not
    /// complete, by serial number.
    ///
    /// # Errors
    /// `AUT-03`, `STO-02`.
    pub fn unsettled(&self, session: &Session) -> Result<Vec<Unsettled>, Fault> {
        let sql = "SELECT unit, sha256, json FROM sanitization_documents AS d
                   JOIN units ON units.serial = d.unit
                   WHERE d.complete = 0 AND json IS NOT NULL AND units.state <> ?1
                     AND units.state <> ?2
                     AND d.id = (SELECT max(id) FROM sanitization_documents WHERE unit = d.unit)
                   ORDER BY unit";
        let over = (
            UnitState::Decommissioned.text(),
            UnitState::Destroyed.text(),
        );
        self.look(session, READERS, |tx| {
            tx.prepare_cached(sql)
                .and_then(|mut query| query.query_map(over, read_unsettled)?.collect())
                .map_err(sql_fault)
        })
    }

    /// The last document of a unit.
    ///
    /// # Errors
    /// `AUT-03`, `STO-02`.
    pub fn last_document(
        &self,
        session: &Session,
        serial: &Serial,
    ) -> Result<Option<SealedDocument>, Fault> {
        let sql = "SELECT unit, sha256, json FROM sanitization_documents
                   WHERE unit = ?1 AND json IS NOT NULL ORDER BY id DESC LIMIT 1";
        self.look(session, READERS, |tx| {
            tx.prepare_cached(sql)
                .and_then(|mut query| {
                    query
                        .query_row([serial.as_str()], read_unsettled)
                        .optional()
                })
                .map(|found| found.map(|found| found.document))
                .map_err(sql_fault)
        })
    }

    /// Units that are decommissioned or destroyed, by serial number.
    ///
    /// # Errors
    /// `AUT-03`, `STO-02`.
    pub fn departed(&self, session: &Session) -> Result<Vec<Departed>, Fault> {
        let sql = "SELECT *, (SELECT complete FROM sanitization_documents
                              WHERE unit = units.serial ORDER BY id DESC LIMIT 1) AS complete
                   FROM units WHERE state IN (?1, ?2) ORDER BY serial";
        let states = (
            UnitState::Decommissioned.text(),
            UnitState::Destroyed.text(),
        );
        self.look(session, READERS, |tx| {
            let rows: Vec<_> = tx
                .prepare_cached(sql)
                .and_then(|mut query| {
                    query
                        .query_map(states, |row| {
                            Ok((UnitRow::read(row)?, row.get("complete")?))
                        })?
                        .collect()
                })
                .map_err(sql_fault)?;
            let departed = rows.into_iter().map(|(row, complete)| {
                let unit = record(tx, &row)?;
                Ok(Departed { unit, complete })
            });
            departed.collect()
        })
    }

    /// Serial numbers of all certificates that are revoked on record, with the unit or host that
    /// each was for.
    ///
    /// # Errors
    /// `AUT-03`, `STO-02`.
    pub fn revoked_on_record(&self, session: &Session) -> Result<Vec<(String, String)>, Fault> {
        let sql = "SELECT serial_number, unit AS holder FROM certificates
                   WHERE revoked_ms IS NOT NULL
                   UNION ALL
                   SELECT serial_number, name FROM tls_certificates WHERE revoked_ms IS NOT NULL
                   ORDER BY holder, serial_number";
        self.look(session, READERS, |tx| {
            tx.prepare_cached(sql)
                .and_then(|mut query| {
                    query
                        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                        .collect()
                })
                .map_err(sql_fault)
        })
    }

    /// What registries were asked, by unit and registry.
    ///
    /// # Errors
    /// `AUT-03`, `STO-02`.
    pub fn registry_dues(&self, session: &Session) -> Result<Vec<DueRecord>, Fault> {
        self.look(session, READERS, |tx| {
            tx.prepare_cached("SELECT * FROM registry_dues ORDER BY unit, registry")
                .and_then(|mut query| query.query_map([], read_record)?.collect())
                .map_err(sql_fault)
        })
    }
}

/// Who had a unit, and what was done about its decommissioning since it was last provisioned.
pub(crate) fn earlier(tx: &Transaction<'_>, serial: &Serial) -> Result<Earlier, Fault> {
    let sql = "SELECT id FROM runs WHERE unit = ?1 AND journey = 'decommission'
                 AND id > (SELECT coalesce(max(id), 0) FROM runs AS r
                           WHERE r.unit = ?1 AND r.journey = 'provision')
               ORDER BY id";
    let runs: Vec<u64> = tx
        .prepare_cached(sql)
        .and_then(|mut query| {
            query
                .query_map([serial.as_str()], |row| row.get(0))?
                .collect()
        })
        .map_err(sql_fault)?;
    let attempts = runs.into_iter().map(|run| attempt(tx, run));
    Ok(Earlier {
        custody: custody::of_unit(tx, serial)?,
        attempts: attempts.collect::<Result<_, _>>()?,
        dues: dues(tx, serial)?,
    })
}

fn attempt(tx: &Transaction<'_>, run: u64) -> Result<Attempt, Fault> {
    let intents = tx
        .prepare_cached("SELECT step FROM intents WHERE run = ?1 ORDER BY id")
        .and_then(|mut query| query.query_map([run], |row| column(row, "step"))?.collect())
        .map_err(sql_fault)?;
    let outcomes = tx
        .prepare_cached("SELECT * FROM outcomes WHERE run = ?1 ORDER BY id")
        .and_then(|mut query| query.query_map([run], read_step)?.collect())
        .map_err(sql_fault)?;
    Ok(Attempt { intents, outcomes })
}

fn dues(tx: &Transaction<'_>, serial: &Serial) -> Result<Vec<Due>, Fault> {
    tx.prepare_cached("SELECT * FROM registry_dues WHERE unit = ?1 ORDER BY registry")
        .and_then(|mut query| query.query_map([serial.as_str()], read)?.collect())
        .map_err(sql_fault)
}

/// Says that a registry has to forget a unit. All registries of a unit get one key.
pub(crate) fn owe(
    act: &Act<'_>,
    serial: &Serial,
    registry: &RegistryName,
    run: impl FnOnce() -> Result<u64, Fault>,
) -> Result<Due, Fault> {
    let before = dues(act.tx, serial)?;
    if let Some(due) = before.iter().find(|due| due.registry == *registry) {
        return Ok(due.clone());
    }
    let key = match before.first() {
        Some(due) => due.key.clone(),
        None => format!("{serial}:{}", run()?),
    };
    act.tx
        .execute(
            "INSERT INTO registry_dues (unit, registry, key, owed_ms) VALUES (?1, ?2, ?3, ?4)",
            (serial.as_str(), registry.as_str(), &key, act.now_ms),
        )
        .map_err(sql_fault)?;
    let facts = json!({ "key": key, "registry": registry.as_str() });
    act.audit("registry.owed", serial.as_str(), facts)?;
    Ok(Due {
        registry: registry.clone(),
        key,
        confirmed: None,
    })
}

/// Says what a registry answered.
pub(crate) fn answered(
    act: &Act<'_>,
    serial: &Serial,
    registry: &RegistryName,
    answer: &Result<String, Fault>,
) -> Result<(), Fault> {
    let (sql, code, text) = match answer {
        Ok(evidence) => (
            "UPDATE registry_dues SET tries = tries + 1, tried_ms = ?3, code = ?4, detail = NULL,
                    confirmed_ms = ?3, evidence = ?5
             WHERE unit = ?1 AND registry = ?2 AND confirmed_ms IS NULL",
            None,
            cut(evidence),
        ),
        Err(fault) => (
            "UPDATE registry_dues SET tries = tries + 1, tried_ms = ?3, code = ?4, detail = ?5
             WHERE unit = ?1 AND registry = ?2 AND confirmed_ms IS NULL",
            Some(fault.code.id()),
            cut(&fault.detail),
        ),
    };
    let changed = act
        .tx
        .execute(
            sql,
            (serial.as_str(), registry.as_str(), act.now_ms, code, text),
        )
        .map_err(sql_fault)?;
    if changed == 0 {
        let detail = format!("{registry} owes nothing about {serial}");
        return Err(Fault::new(Code::UnitState, detail));
    }
    let facts = json!({
        "answer": text,
        "code": code,
        "confirmed": answer.is_ok(),
        "registry": registry.as_str(),
    });
    act.audit("registry.answered", serial.as_str(), facts)
}

/// Refuses to call a unit done while a registry owes its answer.
pub(crate) fn require_settled(tx: &Transaction<'_>, serial: &Serial) -> Result<(), Fault> {
    match dues(tx, serial)?.iter().find(|due| due.confirmed.is_none()) {
        None => Ok(()),
        Some(due) => {
            let detail = format!("{} has not confirmed", due.registry);
            Err(Fault::new(Code::UnitState, detail))
        }
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Due> {
    Ok(Due {
        registry: column(row, "registry")?,
        key: row.get("key")?,
        confirmed: row.get("evidence")?,
    })
}

fn read_record(row: &Row<'_>) -> rusqlite::Result<DueRecord> {
    Ok(DueRecord {
        due: read(row)?,
        serial: column(row, "unit")?,
        tries: row.get("tries")?,
        tried_ms: row.get("tried_ms")?,
        detail: row.get("detail")?,
    })
}

fn read_unsettled(row: &Row<'_>) -> rusqlite::Result<Unsettled> {
    Ok(Unsettled {
        serial: column(row, "unit")?,
        document: SealedDocument {
            sha256: hexadecimal(row, "sha256")?,
            json: row.get("json")?,
        },
    })
}
