//! Copies of the database: made while it is in use, checked, and put back.

use std::fs;
use std::path::{Path, PathBuf};

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::role::Permission;
use rusqlite::MAIN_DB;
use serde_json::json;

use super::sql::sql_fault;
use super::{Store, StoreOptions, file};
use crate::act::Attempt;
use crate::audit::AuditReport;
use crate::people::Session;

impl Store {
    /// Copies the database, as it is at one moment, to a new file; work goes on meanwhile.
    ///
    /// # Errors
    /// `AUT-…`; `CFG-02` if there is a file already; `STO-02`.
    pub fn backup(&self, session: &Session, to: &Path) -> Result<(), Fault> {
        if to.exists() {
            let detail = format!("{}: there is a file already", to.display());
            return Err(Fault::new(Code::FileFailed, detail));
        }
        self.note(session, "back-up-records", "records.backed-up")?;
        let partial = file::beside(to, ".partial");
        let copied = self.copy_to(&partial);
        if let Err(fault) = copied.and_then(|()| put(&partial, to)) {
            // It is of no use to anyone, and the fault matters more than what is left of it.
            let _ = fs::remove_file(&partial);
            return Err(fault);
        }
        Ok(())
    }

    /// Reads everything: SQLite's pages, rows, indexes and references, then the audit log and
    /// all that it answers for.
    ///
    /// # Errors
    /// `STO-03`, `STO-04`.
    pub fn check(&self) -> Result<AuditReport, Fault> {
        self.read(|tx| file::check_everything(tx))?;
        self.verify_database()
    }

    fn copy_to(&self, path: &Path) -> Result<(), Fault> {
        file::create_private(path)?;
        self.read(|tx| {
            tx.backup(MAIN_DB, path, None::<fn(rusqlite::backup::Progress)>)
                .map_err(sql_fault)
        })?;
        fs::File::open(path)
            .and_then(|file| file.sync_all())
            .or_fault(Code::FileFailed)
    }

    /// An entry about the database as a whole.
    fn note(
        &self,
        session: &Session,
        what: &'static str,
        event: &'static str,
    ) -> Result<(), Fault> {
        let attempt = Attempt {
            what,
            subject: "",
            needs: &[Permission::ManageRecords],
        };
        self.act(session, &attempt, move |act| {
            act.audit(event, "", json!({}))
        })
    }
}

/// Puts a backup in the place of the database, which no program may have open. What was there is
/// kept beside it under the name that is returned.
///
/// Nothing is touched before the backup has been read from end to end, its log verified, and a
/// person of it who may restore has signed in. That it was restored is its next entry; entries
/// that were made after the backup are gone, which any checkpoint kept since will show.
///
/// # Errors
/// `STO-01`, `STO-03`, `STO-04` the backup is of no use; `AUT-…`; `STO-02`, `CFG-02`.
pub fn restore(
    backup: &Path,
    path: &Path,
    clock: impl Fn() -> u64 + Send + Sync + 'static,
    options: StoreOptions,
    sign_in: impl FnOnce(&Store) -> Result<Session, Fault>,
) -> Result<Option<PathBuf>, Fault> {
    let aside = file::beside(path, &format!(".replaced-{}", clock()));
    let staged = file::beside(path, ".restoring");
    copy_checked(backup, &staged)?;
    let prepared = Store::open(&staged, clock, options).and_then(|store| {
        store.check()?;
        let session = sign_in(&store)?;
        store.note(&session, "restore-records", "records.restored")?;
        store.sign_out(&session)
    });
    if let Err(fault) = prepared {
        for ending in ["", "-wal", "-shm"] {
            // The fault matters more than what is left of the copy.
            let _ = fs::remove_file(file::beside(&staged, ending));
        }
        return Err(fault);
    }
    let replaced = path.exists();
    if replaced {
        set_aside(path, &aside)?;
    }
    put(&staged, path)?;
    Ok(replaced.then_some(aside))
}

/// A backup is one file. One with a log beside it is a database in use, of which a copy would
/// lack what is in the log.
fn copy_checked(backup: &Path, staged: &Path) -> Result<(), Fault> {
    if file::beside(backup, "-wal").exists() {
        let detail = format!("{} is in use, and no backup", backup.display());
        return Err(Fault::new(Code::FileFailed, detail));
    }
    if staged.exists() {
        let detail = format!("{} is left from before: remove it", staged.display());
        return Err(Fault::new(Code::FileFailed, detail));
    }
    file::create_private(staged)?;
    fs::copy(backup, staged)
        .map(|_| ())
        .map_err(|error| Fault::new(Code::FileFailed, format!("{}: {error}", backup.display())))
}

/// The log goes with its database: beside another it would destroy that one.
fn set_aside(path: &Path, aside: &Path) -> Result<(), Fault> {
    for ending in ["-shm", "-wal", ""] {
        let from = file::beside(path, ending);
        if from.exists() {
            fs::rename(&from, file::beside(aside, ending)).or_fault(Code::FileFailed)?;
        }
    }
    Ok(())
}

fn put(from: &Path, to: &Path) -> Result<(), Fault> {
    fs::rename(from, to)
        .and_then(|()| file::sync_folder(to))
        .or_fault(Code::FileFailed)
}
