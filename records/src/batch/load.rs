//! Reading batches.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{BatchId, OperatorName, ReleaseId};
use cradle_procedure::role::Role;
use rusqlite::{OptionalExtension as _, Row, Transaction};

use super::{Batch, SerialScheme};
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::{column, hexadecimal, sql_fault};

/// With its units counted, which takes the longer the more there are.
const SELECT: &str = "
    SELECT batches.*, sessions.role AS requester_role,
        (SELECT count(*) FROM units WHERE batch = batches.id AND state = 'provisioned')
            AS provisioned,
        (SELECT count(*) FROM units WHERE batch = batches.id AND state IN ('blank', 'in-progress'))
            AS in_progress,
        (SELECT count(*) FROM units WHERE batch = batches.id AND state = 'quarantined')
            AS quarantined,
        (SELECT count(*) FROM units WHERE batch = batches.id AND state = 'in-repair')
            AS in_repair
    FROM batches JOIN sessions ON sessions.id = batches.session";

/// The same without the counts.
const SELECT_UNCOUNTED: &str = "
    SELECT batches.*, sessions.role AS requester_role,
        0 AS provisioned, 0 AS in_progress, 0 AS quarantined, 0 AS in_repair
    FROM batches JOIN sessions ON sessions.id = batches.session";

impl Store {
    /// All batches, newest first.
    ///
    /// # Errors
    /// `AUT-06`, `STO-02`.
    pub fn batches(&self, session: &Session) -> Result<Vec<Batch>, Fault> {
        self.look(session, &[], |tx| {
            let mut batches: Vec<Batch> = tx
                .prepare_cached(&format!("{SELECT} ORDER BY requested_ms DESC, batches.id"))
                .and_then(|mut query| query.query_map([], read)?.collect())
                .map_err(sql_fault)?;
            for batch in &mut batches {
                batch.approved_by = approvals(tx, &batch.id)?;
            }
            Ok(batches)
        })
    }

    /// One batch.
    ///
    /// # Errors
    /// `BAT-01`, `AUT-06`, `STO-02`.
    pub fn batch(&self, session: &Session, id: &BatchId) -> Result<Batch, Fault> {
        self.look(session, &[], |tx| load(tx, id))
    }
}

/// The batch of that name.
pub(crate) fn load(tx: &Transaction<'_>, id: &BatchId) -> Result<Batch, Fault> {
    one(tx, SELECT, id)
}

/// The batch of that name, with no unit counted: for what is asked at each unit.
pub(crate) fn load_uncounted(tx: &Transaction<'_>, id: &BatchId) -> Result<Batch, Fault> {
    one(tx, SELECT_UNCOUNTED, id)
}

fn one(tx: &Transaction<'_>, select: &str, id: &BatchId) -> Result<Batch, Fault> {
    let found = tx
        .prepare_cached(&format!("{select} WHERE batches.id = ?1"))
        .and_then(|mut query| query.query_row([id.as_str()], read).optional())
        .map_err(sql_fault)?;
    let mut batch = found.ok_or_else(|| Fault::new(Code::BatchUnknown, id))?;
    batch.approved_by = approvals(tx, id)?;
    Ok(batch)
}

/// Product and release of the batch of that name. Does not count its units.
pub(crate) fn product_and_release(
    tx: &Transaction<'_>,
    id: &BatchId,
) -> Result<(String, ReleaseId), Fault> {
    tx.prepare_cached("SELECT product, release FROM batches WHERE id = ?1")
        .and_then(|mut query| {
            query.query_row([id.as_str()], |row| {
                Ok((row.get("product")?, column(row, "release")?))
            })
        })
        .map_err(sql_fault)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Batch> {
    Ok(Batch {
        id: column(row, "id")?,
        product: row.get("product")?,
        profile: column(row, "profile")?,
        release: column(row, "release")?,
        manifest: hexadecimal(row, "manifest_sha256")?,
        quota: row.get("quota")?,
        used: row.get("used")?,
        provisioned: row.get("provisioned")?,
        in_progress: row.get("in_progress")?,
        quarantined: row.get("quarantined")?,
        in_repair: row.get("in_repair")?,
        serials: SerialScheme {
            prefix: row.get("serial_prefix")?,
            width: row.get("serial_width")?,
            first: row.get("serial_first")?,
            check: row.get::<_, Option<bool>>("serial_check")?.unwrap_or(false),
        },
        valid_until_ms: row.get("valid_until_ms")?,
        site: row.get("site")?,
        state: column(row, "state")?,
        requested_by: column(row, "requested_by")?,
        requester_counts: column::<Role>(row, "requester_role")? == Role::SecurityAdmin,
        approved_by: Vec::new(),
    })
}

fn approvals(tx: &Transaction<'_>, id: &BatchId) -> Result<Vec<OperatorName>, Fault> {
    tx.prepare_cached("SELECT operator FROM approvals WHERE batch = ?1 ORDER BY at_ms, operator")
        .and_then(|mut query| {
            query
                .query_map([id.as_str()], |row| column(row, "operator"))?
                .collect()
        })
        .map_err(sql_fault)
}
