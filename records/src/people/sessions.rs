//! Who was signed in, where and when.

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{OperatorName, StationId};
use cradle_procedure::role::{Permission, Role};

use super::session::Session;
use crate::store::Store;
use crate::store::sql::{column, sql_fault};

/// A session on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Number, unique in the database.
    pub id: u64,
    /// Who.
    pub operator: OperatorName,
    /// As what.
    pub role: Role,
    /// Where.
    pub station: StationId,
    /// When it began, in milliseconds since 1970-01-01 UTC.
    pub started_ms: u64,
    /// When it ended. A program that was killed leaves its sessions without an end; nobody can
    /// use them any more.
    pub ended_ms: Option<u64>,
}

impl Store {
    /// The newest sessions, the newest first.
    ///
    /// # Errors
    /// `AUT-03`, `AUT-06`, `STO-02`.
    pub fn sessions(&self, session: &Session, limit: u32) -> Result<Vec<SessionRecord>, Fault> {
        self.look(session, &[Permission::ReadRecords], |tx| {
            tx.prepare_cached("SELECT * FROM sessions ORDER BY id DESC LIMIT ?1")
                .and_then(|mut query| query.query_map([limit], read)?.collect())
                .map_err(sql_fault)
        })
    }
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<SessionRecord> {
    Ok(SessionRecord {
        id: row.get("id")?,
        operator: column(row, "operator")?,
        role: column(row, "role")?,
        station: column(row, "station")?,
        started_ms: row.get("started_ms")?,
        ended_ms: row.get("ended_ms")?,
    })
}
