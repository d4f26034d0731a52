//! One act of one person: the session is checked, the role allows it, the change and its audit
//! entry are one transaction, and a refusal leaves an entry too.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::role::Permission;
use rusqlite::{OptionalExtension as _, Transaction};
use serde_json::{Value, json};

use crate::audit::log::{self, Entry};
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::sql_fault;
use crate::store::staged::{Decision, Staged};

/// What an act does its work with.
pub(crate) struct Act<'a> {
    pub(crate) tx: &'a Transaction<'a>,
    pub(crate) session: &'a Session,
    pub(crate) now_ms: u64,
}

impl Act<'_> {
    /// Adds an audit entry to the transaction.
    pub(crate) fn audit(&self, event: &str, subject: &str, facts: Value) -> Result<(), Fault> {
        let entry = Entry {
            event,
            subject,
            facts,
            time_ms: self.now_ms,
        };
        log::append(self.tx, Some(self.session), &entry)
    }

    /// The same transaction in the hands of another person, who is signed in as well.
    ///
    /// # Errors
    /// `AUT-03`; `AUT-04` it is the same person; `AUT-06`.
    pub(crate) fn by_another<'s>(
        &'s self,
        session: &'s Session,
        needs: Permission,
    ) -> Result<Act<'s>, Fault> {
        session.role().require(needs)?;
        if session.operator() == self.session.operator() {
            return Err(Fault::new(Code::OwnApproval, session.operator()));
        }
        check_session(self.tx, session)?;
        Ok(Act { session, ..*self })
    }
}

/// An act in two [stages](crate::store::staged).
pub(crate) trait StagedAct: Send + 'static {
    /// See [`Staged::Made`].
    type Made: Send + 'static;
    /// See [`Staged::Answer`].
    type Answer: Send + 'static;
    /// See [`Staged::claims`].
    fn claims(&self) -> Vec<String>;
    /// See [`Staged::decide`].
    fn decide(&mut self, act: &Act<'_>) -> Result<Decision<Self::Answer>, Fault>;
    /// See [`Staged::store`].
    fn store(self, act: &Act<'_>, made: Self::Made) -> Result<Self::Answer, Fault>;
}

/// What is attempted, for the permission check and for the entry that a refusal leaves.
pub(crate) struct Attempt<'a> {
    pub(crate) what: &'static str,
    pub(crate) subject: &'a str,
    /// Any one of them will do.
    pub(crate) needs: &'a [Permission],
}

impl Store {
    /// Does it on the writer's thread.
    pub(crate) fn act<T: Send + 'static>(
        &self,
        session: &Session,
        attempt: &Attempt<'_>,
        job: impl FnOnce(&Act<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        self.end_if_over(session)?;
        let (permitted, now_ms, owner) =
            (allowed(session, attempt), self.now_ms(), session.clone());
        let result = self.write(move |tx| perform(tx, &owner, permitted, now_ms, job));
        self.told(session, attempt, result)
    }

    /// Does it on this thread: see [`Store::write_here`].
    pub(crate) fn act_here<T>(
        &self,
        session: &Session,
        attempt: &Attempt<'_>,
        job: impl FnOnce(&Act<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.end_if_over(session)?;
        let (permitted, now_ms) = (allowed(session, attempt), self.now_ms());
        let result = self.write_here(|tx| perform(tx, session, permitted, now_ms, job));
        self.told(session, attempt, result)
    }

    /// Does it in two stages; `make` runs on this thread between them.
    pub(crate) fn act_staged<A: StagedAct>(
        &self,
        session: &Session,
        attempt: &Attempt<'_>,
        staged: A,
        make: impl FnOnce() -> Result<A::Made, Fault>,
    ) -> Result<A::Answer, Fault> {
        let performed = Performed {
            act: staged,
            session: session.clone(),
            permitted: allowed(session, attempt),
            now_ms: self.now_ms(),
        };
        let result = self.write_staged(performed, make);
        self.told(session, attempt, result)
    }

    /// Reads for someone who may.
    pub(crate) fn look<T>(
        &self,
        session: &Session,
        needs: &[Permission],
        query: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        require_any(session, needs)?;
        self.end_if_over(session)?;
        self.read(|tx| {
            check_session(tx, session)?;
            query(tx)
        })
    }

    /// The change was rolled back; that it was refused stays on record. An attempt that failed
    /// for another reason changed nothing and is no one's misdeed.
    fn told<T>(
        &self,
        session: &Session,
        attempt: &Attempt<'_>,
        result: Result<T, Fault>,
    ) -> Result<T, Fault> {
        if let Err(fault) = &result {
            self.note_refusal(session, attempt, fault)?;
        }
        result
    }

    /// Puts a refusal on record, if it is one.
    pub(crate) fn note_refusal(
        &self,
        session: &Session,
        attempt: &Attempt<'_>,
        fault: &Fault,
    ) -> Result<(), Fault> {
        if !is_refusal(fault.code) {
            return Ok(());
        }
        let facts = json!({
            "attempt": attempt.what,
            "code": fault.code.id(),
            "why": fault.detail,
        });
        let entry = RefusalEntry {
            session: session.clone(),
            subject: attempt.subject.to_owned(),
            facts,
            time_ms: self.now_ms(),
        };
        self.write(move |tx| entry.append(tx))
    }
}

struct RefusalEntry {
    session: Session,
    subject: String,
    facts: Value,
    time_ms: u64,
}

impl RefusalEntry {
    fn append(self, tx: &Transaction<'_>) -> Result<(), Fault> {
        let entry = Entry {
            event: "refused",
            subject: &self.subject,
            facts: self.facts,
            time_ms: self.time_ms,
        };
        log::append(tx, Some(&self.session), &entry)
    }
}

/// A staged act, with who does it and when.
struct Performed<A> {
    act: A,
    session: Session,
    permitted: Result<(), Fault>,
    now_ms: u64,
}

impl<A: StagedAct> Staged for Performed<A> {
    type Made = A::Made;
    type Answer = A::Answer;

    fn claims(&self) -> Vec<String> {
        self.act.claims()
    }

    fn decide(&mut self, tx: &Transaction<'_>) -> Result<Decision<A::Answer>, Fault> {
        let (session, permitted) = (&self.session, self.permitted.clone());
        perform(tx, session, permitted, self.now_ms, |act| {
            self.act.decide(act)
        })
    }

    /// The session that was checked when it was decided holds: nothing else was written since.
    fn store(self, tx: &Transaction<'_>, made: A::Made) -> Result<A::Answer, Fault> {
        let act = Act {
            tx,
            session: &self.session,
            now_ms: self.now_ms,
        };
        self.act.store(&act, made)
    }
}

fn perform<T>(
    tx: &Transaction<'_>,
    session: &Session,
    permitted: Result<(), Fault>,
    now_ms: u64,
    job: impl FnOnce(&Act<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    check_session(tx, session)?;
    permitted?;
    job(&Act {
        tx,
        session,
        now_ms,
    })
}

fn allowed(session: &Session, attempt: &Attempt<'_>) -> Result<(), Fault> {
    require_any(session, attempt.needs)
}

/// Refuses unless the role allows one of them; the refusal names what the first one needs.
fn require_any(session: &Session, needs: &[Permission]) -> Result<(), Fault> {
    let role = session.role();
    match needs {
        [] => Ok(()),
        [first, rest @ ..] => role.require(*first).or_else(|fault| {
            let other = rest.iter().any(|need| role.require(*need).is_ok());
            if other { Ok(()) } else { Err(fault) }
        }),
    }
}

fn check_session(tx: &Transaction<'_>, session: &Session) -> Result<(), Fault> {
    let live = tx
        .prepare_cached(
            "SELECT 1 FROM sessions
             WHERE id = ?1 AND operator = ?2 AND role = ?3 AND ended_ms IS NULL",
        )
        .map_err(sql_fault)?
        .query_row(
            (
                session.id(),
                session.operator().as_str(),
                session.role().text(),
            ),
            |_| Ok(()),
        )
        .optional()
        .map_err(sql_fault)?;
    live.ok_or_else(|| Fault::new(Code::SessionEnded, format!("session {}", session.id())))
}

/// Whether the record said no, rather than failed.
fn is_refusal(code: Code) -> bool {
    matches!(
        code,
        Code::NotPermitted
            | Code::OwnApproval
            | Code::SessionEnded
            | Code::WeakPassword
            | Code::LastAdmin
            | Code::ReleaseKeyUnknown
            | Code::BatchUnknown
            | Code::BatchNotOpen
            | Code::BatchExhausted
            | Code::BatchExpired
            | Code::TicketInvalid
            | Code::BatchMismatch
            | Code::BatchState
            | Code::CsrInvalid
            | Code::KeyReused
            | Code::NotIssued
            | Code::ReleaseAltered
            | Code::ReleaseRetired
            | Code::UidKnown
            | Code::SerialForm
            | Code::SerialMismatch
            | Code::UnitUnknown
            | Code::UnitState
            | Code::RequestState
    )
}
