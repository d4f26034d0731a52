//! Checking an export with nothing but the export and the public key.

use std::io::{BufRead, Read as _, Seek, SeekFrom};

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::Sha256;

use super::canonical;
use super::log::MAX_LINE;
use super::merkle::{Frontier, Hash, leaf_hash};
use super::note::TreeHead;

/// What a log that verifies is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// Name of the log.
    pub origin: String,
    /// Entries under the checkpoint.
    pub entries: u64,
    /// Root of the Merkle tree over them.
    pub root: Sha256,
}

/// Checks that the entries are those the checkpoint was signed over: none changed, removed,
/// reordered, added or cut off. `key` is the audit key (`SubjectPublicKeyInfo`, DER).
///
/// One pass hashes; only if that fails a second one looks for the first wrong line.
///
/// # Errors
/// `STO-04`, naming the first wrong line where the lines alone show it; `CFG-02` if they cannot
/// be read.
pub fn verify_export(
    entries: impl BufRead + Seek,
    checkpoint: &str,
    key: &[u8],
) -> Result<AuditReport, Fault> {
    verify_export_since(entries, checkpoint, &[], key)
}

/// As [`verify_export`], and checks that each of the older checkpoints, kept elsewhere, is of
/// the same log and over the beginning of these entries. Finds a log that was rolled back and
/// written anew.
///
/// # Errors
/// As [`verify_export`].
pub fn verify_export_since(
    mut entries: impl BufRead + Seek,
    checkpoint: &str,
    older: &[&str],
    key: &[u8],
) -> Result<AuditReport, Fault> {
    let head = TreeHead::open(checkpoint, key)?;
    let mut heads = older
        .iter()
        .map(|note| TreeHead::open(note, key))
        .collect::<Result<Vec<_>, _>>()?;
    heads.push(head.clone());
    let start = entries.stream_position().or_fault(Code::FileFailed)?;
    let hashed = hash_all(&mut entries, &head, &mut HeadCheck::new(heads)?);
    let Err(fault) = hashed else {
        return Ok(AuditReport {
            origin: head.origin,
            entries: head.size,
            root: Sha256::from_bytes(head.root),
        });
    };
    entries
        .seek(SeekFrom::Start(start))
        .or_fault(Code::FileFailed)?;
    match first_wrong_line(&mut entries)? {
        Some(found) => Err(Fault::new(Code::AuditBroken, found)),
        None => Err(fault),
    }
}

fn hash_all(
    entries: &mut impl BufRead,
    head: &TreeHead,
    check: &mut HeadCheck,
) -> Result<(), Fault> {
    let mut tree = Frontier::new();
    check.at(&tree)?;
    let mut line = Vec::new();
    while read_line(entries, &mut line)? {
        if tree.size() == head.size {
            return Err(broken(format!(
                "there are entries after the checkpoint's {}",
                head.size
            )));
        }
        tree.push(leaf_hash(strip_newline(&line)?));
        check.at(&tree)?;
    }
    if tree.size() < head.size {
        return Err(broken(format!(
            "entries are missing at the end: {} of {}",
            tree.size(),
            head.size
        )));
    }
    Ok(())
}

/// Compares a growing tree with signed heads, each when the tree has its size.
pub(super) struct HeadCheck {
    /// Smallest last.
    heads: Vec<TreeHead>,
}

impl HeadCheck {
    /// The last of the heads is the one to verify under; none may be of another log or larger.
    pub(super) fn new(mut heads: Vec<TreeHead>) -> Result<Self, Fault> {
        if let Some(newest) = heads.last() {
            for head in &heads {
                if head.origin != newest.origin {
                    let detail = format!("a checkpoint is of another log: {}", head.origin);
                    return Err(broken(detail));
                }
                if head.size > newest.size {
                    return Err(broken(format!(
                        "the log was rolled back: an older checkpoint has {} entries, this one {}",
                        head.size, newest.size
                    )));
                }
            }
        }
        heads.sort_by_key(|head| std::cmp::Reverse(head.size));
        Ok(Self { heads })
    }

    pub(super) fn at(&mut self, tree: &Frontier) -> Result<(), Fault> {
        while let Some(head) = self.heads.pop_if(|head| head.size == tree.size()) {
            same_root(&head.root, tree)?;
        }
        Ok(())
    }
}

fn same_root(signed: &Hash, tree: &Frontier) -> Result<(), Fault> {
    if tree.root() == *signed {
        return Ok(());
    }
    Err(broken(format!(
        "an entry among the first {} is not the one that was signed",
        tree.size()
    )))
}

/// The first line that cannot be as it was written, if the lines alone show one.
fn first_wrong_line(entries: &mut impl BufRead) -> Result<Option<String>, Fault> {
    let mut line = Vec::new();
    let mut index: u64 = 0;
    while read_line(entries, &mut line)? {
        if let Some(what) = wrong_with(&line, index) {
            return Ok(Some(format!("line {}: {what}", index + 1)));
        }
        index += 1;
    }
    Ok(None)
}

fn wrong_with(line: &[u8], index: u64) -> Option<String> {
    let Some(text) = line
        .strip_suffix(b"\n")
        .and_then(|line| std::str::from_utf8(line).ok())
    else {
        return Some("not a line of text".into());
    };
    wrong_entry(text, index)
}

/// What is wrong with an entry that should be number `index`.
pub(super) fn wrong_entry(text: &str, index: u64) -> Option<String> {
    let found = text
        .strip_prefix("{\"entry\":")
        .and_then(|rest| rest.split_once(','))
        .and_then(|(number, _)| number.parse::<u64>().ok());
    match found {
        Some(number) if number != index => {
            Some(format!("entry {number} where entry {index} belongs"))
        }
        Some(_) if canonical::is_canonical(text) => None,
        _ => Some("not an entry in canonical form".into()),
    }
}

/// Reads up to and with the newline, but no more than a line may have.
fn read_line(entries: &mut impl BufRead, line: &mut Vec<u8>) -> Result<bool, Fault> {
    line.clear();
    let limit = MAX_LINE as u64 + 1;
    let read = entries
        .by_ref()
        .take(limit)
        .read_until(b'\n', line)
        .or_fault(Code::FileFailed)?;
    Ok(read > 0)
}

fn strip_newline(line: &[u8]) -> Result<&[u8], Fault> {
    line.strip_suffix(b"\n")
        .ok_or_else(|| broken("a line does not end, or is longer than an entry may be"))
}

fn broken(what: impl std::fmt::Display) -> Fault {
    Fault::new(Code::AuditBroken, what)
}
