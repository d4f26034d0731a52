//! Appending: one canonical line, one leaf more in the tree, in the transaction of what it tells.

use cradle_procedure::fault::{Code, Fault};
use rusqlite::{OptionalExtension as _, Transaction};
use serde_json::{Value, json};

use super::canonical::Object;
use super::merkle::{Frontier, Hash, leaf_hash};
use crate::people::Session;
use crate::store::rows;
use crate::store::sql::sql_fault;

/// How far two stations' clocks may be apart, or one may be corrected backwards.
const CLOCK_TOLERANCE_MS: u64 = 5 * 60 * 1000;

/// Longest line. Texts from people and devices are cut well before ([`crate::unit`]).
pub(crate) const MAX_LINE: usize = 64 * 1024;

/// What is to be told.
pub(crate) struct Entry<'a> {
    pub(crate) event: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) facts: Value,
    pub(crate) time_ms: u64,
}

/// Starts the log with the name it will bear in every checkpoint.
pub(crate) fn create(tx: &Transaction<'_>, now_ms: u64) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO audit_log VALUES (1, 'cradle-log/' || lower(hex(randomblob(16))), 0, x'', ?1)",
        [now_ms],
    )
    .map_err(sql_fault)?;
    let entry = Entry {
        event: "log.created",
        subject: &origin(tx)?,
        facts: json!({}),
        time_ms: now_ms,
    };
    append(tx, None, &entry)
}

/// Appends the entry, which answers for the rows written since the last one. `session` is `None`
/// for what the system does of itself.
pub(crate) fn append(
    tx: &Transaction<'_>,
    session: Option<&Session>,
    entry: &Entry<'_>,
) -> Result<(), Fault> {
    let (mut tree, last_ms) = state(tx)?;
    refuse_clock_back(last_ms, entry.time_ms)?;
    let index = tree.size();
    let line = line(index, session, entry, &rows::take_digests(tx)?)?;
    tree.push(leaf_hash(line.as_bytes()));
    tx.prepare_cached("INSERT INTO audit (entry, line) VALUES (?1, ?2)")
        .and_then(|mut insert| insert.execute((index, &line)))
        .map_err(sql_fault)?;
    keep(tx, &tree, entry.time_ms)
}

/// Validity, lock-outs and the order of things hang on a clock that does not go back.
fn refuse_clock_back(last_ms: u64, now_ms: u64) -> Result<(), Fault> {
    if now_ms.saturating_add(CLOCK_TOLERANCE_MS) >= last_ms {
        return Ok(());
    }
    let behind = (last_ms - now_ms).div_ceil(1000);
    Err(Fault::new(
        Code::ClockBack,
        format!("the clock is {behind} s behind the last entry"),
    ))
}

/// The latest time on record.
pub(crate) fn last_ms(tx: &Transaction<'_>) -> Result<u64, Fault> {
    tx.prepare_cached("SELECT last_ms FROM audit_log")
        .and_then(|mut query| query.query_row([], |row| row.get(0)))
        .map_err(sql_fault)
}

/// Takes the time as the latest, though there are entries that say they are later.
pub(crate) fn accept_clock(tx: &Transaction<'_>, now_ms: u64) -> Result<(), Fault> {
    tx.execute("UPDATE audit_log SET last_ms = ?1", [now_ms])
        .map_err(sql_fault)?;
    Ok(())
}

fn line(
    index: u64,
    session: Option<&Session>,
    entry: &Entry<'_>,
    rows: &str,
) -> Result<String, Fault> {
    // The names are chosen so that `entry` sorts first: a reader finds the number at once.
    let mut line = Object::open();
    line.integer("entry", signed(index))?;
    line.text("event", entry.event);
    line.value("facts", &entry.facts)?;
    match session {
        Some(session) => {
            line.text("operator", session.operator().as_str());
            line.text("role", session.role().text());
            line.canonical("rows", rows);
            line.integer("session", signed(session.id()))?;
            line.text("station", session.station().as_str());
        }
        None => {
            line.null("operator");
            line.null("role");
            line.canonical("rows", rows);
            line.null("session");
            line.null("station");
        }
    }
    line.text("subject", entry.subject);
    line.integer("time_ms", signed(entry.time_ms))?;
    let line = line.close();
    if line.len() > MAX_LINE {
        let detail = format!(
            "the audit entry has {} bytes, at most {MAX_LINE}",
            line.len()
        );
        return Err(Fault::new(Code::InputInvalid, detail));
    }
    Ok(line)
}

/// What is too large becomes the largest, which no line may hold.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The log's name.
pub(crate) fn origin(tx: &Transaction<'_>) -> Result<String, Fault> {
    tx.query_row("SELECT origin FROM audit_log", [], |row| row.get(0))
        .map_err(sql_fault)
}

/// The tree as kept.
pub(crate) fn frontier(tx: &Transaction<'_>) -> Result<Frontier, Fault> {
    state(tx).map(|(tree, _)| tree)
}

/// The tree as kept, and the latest time on record.
fn state(tx: &Transaction<'_>) -> Result<(Frontier, u64), Fault> {
    let kept: Option<(u64, Vec<u8>, u64)> = tx
        .prepare_cached("SELECT size, frontier, last_ms FROM audit_log")
        .and_then(|mut query| {
            query
                .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()
        })
        .map_err(sql_fault)?;
    let (size, roots, last_ms) =
        kept.ok_or_else(|| Fault::new(Code::StoreCorrupt, "the audit log has no state"))?;
    let (roots, rest) = roots.as_chunks::<{ size_of::<Hash>() }>();
    rest.is_empty()
        .then(|| Frontier::from_parts(size, roots.to_vec()))
        .flatten()
        .map(|tree| (tree, last_ms))
        .ok_or_else(|| {
            Fault::new(
                Code::AuditBroken,
                "the audit log's tree does not fit its size",
            )
        })
}

/// Keeps the tree: one row, so that a commit writes one page for it.
fn keep(tx: &Transaction<'_>, tree: &Frontier, now_ms: u64) -> Result<(), Fault> {
    tx.prepare_cached("UPDATE audit_log SET size = ?1, frontier = ?2, last_ms = max(last_ms, ?3)")
        .and_then(|mut update| update.execute((tree.size(), tree.roots().concat(), now_ms)))
        .map_err(sql_fault)?;
    Ok(())
}
