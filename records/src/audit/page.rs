//! Reading the log on a screen.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::role::Permission;
use rusqlite::Transaction;
use serde_json::Value;

use crate::people::Session;
use crate::store::Store;
use crate::store::sql::sql_fault;

/// A part of the log, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditPage {
    /// Entries that match, in all.
    pub matching: u64,
    /// Those asked for.
    pub lines: Vec<AuditLine>,
}

/// One entry, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditLine {
    /// Number, counted from 0.
    pub entry: u64,
    /// Milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// What happened.
    pub event: String,
    /// To what: a serial, a batch, a name.
    pub subject: String,
    /// Who did it; `None` for the system itself.
    pub operator: Option<String>,
    /// Where.
    pub station: Option<String>,
    /// Particulars, as JSON.
    pub facts: String,
}

impl Store {
    /// Entries whose line contains `filter` (any, if it is empty), newest first.
    ///
    /// # Errors
    /// `AUT-…`, `STO-02`.
    pub fn audit_page(
        &self,
        session: &Session,
        offset: u64,
        limit: u64,
        filter: &str,
    ) -> Result<AuditPage, Fault> {
        self.look(session, &[Permission::ReadRecords], |tx| {
            Ok(AuditPage {
                matching: count(tx, filter)?,
                lines: lines(tx, offset, limit, filter)?,
            })
        })
    }
}

fn count(tx: &Transaction<'_>, filter: &str) -> Result<u64, Fault> {
    let sql = "SELECT count(*) FROM audit WHERE ?1 = '' OR instr(line, ?1) > 0";
    tx.query_row(sql, [filter], |row| row.get(0))
        .map_err(sql_fault)
}

fn lines(
    tx: &Transaction<'_>,
    offset: u64,
    limit: u64,
    filter: &str,
) -> Result<Vec<AuditLine>, Fault> {
    let sql = "SELECT line FROM audit WHERE ?1 = '' OR instr(line, ?1) > 0
               ORDER BY entry DESC LIMIT ?2 OFFSET ?3";
    let lines: Vec<String> = tx
        .prepare_cached(sql)
        .and_then(|mut query| {
            query
                .query_map((filter, limit, offset), |row| row.get(0))?
                .collect()
        })
        .map_err(sql_fault)?;
    lines.iter().map(|line| parse(line)).collect()
}

pub(super) fn parse(line: &str) -> Result<AuditLine, Fault> {
    let unreadable = || Fault::new(Code::AuditBroken, format!("unreadable entry: {line}"));
    let entry: Value = serde_json::from_str(line).map_err(|_| unreadable())?;
    let number = |name: &str| entry[name].as_u64().ok_or_else(unreadable);
    let text = |name: &str| entry[name].as_str().map(str::to_owned);
    Ok(AuditLine {
        entry: number("entry")?,
        time_ms: number("time_ms")?,
        event: text("event").ok_or_else(unreadable)?,
        subject: text("subject").ok_or_else(unreadable)?,
        operator: text("operator"),
        station: text("station"),
        facts: entry["facts"].to_string(),
    })
}
