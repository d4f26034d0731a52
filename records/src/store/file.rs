//! Opening the database file: what must hold before anything is done with it.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB, OpenFlags, OptionalExtension as _};

use super::sql::sql_fault;
use super::{migration, rows};

/// "Crdl": marks the file as ours (SQLite file format §1.3.14). The first schema sets it.
const APPLICATION_ID: i32 = 0x4372_646c;

/// Up to this size all pages of a database are checked whenever it is opened: it takes less than
/// a second. Of a larger one, opening checks what was written last, whatever its size: a power
/// cut can harm nothing else, for SQLite takes from its log only what was committed (SQLite file
/// format §4), and a page that the disk loses may be lost at any time. Such damage is what
/// [`check_everything`] is for, by command and at night.
const CHECKED_ALWAYS: u64 = 64 * 1024 * 1024;

/// Statements that each connection keeps compiled: there are more than `rusqlite`'s 16.
const STATEMENTS: usize = 96;

/// How long a writer waits for another process before it gives up.
const BUSY: Duration = Duration::from_secs(10);

/// Opens or makes the database and brings it to the present schema.
pub(crate) fn open_writer(path: &Path, now_ms: u64) -> Result<Connection, Fault> {
    create_private(path)?;
    let small = is_small(path);
    let mut connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(sql_fault)?;
    connection.busy_timeout(BUSY).map_err(sql_fault)?;
    require_writable(&connection, path)?;
    // Everything up to here and the next three checks leaves a foreign file as it was.
    check_owner(&connection)?;
    migration::refuse_newer(&connection)?;
    if small {
        check_pages(&connection)?;
    }
    configure(&connection)?;
    migration::migrate(&mut connection, path, now_ms)?;
    check_end(&connection)?;
    rows::watch(&mut connection)?;
    Ok(connection)
}

/// Opens the database, which exists, for reading only.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(sql_fault)?;
    connection.busy_timeout(BUSY).map_err(sql_fault)?;
    harden(&connection)?;
    Ok(connection)
}

/// The file holds password hashes: nobody but its owner reads it. SQLite gives `-wal` and `-shm`
/// the same rights.
pub(crate) fn create_private(path: &Path) -> Result<(), Fault> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path).and_then(|_| sync_folder(path)) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(Fault::new(
            Code::StoreFailed,
            format!("{}: {error}", path.display()),
        )),
        _ => Ok(()),
    }
}

/// SQLite opens a protected file for reading, and would fail later with less to say. (To open
/// the file ourselves and close it again would drop the locks that this process holds on it.)
fn require_writable(connection: &Connection, path: &Path) -> Result<(), Fault> {
    if !connection.is_readonly(MAIN_DB).map_err(sql_fault)? {
        return Ok(());
    }
    let detail = format!("{}: the file is not writable", path.display());
    Err(Fault::new(Code::StoreFailed, detail))
}

/// That there is a file must be as durable as what will be in it.
pub(crate) fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

fn check_owner(connection: &Connection) -> Result<(), Fault> {
    let owner: i32 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(sql_fault)?;
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(sql_fault)?;
    // Ours has its mark from the transaction that makes the tables; an empty file is free.
    if owner == APPLICATION_ID || (owner == 0 && tables == 0) {
        return Ok(());
    }
    Err(Fault::new(
        Code::StoreCorrupt,
        "the file is a database, but not one of Cradle's",
    ))
}

fn is_small(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|file| file.len() <= CHECKED_ALWAYS)
}

/// The file that SQLite keeps beside the database under this ending.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// SQLite's own check of pages and records.
fn check_pages(connection: &Connection) -> Result<(), Fault> {
    expect_ok(connection, "PRAGMA quick_check(1)")
}

/// Whether what was written last is there: the newest entries of the audit log, without a gap,
/// up to the one that was appended last.
fn check_end(connection: &Connection) -> Result<(), Fault> {
    const ENTRIES: u64 = 1000;
    let size: u64 = connection
        .query_row("SELECT size FROM audit_log", [], |row| row.get(0))
        .map_err(sql_fault)?;
    let first = size.saturating_sub(ENTRIES);
    let mut query = connection
        .prepare("SELECT entry, line FROM audit WHERE entry >= ?1 ORDER BY entry")
        .map_err(sql_fault)?;
    let mut rows = query.query([first]).map_err(sql_fault)?;
    let mut expected = first;
    while let Some(row) = rows.next().map_err(sql_fault)? {
        let entry: u64 = row.get(0).map_err(sql_fault)?;
        let line: String = row.get(1).map_err(sql_fault)?;
        let begins = format!("{{\"entry\":{expected},");
        if entry != expected || !line.starts_with(&begins) {
            return Err(end_damaged(expected));
        }
        expected += 1;
    }
    if expected == size {
        return Ok(());
    }
    Err(end_damaged(expected))
}

fn end_damaged(entry: u64) -> Fault {
    let detail = format!("entry {entry} of the audit log is not where it was appended");
    Fault::new(Code::StoreCorrupt, detail)
}

/// SQLite's own check of pages, records, indexes and references. Reads everything.
pub(crate) fn check_everything(connection: &Connection) -> Result<(), Fault> {
    expect_ok(connection, "PRAGMA integrity_check(1)")?;
    let dangling: Option<String> = connection
        .query_row("PRAGMA foreign_key_check", [], |row| row.get(0))
        .optional()
        .map_err(sql_fault)?;
    match dangling {
        None => Ok(()),
        Some(table) => Err(Fault::new(
            Code::StoreCorrupt,
            format!("a row of {table} refers to one that is not there"),
        )),
    }
}

fn expect_ok(connection: &Connection, check: &str) -> Result<(), Fault> {
    let answer: String = connection
        .query_row(check, [], |row| row.get(0))
        .map_err(sql_fault)?;
    if answer == "ok" {
        return Ok(());
    }
    Err(Fault::new(Code::StoreCorrupt, answer))
}

fn configure(connection: &Connection) -> Result<(), Fault> {
    connection
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))
        .map_err(sql_fault)?;
    connection
        .pragma_update(None, "synchronous", "FULL")
        .map_err(sql_fault)?;
    harden(connection)
}

fn harden(connection: &Connection) -> Result<(), Fault> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Else SQLite compiles a statement anew for each value that might let it choose another plan,
    // such as whether a partial index will do: a third of the writer's time.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(sql_fault)?;
    connection
        .execute_batch("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;")
        .map_err(sql_fault)
}
