//! A unit's row.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{BatchId, Serial, Uid};
use cradle_procedure::ports::UnitState;
use rusqlite::{OptionalExtension as _, Row, Transaction};

use super::life;
use crate::act::Act;
use crate::store::sql::{column, hexadecimal, sql_fault};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnitRow {
    pub(crate) serial: Serial,
    pub(crate) uid: Uid,
    pub(crate) batch: BatchId,
    pub(crate) state: UnitState,
    pub(crate) bound_ms: u64,
}

impl UnitRow {
    pub(crate) fn by_serial(tx: &Transaction<'_>, serial: &Serial) -> Result<Option<Self>, Fault> {
        one(tx, "SELECT * FROM units WHERE serial = ?1", serial.as_str())
    }

    pub(crate) fn by_uid(tx: &Transaction<'_>, uid: &Uid) -> Result<Option<Self>, Fault> {
        one(tx, "SELECT * FROM units WHERE uid = ?1", &uid.to_string())
    }

    /// The unit that has or had the certificate with that serial number (hexadecimal).
    pub(crate) fn by_certificate(
        tx: &Transaction<'_>,
        number: &str,
    ) -> Result<Option<Self>, Fault> {
        let sql = "SELECT units.* FROM certificates JOIN units ON units.serial = certificates.unit
                   WHERE serial_number = ?1";
        one(tx, sql, number)
    }

    /// The unit, which must be on record.
    pub(crate) fn known(tx: &Transaction<'_>, serial: &Serial) -> Result<Self, Fault> {
        Self::by_serial(tx, serial)?.ok_or_else(|| Fault::new(Code::UnitUnknown, serial))
    }

    /// Binds a chip to a serial number: the unit's first state.
    pub(crate) fn insert(&self, act: &Act<'_>) -> Result<(), Fault> {
        act.tx
            .prepare_cached(
                "INSERT INTO units (serial, uid, batch, state, bound_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .and_then(|mut insert| {
                insert.execute((
                    self.serial.as_str(),
                    self.uid.to_string(),
                    self.batch.as_str(),
                    self.state.text(),
                    self.bound_ms,
                ))
            })
            .map_err(sql_fault)?;
        Ok(())
    }

    /// Takes the unit to another state of its life, if there is a way: the one place where this
    /// is done. `reason` says why it is out of the line; without one, a quarantined unit keeps
    /// its batch open.
    pub(crate) fn turn(
        &self,
        tx: &Transaction<'_>,
        state: UnitState,
        reason: Option<&str>,
    ) -> Result<(), Fault> {
        life::require_way(self, state)?;
        tx.prepare_cached("UPDATE units SET state = ?2, reason = ?3 WHERE serial = ?1")
            .and_then(|mut update| update.execute((self.serial.as_str(), state.text(), reason)))
            .map_err(sql_fault)?;
        Ok(())
    }

    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            serial: column(row, "serial")?,
            uid: hexadecimal(row, "uid")?,
            batch: column(row, "batch")?,
            state: column(row, "state")?,
            bound_ms: row.get("bound_ms")?,
        })
    }
}

fn one(tx: &Transaction<'_>, sql: &str, key: &str) -> Result<Option<UnitRow>, Fault> {
    tx.prepare_cached(sql)
        .and_then(|mut query| query.query_row([key], UnitRow::read).optional())
        .map_err(sql_fault)
}
