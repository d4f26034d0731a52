//! Signed statements of how far the log had come.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::Signer;
use rusqlite::{OptionalExtension as _, Transaction};

use super::log;
use super::note::TreeHead;
use crate::store::Store;
use crate::store::sql::sql_fault;

/// A signed checkpoint as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Entries under it.
    pub size: u64,
    /// The signed note.
    pub note: String,
    /// When it was signed.
    pub at_ms: u64,
}

impl Store {
    /// Signs the log as it is and keeps the checkpoint. If nothing was appended since the last
    /// one, gives that.
    ///
    /// # Errors
    /// `TOK-…`; `TOK-03` if the signer is not the store's audit key; `STO-02`.
    pub fn checkpoint(&self, key: &dyn Signer) -> Result<Checkpoint, Fault> {
        self.require_audit_key(key)?;
        let now_ms = self.now_ms();
        self.write_here(|tx| sign(tx, key, now_ms))
    }

    /// All checkpoints, oldest first.
    ///
    /// # Errors
    /// `STO-02`.
    pub fn checkpoints(&self) -> Result<Vec<Checkpoint>, Fault> {
        self.read(all)
    }

    /// A signature by another key than the one everybody checks with would be worth nothing.
    pub(crate) fn require_audit_key(&self, key: &dyn Signer) -> Result<(), Fault> {
        if self.options().audit_key.as_deref() == Some(key.public_key()) {
            return Ok(());
        }
        Err(Fault::new(
            Code::TokenKey,
            "the signer is not the audit key that the store was opened with",
        ))
    }
}

fn sign(tx: &Transaction<'_>, key: &dyn Signer, now_ms: u64) -> Result<Checkpoint, Fault> {
    let tree = log::frontier(tx)?;
    if let Some(kept) = of_size(tx, tree.size())? {
        return Ok(kept);
    }
    let head = TreeHead {
        origin: log::origin(tx)?,
        size: tree.size(),
        root: tree.root(),
    };
    let checkpoint = Checkpoint {
        size: head.size,
        note: head.sign(key)?,
        at_ms: now_ms,
    };
    tx.execute(
        "INSERT INTO checkpoints (size, note, at_ms) VALUES (?1, ?2, ?3)",
        (checkpoint.size, &checkpoint.note, checkpoint.at_ms),
    )
    .map_err(sql_fault)?;
    Ok(checkpoint)
}

pub(super) fn all(tx: &Transaction<'_>) -> Result<Vec<Checkpoint>, Fault> {
    tx.prepare_cached("SELECT size, note, at_ms FROM checkpoints ORDER BY size")
        .and_then(|mut query| query.query_map([], read)?.collect())
        .map_err(sql_fault)
}

fn of_size(tx: &Transaction<'_>, size: u64) -> Result<Option<Checkpoint>, Fault> {
    tx.query_row(
        "SELECT size, note, at_ms FROM checkpoints WHERE size = ?1",
        [size],
        read,
    )
    .optional()
    .map_err(sql_fault)
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Checkpoint> {
    Ok(Checkpoint {
        size: row.get("size")?,
        note: row.get("note")?,
        at_ms: row.get("at_ms")?,
    })
}
