//! What the log says of the record's rows, held against the rows that are there.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Display;

use cradle_procedure::fault::{Code, Fault};
use rusqlite::Transaction;
use serde_json::{Map, Value};

use crate::store::rows::{TABLES, Table, Witnessed};

/// Wrong rows that are named; there may be a million.
const NAMED: usize = 20;

/// The log's last word on each row.
#[derive(Default)]
pub(super) struct Told {
    /// Entry and digest, by label, of rows that change.
    rows: HashMap<String, (u64, String)>,
    /// The highest number that an entry told of, by table, of rows that are written once.
    last: HashMap<&'static str, i64>,
    wrong: Vec<String>,
}

impl Told {
    /// Takes in what an entry says. A row that is written once is compared at once: there may be
    /// too many of them to remember.
    pub(super) fn read(
        &mut self,
        tx: &Transaction<'_>,
        entry: u64,
        line: &str,
    ) -> Result<(), Fault> {
        for (label, digest) in rows_of(entry, line)? {
            let unreadable = || broken(format!("entry {entry} tells of {label}"));
            let (table, key) = Table::of_label(&label).ok_or_else(unreadable)?;
            let digest = digest.as_str().ok_or_else(unreadable)?.to_owned();
            if table.write_once {
                let id = key.parse().map_err(|_| unreadable())?;
                self.compare_now(tx, table, id, entry, &digest)?;
            } else {
                self.rows.insert(label, (entry, digest));
            }
        }
        Ok(())
    }

    fn compare_now(
        &mut self,
        tx: &Transaction<'_>,
        table: &'static Table,
        id: i64,
        entry: u64,
        digest: &str,
    ) -> Result<(), Fault> {
        let next = self.last.insert(table.name, id).unwrap_or(0) + 1;
        for untold in next..id {
            if let Some(row) = table.row(tx, untold)? {
                self.blame(&format!("{}: no entry tells of it", row.label));
            }
        }
        match table.row(tx, id)? {
            None => self.blame(&format!(
                "{} {id}: gone, entry {entry} wrote it",
                table.name
            )),
            Some(row) if row.digest.to_string() != digest => {
                self.blame(&format!("{}: not as entry {entry} left it", row.label));
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// Compares the rest.
    ///
    /// # Errors
    /// `STO-04`, naming the rows that are not as the log left them.
    pub(super) fn compare(mut self, tx: &Transaction<'_>) -> Result<(), Fault> {
        for table in TABLES {
            if table.write_once {
                let last = self.last.get(table.name).copied().unwrap_or(0);
                table.each_beyond(tx, last, |row| self.untold(&row))?;
            } else {
                table.each(tx, |row| self.compare_row(row))?;
            }
        }
        let mut gone: Vec<_> = self
            .rows
            .iter()
            .map(|(label, (entry, _))| format!("row {label}: gone, entry {entry} wrote it"))
            .collect();
        gone.sort_unstable();
        self.wrong.extend(gone);
        match self.wrong.len() {
            0 => Ok(()),
            n @ 1..=NAMED => Err(broken(format!("{n} wrong: {}", self.wrong.join("; ")))),
            n => Err(broken(format!(
                "{n} wrong, such as {}",
                self.wrong[..NAMED].join("; ")
            ))),
        }
    }

    fn compare_row(&mut self, row: Witnessed) {
        match self.rows.entry(row.label) {
            Entry::Vacant(unknown) => {
                let detail = format!("{}: no entry tells of it", unknown.key());
                self.blame(&detail);
            }
            Entry::Occupied(told) => {
                let (label, (entry, digest)) = told.remove_entry();
                if digest != row.digest.to_string() {
                    self.blame(&format!("{label}: not as entry {entry} left it"));
                }
            }
        }
    }

    fn untold(&mut self, row: &Witnessed) {
        self.blame(&format!("{}: no entry tells of it", row.label));
    }

    fn blame(&mut self, what: &str) {
        self.wrong.push(format!("row {what}"));
    }
}

/// The rows that an entry answers for.
fn rows_of(entry: u64, line: &str) -> Result<Map<String, Value>, Fault> {
    // Most of the work is in reading JSON, and there are entries that tell of no row. In canonical
    // form a text cannot hold this: its quotes would be escaped.
    if line.contains("\"rows\":{}") {
        return Ok(Map::new());
    }
    serde_json::from_str::<Value>(line)
        .ok()
        .and_then(|mut value| match value.get_mut("rows").map(Value::take) {
            Some(Value::Object(rows)) => Some(rows),
            _ => None,
        })
        .ok_or_else(|| broken(format!("entry {entry} does not say which rows it tells of")))
}

fn broken(what: impl Display) -> Fault {
    Fault::new(Code::AuditBroken, what)
}
