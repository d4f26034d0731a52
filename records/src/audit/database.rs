//! Checking the log where it lies, and proofs from it.

use std::ops::ControlFlow;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Sha256;
use rusqlite::Transaction;

use super::merkle::{Frontier, Hash, leaf_hash};
use super::note::TreeHead;
use super::told::Told;
use super::verify::{AuditReport, HeadCheck, wrong_entry};
use super::{checkpoint, log, proof};
use crate::release;
use crate::store::Store;
use crate::store::sql::sql_fault;

impl Store {
    /// Checks every stored entry against the tree that grew with them, both against every kept
    /// checkpoint, and every row of the record against the entry that last told of it. A
    /// checkpoint must bear the audit key's signature.
    ///
    /// # Errors
    /// `STO-04`, naming the rows that are wrong.
    pub fn verify_database(&self) -> Result<AuditReport, Fault> {
        self.verify_database_watched(&mut |_, _| ControlFlow::Continue(()))
    }

    /// As [`Store::verify_database`]. `watch` is told now and then how many entries of how many
    /// were checked, and may give it up.
    ///
    /// # Errors
    /// As there; `RUN-01` it was given up.
    pub fn verify_database_watched(
        &self,
        watch: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<AuditReport, Fault> {
        let key = self.options().audit_key.as_deref();
        self.read(|tx| verify(tx, key, watch))
    }

    /// The audit path of an entry in the tree over the first `size` entries (RFC 6962 §2.1.1).
    ///
    /// # Errors
    /// `CFG-03` if there is no such entry or tree.
    pub fn inclusion_proof(&self, entry: u64, size: u64) -> Result<Vec<Hash>, Fault> {
        let leaves = self.read(|tx| leaves(tx, size))?;
        position(entry)
            .and_then(|entry| proof::inclusion(&leaves, entry))
            .ok_or_else(|| absent(&format!("entry {entry} of {size}")))
    }

    /// The proof that the tree of size `old` is the beginning of that of size `new`
    /// (RFC 6962 §2.1.2).
    ///
    /// # Errors
    /// `CFG-03` if there are no such trees.
    pub fn consistency_proof(&self, old: u64, new: u64) -> Result<Vec<Hash>, Fault> {
        let leaves = self.read(|tx| leaves(tx, new))?;
        position(old)
            .and_then(|old| proof::consistency(&leaves, old))
            .ok_or_else(|| absent(&format!("tree {old} before {new}")))
    }
}

/// Entries between two looks at the watch.
const WATCHED: u64 = 4096;

fn verify(
    tx: &Transaction<'_>,
    key: Option<&[u8]>,
    watch: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<AuditReport, Fault> {
    let kept = log::frontier(tx)?;
    let origin = log::origin(tx)?;
    let own = TreeHead {
        origin: origin.clone(),
        size: kept.size(),
        root: kept.root(),
    };
    let mut heads = signed_heads(tx, key)?;
    heads.push(own);
    let mut check = HeadCheck::new(heads)?;
    let mut told = Told::default();
    let mut tree = Frontier::new();
    let mut query = tx
        .prepare("SELECT line FROM audit ORDER BY entry")
        .map_err(sql_fault)?;
    let mut rows = query.query([]).map_err(sql_fault)?;
    while let Some(row) = rows.next().map_err(sql_fault)? {
        if tree.size().is_multiple_of(WATCHED) && watch(tree.size(), kept.size()).is_break() {
            return Err(Fault::new(Code::Cancelled, ""));
        }
        let line: String = row.get(0).map_err(sql_fault)?;
        if let Some(what) = wrong_entry(&line, tree.size()) {
            return Err(broken(format!("row {}: {what}", tree.size())));
        }
        told.read(tx, tree.size(), &line)?;
        tree.push(leaf_hash(line.as_bytes()));
        check.at(&tree)?;
    }
    if tree.size() != kept.size() {
        return Err(broken(format!(
            "{} entries are stored, {} were appended",
            tree.size(),
            kept.size()
        )));
    }
    told.compare(tx)?;
    release::verify_components(tx)?;
    Ok(AuditReport {
        origin,
        entries: tree.size(),
        root: Sha256::from_bytes(tree.root()),
    })
}

fn signed_heads(tx: &Transaction<'_>, key: Option<&[u8]>) -> Result<Vec<TreeHead>, Fault> {
    let checkpoints = checkpoint::all(tx)?;
    let Some(key) = key else {
        if checkpoints.is_empty() {
            return Ok(Vec::new());
        }
        return Err(broken(
            "there are checkpoints, but no audit key to check them with",
        ));
    };
    checkpoints
        .iter()
        .map(|checkpoint| TreeHead::open(&checkpoint.note, key))
        .collect()
}

fn leaves(tx: &Transaction<'_>, size: u64) -> Result<Vec<Hash>, Fault> {
    let mut query = tx
        .prepare("SELECT line FROM audit WHERE entry < ?1 ORDER BY entry")
        .map_err(sql_fault)?;
    let leaves: Vec<Hash> = query
        .query_map([size], |row| {
            Ok(leaf_hash(row.get_ref("line")?.as_bytes()?))
        })
        .and_then(Iterator::collect)
        .map_err(sql_fault)?;
    if leaves.len() as u64 == size {
        return Ok(leaves);
    }
    Err(absent(&format!("tree {size} of {}", leaves.len())))
}

fn position(entry: u64) -> Option<usize> {
    usize::try_from(entry).ok()
}

fn absent(what: &str) -> Fault {
    Fault::new(Code::InputInvalid, format!("the audit log has no {what}"))
}

fn broken(what: impl std::fmt::Display) -> Fault {
    Fault::new(Code::AuditBroken, what)
}
