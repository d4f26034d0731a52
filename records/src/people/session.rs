//! Signing in and out.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{OperatorName, StationId};
use cradle_procedure::role::{Permission, Role};
use rusqlite::{OptionalExtension as _, Transaction};
use serde_json::json;

use super::{password, throttle};
use crate::act::Attempt;
use crate::audit::log::{self, Entry};
use crate::store::Store;
use crate::store::sql::{column, sql_fault};

/// One person at one station, signed in. Only [`Store::sign_in`] makes one; the record is asked
/// on each use whether it still holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    id: u64,
    operator: OperatorName,
    role: Role,
    station: StationId,
}

impl Session {
    /// Number, unique in the database.
    #[must_use]
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// Who.
    #[must_use]
    pub const fn operator(&self) -> &OperatorName {
        &self.operator
    }

    /// As what.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Where.
    #[must_use]
    pub const fn station(&self) -> &StationId {
        &self.station
    }
}

/// What the password, or the card, turned out to be.
pub(super) enum Verdict {
    Right(Role),
    /// It is the person's, and yet opens nothing.
    Refused(Code),
    /// With what there is to say about it.
    Wrong(Fault),
}

impl Store {
    /// Signs a person in. Whether the name is unknown or the password wrong, the answer and the
    /// time it takes are the same.
    ///
    /// # Errors
    /// `AUT-01`; `AUT-02` while the name has to wait; `AUT-08` the password is temporary, `AUT-09`
    /// the account is disabled (said only to those who have the password).
    pub fn sign_in(
        &self,
        name: &OperatorName,
        password: &str,
        station: &StationId,
    ) -> Result<Session, Fault> {
        let now_ms = self.now_ms();
        let verdict = self.judge_in_turn(name, password, now_ms)?;
        self.admit(name, station, verdict, now_ms)
    }

    /// Begins a session, or leaves the refusal on record.
    pub(super) fn admit(
        &self,
        name: &OperatorName,
        station: &StationId,
        verdict: Verdict,
        now_ms: u64,
    ) -> Result<Session, Fault> {
        let (name, station) = (name.clone(), station.clone());
        // The refusal is the transaction's result, not its failure: it has to stay on record.
        let session = self.write(move |tx| decide(tx, name, station, &verdict, now_ms))??;
        self.presence().begin(session.id(), now_ms);
        Ok(session)
    }

    /// Has a person who may say that the clock, though behind the record's last entry, is right.
    /// Nobody can sign in before, so it takes a password of its own.
    ///
    /// # Errors
    /// `AUT-01`, `AUT-03`; `CFG-03` if the clock is not behind.
    pub fn accept_clock(&self, name: &OperatorName, password: &str) -> Result<(), Fault> {
        let role = match self.judge(name, password)? {
            Verdict::Right(role) => role,
            Verdict::Refused(code) => return Err(Fault::new(code, name)),
            Verdict::Wrong(fault) => return Err(fault),
        };
        role.require(Permission::ManageRecords)?;
        let (now_ms, name) = (self.now_ms(), name.clone());
        self.write(move |tx| {
            let last_ms = log::last_ms(tx)?;
            if last_ms <= now_ms {
                return Err(Fault::new(Code::InputInvalid, "the clock is not behind"));
            }
            log::accept_clock(tx, now_ms)?;
            let entry = Entry {
                event: "clock.accepted",
                subject: name.as_str(),
                facts: json!({"last_ms": last_ms}),
                time_ms: now_ms,
            };
            log::append(tx, None, &entry)
        })
    }

    /// Ends the session.
    ///
    /// # Errors
    /// `AUT-06` if it has ended before.
    pub fn sign_out(&self, session: &Session) -> Result<(), Fault> {
        let attempt = Attempt {
            what: "sign-out",
            subject: session.operator().as_str(),
            needs: &[],
        };
        self.act(session, &attempt, |act| {
            act.tx
                .execute(
                    "UPDATE sessions SET ended_ms = ?2 WHERE id = ?1",
                    (act.session.id(), act.now_ms),
                )
                .map_err(sql_fault)?;
            act.audit("session.ended", act.session.operator().as_str(), json!({}))
        })?;
        self.presence().forget(session.id());
        Ok(())
    }

    /// As [`Store::judge`]; but no hash is computed for one who has to wait anyway.
    pub(super) fn judge_in_turn(
        &self,
        name: &OperatorName,
        password: &str,
        now_ms: u64,
    ) -> Result<Verdict, Fault> {
        match self.read(|tx| throttle::check(tx, name, now_ms)) {
            Err(fault) if fault.code == Code::AccountLocked => Ok(Verdict::Wrong(fault)),
            Err(fault) => Err(fault),
            Ok(()) => self.judge(name, password),
        }
    }

    fn judge(&self, name: &OperatorName, password: &str) -> Result<Verdict, Fault> {
        let wrong = || Verdict::Wrong(Fault::new(Code::SignInRefused, ""));
        let Some(account) = self.read(|tx| account(tx, name))? else {
            // As much work as for a name that exists.
            self.options().password_cost.hash(password)?;
            return Ok(wrong());
        };
        Ok(match password::matches(password, &account.password)? {
            false => wrong(),
            true if account.disabled => Verdict::Refused(Code::AccountDisabled),
            true if account.temporary => Verdict::Refused(Code::TemporaryPassword),
            true => Verdict::Right(account.role),
        })
    }
}

struct Account {
    password: String,
    role: Role,
    temporary: bool,
    disabled: bool,
}

fn account(tx: &Transaction<'_>, name: &OperatorName) -> Result<Option<Account>, Fault> {
    tx.query_row(
        "SELECT password, role, temporary_ms IS NOT NULL AS temporary,
                disabled_ms IS NOT NULL AS disabled FROM operators WHERE name = ?1",
        [name.as_str()],
        |row| {
            Ok(Account {
                password: row.get("password")?,
                role: column(row, "role")?,
                temporary: row.get("temporary")?,
                disabled: row.get("disabled")?,
            })
        },
    )
    .optional()
    .map_err(sql_fault)
}

pub(super) fn decide(
    tx: &Transaction<'_>,
    name: OperatorName,
    station: StationId,
    verdict: &Verdict,
    now_ms: u64,
) -> Result<Result<Session, Fault>, Fault> {
    // Asked again under the write lock: attempts at the same time must not all go through.
    if let Err(locked) = throttle::check(tx, &name, now_ms) {
        refused(tx, &name, &station, &locked, now_ms)?;
        return Ok(Err(locked));
    }
    let fault = match verdict {
        Verdict::Right(role) => {
            throttle::clear(tx, &name)?;
            return begin(tx, name, *role, station, now_ms).map(Ok);
        }
        Verdict::Refused(code) => Fault::new(*code, &name),
        Verdict::Wrong(fault) => {
            let failures = throttle::count(tx, &name, now_ms)?;
            let wait = throttle::wait_ms(failures).div_ceil(1000);
            let mut fault = fault.clone();
            if wait > 0 {
                let apart = if fault.detail.is_empty() { "" } else { "; " };
                fault.detail += &format!("{apart}wait {wait} s before the next try");
            }
            fault
        }
    };
    refused(tx, &name, &station, &fault, now_ms)?;
    Ok(Err(fault))
}

/// Ends all sessions of a person whose account changes.
pub(super) fn end_all(tx: &Transaction<'_>, name: &OperatorName, now_ms: u64) -> Result<(), Fault> {
    tx.execute(
        "UPDATE sessions SET ended_ms = ?2 WHERE operator = ?1 AND ended_ms IS NULL",
        (name.as_str(), now_ms),
    )
    .map(|_| ())
    .map_err(sql_fault)
}

fn begin(
    tx: &Transaction<'_>,
    operator: OperatorName,
    role: Role,
    station: StationId,
    now_ms: u64,
) -> Result<Session, Fault> {
    let id = tx
        .query_row(
            "INSERT INTO sessions (operator, role, station, started_ms) VALUES (?1, ?2, ?3, ?4)
             RETURNING id",
            (operator.as_str(), role.text(), station.as_str(), now_ms),
            |row| row.get(0),
        )
        .map_err(sql_fault)?;
    let session = Session {
        id,
        operator,
        role,
        station,
    };
    let entry = Entry {
        event: "session.started",
        subject: session.operator.as_str(),
        facts: json!({}),
        time_ms: now_ms,
    };
    log::append(tx, Some(&session), &entry)?;
    Ok(session)
}

fn refused(
    tx: &Transaction<'_>,
    name: &OperatorName,
    station: &StationId,
    fault: &Fault,
    now_ms: u64,
) -> Result<(), Fault> {
    let entry = Entry {
        event: "session.refused",
        subject: name.as_str(),
        facts: json!({"code": fault.code.id(), "station": station.as_str()}),
        time_ms: now_ms,
    };
    log::append(tx, None, &entry)
}
