//! Accounts: the first two, and those they add.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::OperatorName;
use cradle_procedure::role::{Permission, Role};
use rusqlite::{OptionalExtension as _, Params, Row, Transaction};
use serde_json::json;

use super::change::{PersonChange, require_second};
use super::password;
use super::session::Session;
use crate::act::Attempt;
use crate::audit::log::{self, Entry};
use crate::store::Store;
use crate::store::sql::{column, column_or_null, sql_fault};

/// A person to add. No `Debug`: it holds a password.
#[derive(Clone, Copy)]
pub struct NewOperator<'a> {
    /// Sign-in name.
    pub name: &'a OperatorName,
    /// Password to begin with.
    pub password: &'a str,
}

/// A person on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// Sign-in name.
    pub name: OperatorName,
    /// What the person is.
    pub role: Role,
    /// When added, in milliseconds since 1970-01-01 UTC.
    pub added_ms: u64,
    /// By whom; `None` for the two founders.
    pub added_by: Option<OperatorName>,
    /// Sign-in is refused until then, because of failed attempts.
    pub wait_until_ms: Option<u64>,
    /// Since when the password is one that an admin gave.
    pub temporary_ms: Option<u64>,
    /// Since when the account is disabled.
    pub disabled_ms: Option<u64>,
    /// Cards in force.
    pub cards: u32,
}

/// An account ready to be stored.
struct Account {
    name: OperatorName,
    role: Role,
    password: String,
    temporary: bool,
}

impl Store {
    /// Whether there is nobody yet, so that [`Store::found`] is what comes first.
    ///
    /// # Errors
    /// `STO-02`.
    pub fn is_unfounded(&self) -> Result<bool, Fault> {
        self.read(|tx| Ok(people(tx)? == 0))
    }

    /// Makes the first two security admins, in a database without any people. Each types a
    /// password of their own.
    ///
    /// # Errors
    /// `AUT-03` if there are people already, `AUT-05`, `CFG-03` if both names are the same.
    pub fn found(&self, first: NewOperator<'_>, second: NewOperator<'_>) -> Result<(), Fault> {
        if first.name == second.name {
            return Err(Fault::new(Code::InputInvalid, "two people, two names"));
        }
        let accounts = [
            self.account(first, Role::SecurityAdmin, false)?,
            self.account(second, Role::SecurityAdmin, false)?,
        ];
        let now_ms = self.now_ms();
        self.write(move |tx| {
            if people(tx)? > 0 {
                let detail = "the first people are made only in an empty database";
                return Err(Fault::new(Code::NotPermitted, detail));
            }
            for account in &accounts {
                insert(tx, account, None, now_ms)?;
                let entry = Entry {
                    event: "operator.added",
                    subject: account.name.as_str(),
                    facts: json!({"role": account.role.text()}),
                    time_ms: now_ms,
                };
                log::append(tx, None, &entry)?;
            }
            Ok(())
        })
    }

    /// Adds a person, with a temporary password: it opens nothing but the change to one's own.
    ///
    /// # Errors
    /// `AUT-03`, `AUT-05`, `CFG-03` if the name is taken; `AUT-07` if it takes a second person who
    /// has not approved (see [`Store::ask_for_change`]).
    pub fn add_operator(
        &self,
        session: &Session,
        person: NewOperator<'_>,
        role: Role,
    ) -> Result<(), Fault> {
        let attempt = Attempt {
            what: "add-operator",
            subject: person.name.as_str(),
            needs: &[Permission::ManagePeople],
        };
        // Who may not is refused, on record, before a hash is made for nothing.
        self.act(session, &attempt, |_| Ok(()))?;
        let account = self.account(person, role, true)?;
        let key = self.options().audit_key.clone();
        self.act(session, &attempt, move |act| {
            if exists(act.tx, &account.name)? {
                let detail = format!("the name {} is taken", account.name);
                return Err(Fault::new(Code::InputInvalid, detail));
            }
            require_second(act, &account.name, PersonChange::Add(role), key.as_deref())?;
            insert(act.tx, &account, Some(act.session.operator()), act.now_ms)?;
            let facts = json!({"role": account.role.text()});
            act.audit("operator.added", account.name.as_str(), facts)
        })
    }

    /// Everybody, by name.
    ///
    /// # Errors
    /// `AUT-…`, `STO-02`.
    pub fn operators(&self, session: &Session) -> Result<Vec<Operator>, Fault> {
        let now_ms = self.now_ms();
        let needs = [Permission::ManagePeople, Permission::ReadRecords];
        self.look(session, &needs, |tx| list(tx, now_ms))
    }

    fn account(
        &self,
        person: NewOperator<'_>,
        role: Role,
        temporary: bool,
    ) -> Result<Account, Fault> {
        password::check_policy(person.password, person.name.as_str())?;
        Ok(Account {
            name: person.name.clone(),
            role,
            temporary,
            password: self.options().password_cost.hash(person.password)?,
        })
    }
}

fn people(tx: &Transaction<'_>) -> Result<u64, Fault> {
    tx.query_row("SELECT count(*) FROM operators", [], |row| row.get(0))
        .map_err(sql_fault)
}

fn exists(tx: &Transaction<'_>, name: &OperatorName) -> Result<bool, Fault> {
    tx.query_row(
        "SELECT 1 FROM operators WHERE name = ?1",
        [name.as_str()],
        |_| Ok(()),
    )
    .optional()
    .map(|found| found.is_some())
    .map_err(sql_fault)
}

fn insert(
    tx: &Transaction<'_>,
    account: &Account,
    by: Option<&OperatorName>,
    now_ms: u64,
) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO operators (name, role, password, added_ms, added_by, temporary_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            account.name.as_str(),
            account.role.text(),
            &account.password,
            now_ms,
            by.map(OperatorName::as_str),
            account.temporary.then_some(now_ms),
        ),
    )
    .map_err(sql_fault)?;
    Ok(())
}

/// Changes the one account that the statement names.
pub(super) fn set(tx: &Transaction<'_>, sql: &str, values: impl Params) -> Result<(), Fault> {
    tx.execute(sql, values).map(|_| ()).map_err(sql_fault)
}

/// The person of that name, who must exist.
pub(super) fn known(tx: &Transaction<'_>, name: &OperatorName) -> Result<Operator, Fault> {
    tx.query_row(
        &format!("{SELECT} WHERE name = ?2"),
        (0, name.as_str()),
        read,
    )
    .optional()
    .map_err(sql_fault)?
    .ok_or_else(|| Fault::new(Code::InputInvalid, format!("there is no {name}")))
}

const SELECT: &str = "
    SELECT name, role, added_ms, added_by, temporary_ms, disabled_ms,
           (SELECT wait_until_ms FROM sign_in_failures AS f
            WHERE f.name = operators.name AND wait_until_ms > ?1) AS wait_until_ms,
           (SELECT count(*) FROM cards
            WHERE operator = operators.name AND withdrawn_ms IS NULL) AS cards
    FROM operators";

fn list(tx: &Transaction<'_>, now_ms: u64) -> Result<Vec<Operator>, Fault> {
    tx.prepare_cached(&format!("{SELECT} ORDER BY name"))
        .and_then(|mut query| query.query_map([now_ms], read)?.collect())
        .map_err(sql_fault)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Operator> {
    Ok(Operator {
        name: column(row, "name")?,
        role: column(row, "role")?,
        added_ms: row.get("added_ms")?,
        added_by: column_or_null(row, "added_by")?,
        wait_until_ms: row.get("wait_until_ms")?,
        temporary_ms: row.get("temporary_ms")?,
        disabled_ms: row.get("disabled_ms")?,
        cards: row.get("cards")?,
    })
}
