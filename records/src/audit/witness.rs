//! A witness file: checkpoints kept outside of the records, oldest first, to which only the next
//! is ever added. Notes follow each other with an empty line between.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::Path;

use cradle_procedure::fault::{Code, Fault};

use super::checkpoint::Checkpoint;
use super::note::TreeHead;
use super::proof;
use crate::store::Store;

/// Longest witness file that is read: some hundred thousand checkpoints.
const MAX_LENGTH: u64 = 64 * 1024 * 1024;

/// Takes the text of a witness file apart into its checkpoints; that of a single one is such a
/// file.
///
/// # Errors
/// `STO-04` if it is no sequence of signed notes.
pub fn split_witness(text: &str) -> Result<Vec<String>, Fault> {
    let mut parts = text.split("\n\n");
    let mut notes = Vec::new();
    while let Some(head) = parts.next().filter(|head| !head.is_empty()) {
        let signatures = parts.next().ok_or_else(|| {
            let detail = "a checkpoint in the witness file has no signature";
            Fault::new(Code::AuditBroken, detail)
        })?;
        notes.push(format!("{head}\n\n{}\n", signatures.trim_end_matches('\n')));
    }
    Ok(notes)
}

impl Store {
    /// Adds a checkpoint to a witness file, which is made if there is none. Not before it is
    /// proven that the log as it is now continues the newest one in the file.
    ///
    /// # Errors
    /// `STO-04` the log does not continue what the file witnesses; `CFG-02`.
    pub fn witness(&self, checkpoint: &Checkpoint, file: &Path) -> Result<(), Fault> {
        let key = self.options().audit_key.clone().unwrap_or_default();
        let new = TreeHead::open(&checkpoint.note, &key)?;
        let failed = |error: std::io::Error| {
            Fault::new(Code::FileFailed, format!("{}: {error}", file.display()))
        };
        let known = split_witness(&read(file).map_err(failed)?)?;
        if let Some(last) = known.last() {
            let last = TreeHead::open(last, &key)?;
            if last == new {
                return Ok(());
            }
            self.require_continued(&last, &new)?;
        }
        let gap = if known.is_empty() { "" } else { "\n" };
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(file)
            .and_then(|mut file| {
                write!(file, "{gap}{}", checkpoint.note)?;
                file.sync_all()
            })
            .map_err(failed)
    }

    fn require_continued(&self, old: &TreeHead, new: &TreeHead) -> Result<(), Fault> {
        let continued = old.origin == new.origin
            && old.size <= new.size
            && proof::verify_consistency(
                &(old.size, old.root),
                &(new.size, new.root),
                &self.consistency_proof(old.size, new.size)?,
            );
        if continued {
            return Ok(());
        }
        let detail = format!(
            "the log of {} entries does not continue the one of {} entries that was witnessed",
            new.size, old.size
        );
        Err(Fault::new(Code::AuditBroken, detail))
    }
}

fn read(file: &Path) -> std::io::Result<String> {
    match File::open(file) {
        Ok(open) => {
            let mut text = String::new();
            open.take(MAX_LENGTH).read_to_string(&mut text)?;
            Ok(text)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}
