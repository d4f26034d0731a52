//! Read-only connections, one per query that runs at the same time. In WAL mode they neither wait
//! for the writer nor hold it up.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use cradle_procedure::fault::Fault;
use rusqlite::{Connection, Transaction};

use super::file;
use super::sql::sql_fault;

/// Idle connections that are kept.
const KEPT: usize = 4;

pub(crate) struct Readers {
    pub(super) path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Runs the closure on one state of the database: nothing it reads changes meanwhile.
    pub(crate) fn read<T>(
        &self,
        query: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut connection = match self.take() {
            Some(connection) => connection,
            None => file::open_reader(&self.path)?,
        };
        let transaction = connection.transaction().map_err(sql_fault)?;
        let result = query(&transaction);
        transaction.finish().map_err(sql_fault)?;
        self.keep(connection);
        result
    }

    fn take(&self) -> Option<Connection> {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
    }

    pub(super) fn keep(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(connection);
        }
    }
}
