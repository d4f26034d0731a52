//! What became of a batch.

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::BatchId;
use cradle_procedure::ports::UnitState;
use cradle_procedure::role::Permission;
use rusqlite::Transaction;

use super::{Batch, load};
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::sql_fault;

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchReport {
    /// Its terms and counts.
    pub batch: Batch,
    /// Units that got a serial number, whatever became of them.
    pub begun: u32,
    /// Units begun beyond the quota: set aside before they counted.
    pub over: u32,
    /// Units of the quota that were not made.
    pub short: u32,
    /// Units that passed at their first attempt.
    pub first_pass: u32,
    /// Units that took more than one attempt.
    pub reworked: u32,
    /// Units out of the line to be mended.
    pub in_repair: u32,
    /// Units that were wiped and revoked since.
    pub decommissioned: u32,
    /// Units that are no more.
    pub destroyed: u32,
    /// Units set aside, with the reason, by serial number.
    pub set_aside: Vec<(String, Option<String>)>,
    /// How often each step failed, the most frequent first.
    pub failures: Vec<(String, u32)>,
}

impl Store {
    /// What became of a batch so far.
    ///
    /// # Errors
    /// `AUT-03`, `BAT-01`.
    pub fn batch_report(&self, session: &Session, id: &BatchId) -> Result<BatchReport, Fault> {
        self.look(session, &[Permission::ReadRecords], |tx| report(tx, id))
    }
}

pub(crate) fn report(tx: &Transaction<'_>, id: &BatchId) -> Result<BatchReport, Fault> {
    let batch = load(tx, id)?;
    let begun = count(tx, id, "SELECT count(*) FROM units WHERE batch = ?1")?;
    Ok(BatchReport {
        begun,
        over: begun.saturating_sub(batch.quota),
        short: batch.left(),
        first_pass: count(tx, id, FIRST_PASS)?,
        reworked: count(tx, id, REWORKED)?,
        in_repair: batch.in_repair,
        decommissioned: in_state(tx, id, UnitState::Decommissioned)?,
        destroyed: in_state(tx, id, UnitState::Destroyed)?,
        set_aside: pairs(tx, id, SET_ASIDE)?,
        failures: pairs(tx, id, FAILURES)?,
        batch,
    })
}

const FIRST_PASS: &str = "
    SELECT count(*) FROM units WHERE batch = ?1 AND (
        SELECT verdict FROM runs WHERE unit = serial AND journey = 'provision'
        ORDER BY id LIMIT 1) = 'pass'";
const REWORKED: &str = "
    SELECT count(*) FROM units WHERE batch = ?1 AND (
        SELECT count(*) FROM runs WHERE unit = serial AND journey = 'provision') > 1";
const SET_ASIDE: &str = "
    SELECT serial, reason FROM units WHERE batch = ?1 AND state = 'quarantined' ORDER BY serial";
const FAILURES: &str = "
    SELECT step, count(*) AS times FROM units
    JOIN runs ON runs.unit = units.serial JOIN outcomes ON outcomes.run = runs.id
    WHERE batch = ?1 AND outcome = 'failed' GROUP BY step ORDER BY times DESC, step";

fn in_state(tx: &Transaction<'_>, id: &BatchId, state: UnitState) -> Result<u32, Fault> {
    tx.prepare_cached("SELECT count(*) FROM units WHERE batch = ?1 AND state = ?2")
        .and_then(|mut query| query.query_row((id.as_str(), state.text()), |row| row.get(0)))
        .map_err(sql_fault)
}

fn count(tx: &Transaction<'_>, id: &BatchId, sql: &str) -> Result<u32, Fault> {
    tx.prepare_cached(sql)
        .and_then(|mut query| query.query_row([id.as_str()], |row| row.get(0)))
        .map_err(sql_fault)
}

fn pairs<T: rusqlite::types::FromSql>(
    tx: &Transaction<'_>,
    id: &BatchId,
    sql: &str,
) -> Result<Vec<(String, T)>, Fault> {
    tx.prepare_cached(sql)
        .and_then(|mut query| {
            query
                .query_map([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
        .map_err(sql_fault)
}
