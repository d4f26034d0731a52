//! How long a session lasts without its person: it ends when nothing was done in it for a while,
//! and at the latest after a shift. A unit that is being worked on is always carried through.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cradle_procedure::fault::Fault;
use rusqlite::Transaction;
use serde_json::json;

use super::session::Session;
use crate::audit::log::{self, Entry};
use crate::store::Store;
use crate::store::sql::sql_fault;

/// How long sessions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without anything done, in milliseconds.
    pub idle_ms: u64,
    /// In all, in milliseconds.
    pub longest_ms: u64,
}

impl Default for SessionLimits {
    /// 15 minutes, 12 hours.
    fn default() -> Self {
        Self {
            idle_ms: 15 * 60_000,
            longest_ms: 12 * 3_600_000,
        }
    }
}

/// When each session of this process began and was last used. A session is a value in the memory
/// of one process: no other one could use it.
#[derive(Default)]
pub(crate) struct Presence {
    sessions: Mutex<HashMap<u64, Seen>>,
}

#[derive(Clone, Copy)]
struct Seen {
    began_ms: u64,
    used_ms: u64,
    held: u32,
}

/// Keeps a session from ending while a unit is being worked on.
pub(crate) struct Hold {
    store: Store,
    session: u64,
}

impl Presence {
    pub(super) fn begin(&self, session: u64, now_ms: u64) {
        let seen = Seen {
            began_ms: now_ms,
            used_ms: now_ms,
            held: 0,
        };
        self.lock().insert(session, seen);
    }

    pub(super) fn forget(&self, session: u64) {
        self.lock().remove(&session);
    }

    /// Notes the use of a session; or says why it is over.
    fn use_at(&self, session: u64, now_ms: u64, limits: SessionLimits) -> Option<&'static str> {
        let mut sessions = self.lock();
        // One of another process, or of another database: the record decides.
        let seen = sessions.get_mut(&session)?;
        let over = |since: u64, limit| now_ms.saturating_sub(since) > limit;
        let why = match seen.held {
            1.. => None,
            0 if over(seen.used_ms, limits.idle_ms) => Some("idle"),
            0 if over(seen.began_ms, limits.longest_ms) => Some("too long"),
            0 => None,
        };
        match why {
            None => seen.used_ms = now_ms,
            Some(_) => {
                sessions.remove(&session);
            }
        }
        why
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Seen>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Ends a session whose time is over, before anything is done in it.
    pub(crate) fn end_if_over(&self, session: &Session) -> Result<(), Fault> {
        let now_ms = self.now_ms();
        let limits = self.options().sessions;
        match self.presence().use_at(session.id(), now_ms, limits) {
            None => Ok(()),
            Some(why) => {
                let session = session.clone();
                self.write(move |tx| expire(tx, &session, why, now_ms))
            }
        }
    }

    /// Work on a unit begins: until the hold is dropped the session lasts.
    pub(crate) fn hold(&self, session: &Session) -> Hold {
        if let Some(seen) = self.presence().lock().get_mut(&session.id()) {
            seen.held += 1;
        }
        Hold {
            store: self.clone(),
            session: session.id(),
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let now_ms = self.store.now_ms();
        if let Some(seen) = self.store.presence().lock().get_mut(&self.session) {
            seen.held = seen.held.saturating_sub(1);
            seen.used_ms = now_ms;
        }
    }
}

fn expire(
    tx: &Transaction<'_>,
    session: &Session,
    why: &'static str,
    now_ms: u64,
) -> Result<(), Fault> {
    tx.execute(
        "UPDATE sessions SET ended_ms = ?2 WHERE id = ?1 AND ended_ms IS NULL",
        (session.id(), now_ms),
    )
    .map_err(sql_fault)?;
    let entry = Entry {
        event: "session.expired",
        subject: session.operator().as_str(),
        facts: json!({"why": why}),
        time_ms: now_ms,
    };
    log::append(tx, Some(session), &entry)
}
