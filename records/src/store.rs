//! The database as the rest of the crate sees it: what is written is durable when the call
//! returns, and either all of it is there or nothing.

mod copy;
mod file;
mod inbox;
mod migration;
#[cfg(test)]
// Helpers of tests are tests to us, though not to the lint.
#[allow(clippy::unwrap_used)]
mod plans;
mod readers;
pub(crate) mod rows;
pub(crate) mod sql;
pub(crate) mod staged;
mod writer;

use std::path::Path;
use std::sync::Arc;

use cradle_procedure::fault::Fault;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::people::{PasswordCost, Presence, SessionLimits};
use crate::unit::AtWork;
use readers::Readers;
use sql::sql_fault;
use staged::Staged;
use writer::Writer;

pub use copy::restore;

/// What a store needs to know besides where its file is.
#[derive(Debug, Clone, Default)]
pub struct StoreOptions {
    /// Public half of the audit key (`SubjectPublicKeyInfo`, DER) that batch tickets and
    /// checkpoints must verify with. Without it nothing can be provisioned.
    pub audit_key: Option<Vec<u8>>,
    /// What hashing a new password costs.
    pub password_cost: PasswordCost,
    /// How long a session lasts.
    pub sessions: SessionLimits,
}

/// The system of record. Clones share one open database; the last one to go closes it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    readers: Readers,
    writer: Writer,
    clock: Box<dyn Fn() -> u64 + Send + Sync>,
    options: StoreOptions,
    at_work: Arc<AtWork>,
    presence: Presence,
}

impl Store {
    /// Opens the database file, making it if there is none. `clock` gives milliseconds since
    /// 1970-01-01 UTC.
    ///
    /// Several processes may open one file: SQLite's locks keep their writes apart.
    ///
    /// # Errors
    /// `STO-01` a newer program wrote it, `STO-02` it cannot be opened or written, `STO-03` it
    /// is damaged or no database of ours.
    pub fn open(
        path: impl AsRef<Path>,
        clock: impl Fn() -> u64 + Send + Sync + 'static,
        options: StoreOptions,
    ) -> Result<Self, Fault> {
        let path = path.as_ref();
        let connection = file::open_writer(path, clock())?;
        let inner = Inner {
            readers: Readers::new(path),
            writer: Writer::start(connection)?,
            clock: Box::new(clock),
            options,
            at_work: Arc::default(),
            presence: Presence::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    pub(crate) fn now_ms(&self) -> u64 {
        (self.inner.clock)()
    }

    pub(crate) fn options(&self) -> &StoreOptions {
        &self.inner.options
    }

    /// The chips that units are being made of right now, and in which slot.
    pub(crate) fn at_work(&self) -> &Arc<AtWork> {
        &self.inner.at_work
    }

    /// When sessions were used.
    pub(crate) fn presence(&self) -> &Presence {
        &self.inner.presence
    }

    /// Writes on the writer's thread.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        self.inner.writer.run(job)
    }

    /// Writes on this thread, for what cannot be sent to another.
    pub(crate) fn write_here<T>(
        &self,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.inner
            .writer
            .borrow(|connection| transact(connection, job))
    }

    /// Writes in two stages, and makes what is to be stored on this thread.
    pub(crate) fn write_staged<S: Staged>(
        &self,
        staged: S,
        make: impl FnOnce() -> Result<S::Made, Fault>,
    ) -> Result<S::Answer, Fault> {
        self.inner.writer.run_staged(staged, make)
    }

    /// Reads one state of the database.
    pub(crate) fn read<T>(
        &self,
        query: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.inner.readers.read(query)
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

/// One transaction of its own, on this thread.
fn transact<T>(
    connection: &mut Connection,
    job: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let tx = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(sql_fault)?;
    rows::forget();
    let value = job(&tx)?;
    rows::require_told()?;
    tx.commit().map_err(sql_fault)?;
    Ok(value)
}
