//! Reading a log of any length on a screen: single entries at once, and a search that goes
//! through it in parts, newest first, and can be given up after each.

use std::ops::ControlFlow;

use cradle_procedure::fault::Fault;
use cradle_procedure::role::Permission;
use rusqlite::{OptionalExtension as _, Transaction};

use super::page::{AuditLine, parse};
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::sql_fault;

/// Entries that are gone through at once: some ten megabytes, a few hundredths of a second.
const PART: u64 = 20_000;

/// What is looked for: all of it has to be true of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditSearch {
    /// Each is somewhere in the entry, in capitals or not (ASCII).
    pub words: Vec<String>,
    /// No earlier: milliseconds since 1970-01-01 UTC.
    pub from_ms: u64,
    /// Earlier than that.
    pub until_ms: u64,
}

/// What a part of the log has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFound {
    /// Entries that match, newest first.
    pub entries: Vec<u64>,
    /// Older entries that were not looked at yet.
    pub left: u64,
}

/// What lies where an entry belongs.
#[derive(Debug, Clone, PartialEq)]
pub enum AuditRow {
    /// The entry.
    Line(AuditLine),
    /// Something that is no entry.
    Unreadable(String),
    /// Nothing: somebody removed it.
    Gone,
}

impl Store {
    /// Entries that the log has, or that were appended to it: whichever is more, so that entries
    /// removed from its end are missed.
    ///
    /// # Errors
    /// `AUT-…`, `STO-02`.
    pub fn audit_size(&self, session: &Session) -> Result<u64, Fault> {
        let sql = "SELECT max((SELECT coalesce(max(entry) + 1, 0) FROM audit),
                              (SELECT size FROM audit_log))";
        self.look(session, &[Permission::ReadRecords], |tx| {
            tx.query_row(sql, [], |row| row.get(0)).map_err(sql_fault)
        })
    }

    /// These entries, in the order in which they are asked for.
    ///
    /// # Errors
    /// `AUT-…`, `STO-02`.
    pub fn audit_rows(&self, session: &Session, entries: &[u64]) -> Result<Vec<AuditRow>, Fault> {
        self.look(session, &[Permission::ReadRecords], |tx| {
            entries.iter().map(|entry| row(tx, *entry)).collect()
        })
    }

    /// Looks through the whole log for what matches, newest first, and tells after each part what
    /// is in it; ends when it is told to. Holds no state of the database longer than for a part.
    ///
    /// # Errors
    /// `AUT-…`, `STO-02`.
    pub fn audit_search(
        &self,
        session: &Session,
        search: &AuditSearch,
        tell: &mut dyn FnMut(AuditFound) -> ControlFlow<()>,
    ) -> Result<(), Fault> {
        let words: Vec<_> = search
            .words
            .iter()
            .map(|w| w.to_ascii_lowercase())
            .collect();
        let search = AuditSearch {
            words,
            ..search.clone()
        };
        let mut left = self.audit_size(session)?;
        while left > 0 {
            let start = left.saturating_sub(PART);
            let part = start..left;
            let entries = self.look(session, &[Permission::ReadRecords], |tx| {
                matching(tx, &part, &search)
            })?;
            left = start;
            if tell(AuditFound { entries, left }).is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn row(tx: &Transaction<'_>, entry: u64) -> Result<AuditRow, Fault> {
    let line: Option<String> = tx
        .prepare_cached("SELECT line FROM audit WHERE entry = ?1")
        .and_then(|mut query| query.query_row([entry], |row| row.get(0)).optional())
        .map_err(sql_fault)?;
    Ok(match line {
        None => AuditRow::Gone,
        Some(text) => match parse(&text) {
            Ok(line) => AuditRow::Line(line),
            Err(_) => AuditRow::Unreadable(text),
        },
    })
}

fn matching(
    tx: &Transaction<'_>,
    part: &std::ops::Range<u64>,
    search: &AuditSearch,
) -> Result<Vec<u64>, Fault> {
    let sql = "SELECT entry, line FROM audit WHERE entry >= ?1 AND entry < ?2 ORDER BY entry DESC";
    let mut query = tx.prepare_cached(sql).map_err(sql_fault)?;
    let mut rows = query.query((part.start, part.end)).map_err(sql_fault)?;
    let (mut found, mut lower) = (Vec::new(), String::new());
    while let Some(row) = rows.next().map_err(sql_fault)? {
        let line = row.get_ref("line").map_err(sql_fault)?;
        let line = String::from_utf8_lossy(line.as_bytes().unwrap_or_default());
        if matches(&line, search, &mut lower) {
            found.push(row.get("entry").map_err(sql_fault)?);
        }
    }
    Ok(found)
}

/// `lower` is a place to work in. The words of the search are in small letters.
fn matches(line: &str, search: &AuditSearch, lower: &mut String) -> bool {
    let ever = search.from_ms == 0 && search.until_ms == u64::MAX;
    let in_time =
        ever || time_ms(line).is_some_and(|time| (search.from_ms..search.until_ms).contains(&time));
    if !in_time {
        return false;
    }
    lower.clear();
    lower.push_str(line);
    lower.make_ascii_lowercase();
    search
        .words
        .iter()
        .all(|word| lower.contains(word.as_str()))
}

/// The time sorts last in a line (`docs/audit-format.md`).
fn time_ms(line: &str) -> Option<u64> {
    let (_, time) = line.rsplit_once("\"time_ms\":")?;
    time.strip_suffix('}')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str =
        r#"{"entry":7,"event":"unit.bound","facts":{"time_ms":1},"subject":"SN-1","time_ms":5000}"#;

    fn found(words: &[&str], from_ms: u64, until_ms: u64) -> bool {
        let search = AuditSearch {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            from_ms,
            until_ms,
        };
        matches(LINE, &search, &mut String::new())
    }

    #[test]
    fn every_word_and_the_time_have_to_be_true_of_an_entry() {
        assert!(found(&["sn-1", "unit.bound"], 0, u64::MAX));
        assert!(!found(&["sn-1", "unit.made"], 0, u64::MAX));
        assert!(found(&[], 5_000, 5_001));
        assert!(!found(&[], 0, 5_000));
        assert!(!found(&["sn-1"], 5_001, u64::MAX));
    }
}
