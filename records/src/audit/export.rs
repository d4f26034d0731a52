//! The log as files that anyone can check.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ports::Signer;
use cradle_procedure::role::Permission;
use rusqlite::Transaction;
use serde_json::json;

use super::checkpoint::Checkpoint;
use crate::act::Attempt;
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::sql_fault;

/// Where an export lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditExport {
    /// One entry per line.
    pub entries: PathBuf,
    /// Signed note.
    pub checkpoint: PathBuf,
    /// Audit key, `SubjectPublicKeyInfo`, PEM.
    pub public_key: PathBuf,
    /// Number of entries.
    pub size: u64,
}

impl Store {
    /// Signs a checkpoint and writes it with all entries under it and the public key to the
    /// directory, as `entries.jsonl`, `checkpoint` and `public-key.pem`. The export is an entry
    /// itself, the last one.
    ///
    /// # Errors
    /// `AUT-…`, `TOK-…`, `CFG-02`.
    pub fn export_audit(
        &self,
        session: &Session,
        dir: &Path,
        key: &dyn Signer,
    ) -> Result<AuditExport, Fault> {
        let attempt = Attempt {
            what: "export-audit",
            subject: "",
            needs: &[Permission::ReadRecords],
        };
        self.act(session, &attempt, |act| {
            act.audit("audit.exported", "", json!({}))
        })?;
        let checkpoint = self.checkpoint(key)?;
        fs::create_dir_all(dir).map_err(|error| file_fault(dir, &error))?;
        let export = AuditExport {
            entries: dir.join("entries.jsonl"),
            checkpoint: dir.join("checkpoint"),
            public_key: dir.join("public-key.pem"),
            size: checkpoint.size,
        };
        self.read(|tx| write_entries(tx, &export.entries, &checkpoint))?;
        write(&export.checkpoint, &checkpoint.note)?;
        write(&export.public_key, &pem(key.public_key()))?;
        Ok(export)
    }
}

fn write_entries(tx: &Transaction<'_>, path: &Path, checkpoint: &Checkpoint) -> Result<(), Fault> {
    let file = File::create(path).map_err(|error| file_fault(path, &error))?;
    let mut file = BufWriter::new(file);
    let mut query = tx
        .prepare("SELECT line FROM audit WHERE entry < ?1 ORDER BY entry")
        .map_err(sql_fault)?;
    let mut rows = query.query([checkpoint.size]).map_err(sql_fault)?;
    while let Some(row) = rows.next().map_err(sql_fault)? {
        let line = row
            .get_ref(0)
            .map_err(sql_fault)?
            .as_str()
            .or_fault(Code::StoreCorrupt)?;
        writeln!(file, "{line}").map_err(|error| file_fault(path, &error))?;
    }
    file.into_inner()
        .map_err(std::io::IntoInnerError::into_error)
        .and_then(|file| file.sync_all())
        .map_err(|error| file_fault(path, &error))
}

fn write(path: &Path, text: &str) -> Result<(), Fault> {
    fs::write(path, text).map_err(|error| file_fault(path, &error))
}

/// RFC 7468 §13.
fn pem(spki: &[u8]) -> String {
    let text = STANDARD.encode(spki);
    let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END PUBLIC KEY-----\n");
    pem
}

fn file_fault(path: &Path, error: &std::io::Error) -> Fault {
    Fault::new(Code::FileFailed, format!("{}: {error}", path.display()))
}
