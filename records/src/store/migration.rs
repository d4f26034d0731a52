//! From the schema that the file has to the one this program knows: forward only, one step at a
//! time, with a copy of the file put aside first.

use std::path::{Path, PathBuf};

use cradle_procedure::fault::{Code, Fault};
use rusqlite::{Connection, MAIN_DB, Transaction, TransactionBehavior};

use super::sql::sql_fault;
use crate::audit;

/// One step: from the version that is its index to the next.
type Migration = fn(&Transaction<'_>, u64) -> Result<(), Fault>;

const MIGRATIONS: &[Migration] = &[to_1, unit_life, people, decommission, custody, tls];

fn to_1(tx: &Transaction<'_>, now_ms: u64) -> Result<(), Fault> {
    tx.execute_batch(include_str!("schema-1.sql"))
        .map_err(sql_fault)?;
    audit::log::create(tx, now_ms)
}

/// Check characters in serial numbers, and the ways of a unit's life.
fn unit_life(tx: &Transaction<'_>, _: u64) -> Result<(), Fault> {
    tx.execute_batch(include_str!("schema-unit-life.sql"))
        .map_err(sql_fault)
}

/// Accounts that change, cards, refused requests, and what two people let in.
fn people(tx: &Transaction<'_>, _: u64) -> Result<(), Fault> {
    tx.execute_batch(include_str!("schema-people.sql"))
        .map_err(sql_fault)
}

/// Documents to go on from, and registries that owe an answer.
fn decommission(tx: &Transaction<'_>, _: u64) -> Result<(), Fault> {
    tx.execute_batch(include_str!("schema-decommission.sql"))
        .map_err(sql_fault)
}

/// Who has a unit; and the end of one that died in service.
fn custody(tx: &Transaction<'_>, _: u64) -> Result<(), Fault> {
    tx.execute_batch(include_str!("schema-custody.sql"))
        .map_err(sql_fault)
}

/// TLS certificates of stations and servers.
fn tls(tx: &Transaction<'_>, _: u64) -> Result<(), Fault> {
    tx.execute_batch(include_str!("schema-tls.sql"))
        .map_err(sql_fault)
}

/// Refuses a file that a newer program wrote, before anything in it is touched.
pub(crate) fn refuse_newer(connection: &Connection) -> Result<(), Fault> {
    refuse_beyond(connection, MIGRATIONS.len())
}

/// Brings the file to the present schema.
pub(crate) fn migrate(connection: &mut Connection, path: &Path, now_ms: u64) -> Result<(), Fault> {
    apply(connection, path, MIGRATIONS, now_ms)
}

fn refuse_beyond(connection: &Connection, known: usize) -> Result<(), Fault> {
    let found = version(connection)?;
    if found <= known {
        return Ok(());
    }
    Err(Fault::new(
        Code::StoreNewer,
        format!("the file has schema {found}, this program knows up to {known}"),
    ))
}

fn apply(
    connection: &mut Connection,
    path: &Path,
    migrations: &[Migration],
    now_ms: u64,
) -> Result<(), Fault> {
    if version(connection)? == migrations.len() {
        return Ok(());
    }
    // Two programs may start at once: the version counts that is read under the lock.
    let backup = backup_before(connection, path, migrations.len())?;
    let tx = connection
        .transaction_with_behavior(TransactionBehavior::Exclusive)
        .map_err(sql_fault)?;
    let from = version(&tx)?;
    for (index, migration) in migrations.iter().enumerate().skip(from) {
        migration(&tx, now_ms)?;
        tx.pragma_update(None, "user_version", index + 1)
            .map_err(sql_fault)?;
    }
    tx.commit().map_err(|error| {
        let kept = backup.map_or(String::new(), |path| format!("; copy: {}", path.display()));
        Fault::new(Code::StoreFailed, format!("migration: {error}{kept}"))
    })
}

/// Puts a copy beside the file, named for the schema it has. `None` for a new file.
fn backup_before(
    connection: &Connection,
    path: &Path,
    target: usize,
) -> Result<Option<PathBuf>, Fault> {
    let found = version(connection)?;
    if found == 0 || found >= target {
        return Ok(None);
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".schema-{found}"));
    let copy = PathBuf::from(name);
    connection
        .backup(MAIN_DB, &copy, None::<fn(rusqlite::backup::Progress)>)
        .map_err(sql_fault)?;
    Ok(Some(copy))
}

fn version(connection: &Connection) -> Result<usize, Fault> {
    let version: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(sql_fault)?;
    usize::try_from(version)
        .map_err(|_| Fault::new(Code::StoreCorrupt, format!("schema version {version}")))
}

#[cfg(test)]
mod tests {
    use rusqlite::OptionalExtension as _;

    use super::*;

    fn first(tx: &Transaction<'_>, _: u64) -> Result<(), Fault> {
        tx.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (7)")
            .map_err(sql_fault)
    }

    fn second(tx: &Transaction<'_>, _: u64) -> Result<(), Fault> {
        tx.execute_batch("ALTER TABLE t ADD COLUMN y")
            .map_err(sql_fault)
    }

    fn broken(tx: &Transaction<'_>, _: u64) -> Result<(), Fault> {
        tx.execute_batch("DELETE FROM t; SELECT * FROM missing")
            .map_err(sql_fault)
    }

    fn value(connection: &Connection) -> Option<i64> {
        connection
            .query_row("SELECT x FROM t", [], |row| row.get(0))
            .optional()
            .unwrap()
    }

    #[test]
    fn a_migration_keeps_a_copy_of_the_file_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("db");
        let mut connection = Connection::open(&path).unwrap();
        apply(&mut connection, &path, &[first], 0).unwrap();
        assert!(!dir.path().join("db.schema-0").exists());
        apply(&mut connection, &path, &[first, second], 0).unwrap();
        assert_eq!(version(&connection).unwrap(), 2);

        let copy = Connection::open(dir.path().join("db.schema-1")).unwrap();
        assert_eq!(version(&copy).unwrap(), 1);
        assert_eq!(value(&copy), Some(7));
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("db");
        let mut connection = Connection::open(&path).unwrap();
        apply(&mut connection, &path, &[first], 0).unwrap();
        apply(&mut connection, &path, &[first, broken], 0).unwrap_err();
        assert_eq!(version(&connection).unwrap(), 1);
        assert_eq!(value(&connection), Some(7));
    }

    #[test]
    fn a_newer_schema_is_refused() {
        let connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 3).unwrap();
        let fault = refuse_beyond(&connection, 2).unwrap_err();
        assert_eq!(fault.code, Code::StoreNewer);
    }
}
