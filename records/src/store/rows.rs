//! Which rows a transaction writes. The audit entry that tells of the change holds their digests,
//! so that a row changed behind our back is found, and a row that no entry tells of is not
//! committed. The bytes that are hashed are described in `docs/audit-format.md`.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Sha256;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Params, Row, Transaction};

use super::sql::sql_fault;
use crate::audit::canonical;

/// A table whose rows entries answer for.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Columns that tell a row from all others.
    key: &'static [&'static str],
    /// Whether rows are numbered from 1 without gaps and never changed again.
    pub(crate) write_once: bool,
    /// Columns that a later schema added. They are left out while they are NULL, so that rows
    /// from before keep their digests.
    later: &'static [&'static str],
}

const fn table(name: &'static str, key: &'static [&'static str]) -> Table {
    Table {
        name,
        key,
        write_once: false,
        later: &[],
    }
}

const fn write_once(name: &'static str) -> Table {
    Table {
        name,
        key: &["id"],
        write_once: true,
        later: &[],
    }
}

/// Not among them: the audit log itself; `checkpoints`, which are signed; `sign_in_failures`,
/// which come and go.
pub(crate) const TABLES: &[Table] = &[
    Table {
        later: &["temporary_ms", "disabled_ms"],
        ..table("operators", &["name"])
    },
    table("sessions", &["id"]),
    table("cards", &["id"]),
    table("configurations", &["station", "file"]),
    table("release_keys", &["sha256"]),
    table("releases", &["id"]),
    Table {
        later: &["serial_check"],
        ..table("batches", &["id"])
    },
    table("approvals", &["batch", "operator"]),
    Table {
        later: &["refused_by", "refused_ms"],
        ..table("requests", &["id"])
    },
    table("units", &["serial"]),
    table("runs", &["id"]),
    write_once("intents"),
    write_once("outcomes"),
    table("certificates", &["serial_number"]),
    table("tls_certificates", &["serial_number"]),
    table("crl_number", &["only"]),
    Table {
        later: &["json"],
        ..write_once("sanitization_documents")
    },
    table("registry_dues", &["unit", "registry"]),
    write_once("custody"),
];

thread_local! {
    /// Index of the table and rowid of what this thread's transaction wrote since its last entry.
    static WRITTEN: RefCell<Vec<(usize, i64)>> = const { RefCell::new(Vec::new()) };
}

/// Has the connection tell of every row it writes.
pub(crate) fn watch(connection: &mut Connection) -> Result<(), Fault> {
    connection
        .update_hook(Some(|_, _: &str, name: &str, rowid| {
            if let Some(index) = TABLES.iter().position(|table| table.name == name) {
                WRITTEN.with_borrow_mut(|written| written.push((index, rowid)));
            }
        }))
        .map_err(sql_fault)
}

/// Forgets what a transaction wrote that was rolled back.
pub(crate) fn forget() {
    WRITTEN.with_borrow_mut(Vec::clear);
}

/// Refuses to commit rows that no entry tells of.
pub(crate) fn require_told() -> Result<(), Fault> {
    let left = WRITTEN.with_borrow_mut(std::mem::take);
    match left.first() {
        None => Ok(()),
        Some((table, rowid)) => {
            let detail = format!("no audit entry tells of {} {rowid}", TABLES[*table].name);
            Err(Fault::new(Code::Internal, detail))
        }
    }
}

/// Digests of the rows written since the last call, by their labels: a canonical object.
pub(crate) fn take_digests(tx: &Transaction<'_>) -> Result<String, Fault> {
    let mut written = WRITTEN.with_borrow_mut(std::mem::take);
    written.sort_unstable();
    written.dedup();
    let mut digests = BTreeMap::new();
    for (index, rowid) in written {
        let table = &TABLES[index];
        let Some(found) = table.row(tx, rowid)? else {
            let detail = format!("{} {rowid} was removed", table.name);
            return Err(Fault::new(Code::Internal, detail));
        };
        digests.insert(found.label, found.digest.to_string());
    }
    let mut object = canonical::Object::open();
    for (label, digest) in &digests {
        if !label.is_ascii() {
            // RFC 8785's order of such names is not that of their bytes.
            return Err(Fault::new(
                Code::Internal,
                format!("not canonical: {label}"),
            ));
        }
        object.text(label, digest);
    }
    Ok(object.close())
}

/// A row, as entries know it.
pub(crate) struct Witnessed {
    /// Table and key.
    pub(crate) label: String,
    pub(crate) digest: Sha256,
}

impl Table {
    /// The table that a label is of, and the key in it.
    pub(crate) fn of_label(label: &str) -> Option<(&'static Self, &str)> {
        let (name, key) = label.split_once(' ')?;
        let table = TABLES.iter().find(|table| table.name == name)?;
        Some((table, key))
    }

    /// The row with that rowid.
    pub(crate) fn row(&self, tx: &Transaction<'_>, rowid: i64) -> Result<Option<Witnessed>, Fault> {
        tx.prepare_cached(&format!("SELECT * FROM {} WHERE rowid = ?1", self.name))
            .and_then(|mut query| {
                query
                    .query_row([rowid], |row| Ok(self.witness(row)))
                    .optional()
            })
            .map_err(sql_fault)?
            .transpose()
    }

    /// All rows, one after the other.
    pub(crate) fn each(
        &self,
        tx: &Transaction<'_>,
        visit: impl FnMut(Witnessed),
    ) -> Result<(), Fault> {
        self.visit(tx, &format!("SELECT * FROM {}", self.name), [], visit)
    }

    /// The rows that are not among those numbered from 1 to `last`.
    pub(crate) fn each_beyond(
        &self,
        tx: &Transaction<'_>,
        last: i64,
        visit: impl FnMut(Witnessed),
    ) -> Result<(), Fault> {
        let sql = format!("SELECT * FROM {} WHERE id < 1 OR id > ?1", self.name);
        self.visit(tx, &sql, [last], visit)
    }

    fn visit(
        &self,
        tx: &Transaction<'_>,
        sql: &str,
        parameters: impl Params,
        mut visit: impl FnMut(Witnessed),
    ) -> Result<(), Fault> {
        let mut query = tx.prepare(sql).map_err(sql_fault)?;
        let mut rows = query.query(parameters).map_err(sql_fault)?;
        while let Some(row) = rows.next().map_err(sql_fault)? {
            visit(self.witness(row)?);
        }
        Ok(())
    }

    fn witness(&self, row: &Row<'_>) -> Result<Witnessed, Fault> {
        let mut columns = Vec::with_capacity(24);
        for (index, name) in row.as_ref().column_names().enumerate() {
            let value = row.get_ref(index).map_err(sql_fault)?;
            if value != ValueRef::Null || !self.later.contains(&name) {
                columns.push((name, value));
            }
        }
        columns.sort_unstable_by_key(|(name, _)| *name);
        let mut object = canonical::Object::open();
        for (name, value) in &columns {
            match value {
                ValueRef::Null => object.null(name),
                ValueRef::Integer(number) => object.integer(name, *number)?,
                _ => object.text(name, &spoken(*value)?),
            }
        }
        let mut label = self.name.to_owned();
        for key in self.key {
            let found = columns.iter().find(|(name, _)| name == key);
            label.push(' ');
            label.push_str(&found.map_or(Ok(Cow::Borrowed("")), |(_, value)| spoken(*value))?);
        }
        Ok(Witnessed {
            label,
            digest: Sha256::of(object.close().as_bytes()),
        })
    }
}

fn spoken(value: ValueRef<'_>) -> Result<Cow<'_, str>, Fault> {
    Ok(match value {
        ValueRef::Null => "null".into(),
        ValueRef::Integer(number) => number.to_string().into(),
        ValueRef::Text(text) => String::from_utf8_lossy(text),
        ValueRef::Blob(bytes) => Sha256::of(bytes).to_string().into(),
        // The tables are STRICT and have no such column.
        ValueRef::Real(number) => {
            return Err(Fault::new(
                Code::Internal,
                format!("not canonical: {number}"),
            ));
        }
    })
}
