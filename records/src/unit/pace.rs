//! How long the steps of a journey took lately.

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{BatchId, Serial};
use cradle_procedure::pace::Pace;
use cradle_procedure::step::StepId;
use rusqlite::Transaction;

use super::journal::Journey;
use super::row::UnitRow;
use crate::batch;
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::{column, sql_fault};

/// Runs that are looked at: what is older says little of today's bench.
const LATEST: u32 = 500;
/// Runs that count, of those that ended well.
const COUNTED: u32 = 15;

impl Store {
    /// How long units of that batch's product took for the steps of provisioning.
    ///
    /// # Errors
    /// `AUT-06`, `STO-02`.
    pub fn pace_of_provisioning(&self, session: &Session, batch: &BatchId) -> Result<Pace, Fault> {
        self.look(session, &[], |tx| pace(tx, Journey::Provision, batch))
    }

    /// How long units of that unit's product took for the steps of their decommissioning.
    ///
    /// # Errors
    /// `AUT-06`, `STO-05`.
    pub fn pace_of_retirement(&self, session: &Session, serial: &Serial) -> Result<Pace, Fault> {
        self.look(session, &[], |tx| {
            let unit = UnitRow::known(tx, serial)?;
            pace(tx, Journey::Decommission, &unit.batch)
        })
    }
}

fn pace(tx: &Transaction<'_>, journey: Journey, batch: &BatchId) -> Result<Pace, Fault> {
    let (product, _) = batch::product_and_release(tx, batch)?;
    let sql = "WITH latest AS (
                   SELECT runs.id FROM runs
                   JOIN units ON units.serial = runs.unit
                   JOIN batches ON batches.id = units.batch
                   WHERE runs.id > (SELECT max(id) FROM runs) - ?3
                     AND runs.journey = ?1 AND runs.verdict = 'pass' AND batches.product = ?2
                   ORDER BY runs.id DESC LIMIT ?4)
               SELECT step, sum(duration_ms) AS took_ms FROM latest
               JOIN outcomes ON outcomes.run = latest.id
               GROUP BY outcomes.run, step";
    let durations: Vec<(StepId, u64)> = tx
        .prepare_cached(sql)
        .and_then(|mut query| {
            let bounds = (journey.text(), product, LATEST, COUNTED);
            query
                .query_map(bounds, |row| {
                    Ok((column(row, "step")?, row.get("took_ms")?))
                })?
                .collect()
        })
        .map_err(sql_fault)?;
    Ok(Pace::learn(durations))
}
