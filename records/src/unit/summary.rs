//! The units of a batch, as a list on a screen or in a summary shows them.

use std::collections::HashMap;

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{BatchId, Serial, SlotId, Uid};
use cradle_procedure::ports::UnitState;
use cradle_procedure::step::{StepReport, Verdict};
use rusqlite::{Row, Transaction};

use super::history::read_step;
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::{column, column_or_null, hexadecimal, sql_fault};

/// A unit in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitSummary {
    /// Serial number.
    pub serial: Serial,
    /// Chip identifier.
    pub uid: Uid,
    /// State of life.
    pub state: UnitState,
    /// Why it is out of the line.
    pub reason: Option<String>,
    /// Attempts to provision it.
    pub attempts: u32,
    /// Begin of the latest, in milliseconds since 1970-01-01 UTC.
    pub started_ms: u64,
    /// Its end; `None` while it is under way.
    pub ended_ms: Option<u64>,
    /// Slot of the latest attempt to provision it.
    pub slot: Option<SlotId>,
    /// How that attempt ended; `None` while it is under way or if it was interrupted.
    pub verdict: Option<Verdict>,
    /// Stable code of what went wrong in it.
    pub code: Option<String>,
    /// Serial number of its latest certificate, hexadecimal.
    pub certificate: Option<String>,
    /// The latest outcome of each step of provisioning, in order of their time.
    pub steps: Vec<StepReport>,
}

impl Store {
    /// The units of a batch, by serial number.
    ///
    /// # Errors
    /// `AUT-06`, `STO-02`.
    pub fn units(&self, session: &Session, batch: &BatchId) -> Result<Vec<UnitSummary>, Fault> {
        self.look(session, &[], |tx| of_batch(tx, batch))
    }
}

impl UnitSummary {
    /// Whether its latest attempt passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.verdict == Some(Verdict::Pass)
    }

    /// How long its latest attempt took, in milliseconds, if it has ended.
    #[must_use]
    pub fn cycle_ms(&self) -> Option<u64> {
        self.ended_ms?.checked_sub(self.started_ms)
    }
}

/// The units of a batch, by serial number.
pub(crate) fn of_batch(tx: &Transaction<'_>, batch: &BatchId) -> Result<Vec<UnitSummary>, Fault> {
    let mut units = summaries(tx, batch)?;
    let mut steps = latest_steps(tx, batch)?;
    for unit in &mut units {
        unit.steps = steps.remove(&unit.serial).unwrap_or_default();
    }
    Ok(units)
}

fn summaries(tx: &Transaction<'_>, batch: &BatchId) -> Result<Vec<UnitSummary>, Fault> {
    // Each unit has a run: it is bound and its first run begun in one transaction.
    let sql = "SELECT units.serial, units.uid, units.state, units.reason,
                 runs.slot, runs.verdict, runs.code, runs.started_ms, runs.ended_ms,
                 (SELECT count(*) FROM runs AS r
                  WHERE r.unit = units.serial AND r.journey = 'provision') AS attempts,
                 (SELECT serial_number FROM certificates AS c WHERE c.unit = units.serial
                  ORDER BY issued_ms DESC, rowid DESC LIMIT 1) AS certificate
               FROM units JOIN runs ON runs.id =
                 (SELECT max(id) FROM runs AS r
                  WHERE r.unit = units.serial AND r.journey = 'provision')
               WHERE units.batch = ?1 ORDER BY units.serial";
    tx.prepare_cached(sql)
        .and_then(|mut query| query.query_map([batch.as_str()], read)?.collect())
        .map_err(sql_fault)
}

fn read(row: &Row<'_>) -> rusqlite::Result<UnitSummary> {
    Ok(UnitSummary {
        serial: column(row, "serial")?,
        uid: hexadecimal(row, "uid")?,
        state: column(row, "state")?,
        reason: row.get("reason")?,
        attempts: row.get("attempts")?,
        started_ms: row.get("started_ms")?,
        ended_ms: row.get("ended_ms")?,
        slot: row.get::<_, Option<u16>>("slot")?.map(SlotId),
        verdict: column_or_null(row, "verdict")?,
        code: row.get("code")?,
        certificate: row.get("certificate")?,
        steps: Vec::new(),
    })
}

fn latest_steps(
    tx: &Transaction<'_>,
    batch: &BatchId,
) -> Result<HashMap<Serial, Vec<StepReport>>, Fault> {
    let sql = "SELECT units.serial, outcomes.* FROM units
               JOIN runs ON runs.unit = units.serial AND runs.journey = 'provision'
               JOIN outcomes ON outcomes.run = runs.id
               WHERE units.batch = ?1 ORDER BY outcomes.id";
    let all: Vec<(Serial, StepReport)> = tx
        .prepare_cached(sql)
        .and_then(|mut query| {
            query
                .query_map([batch.as_str()], |row| {
                    Ok((column(row, "serial")?, read_step(row)?))
                })?
                .collect()
        })
        .map_err(sql_fault)?;
    let mut steps: HashMap<Serial, Vec<StepReport>> = HashMap::new();
    for (serial, report) in all {
        let own = steps.entry(serial).or_default();
        own.retain(|earlier| earlier.id != report.id);
        own.push(report);
    }
    Ok(steps)
}
