//! What security admins do with accounts that exist. Nobody is ever removed from the record: an
//! account that is no longer wanted is disabled.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::OperatorName;
use cradle_procedure::role::{Permission, Role};
use rusqlite::Transaction;
use serde_json::json;

use super::account::{self, NewOperator};
use super::change::{PersonChange, require_second};
use super::session::{self, Session};
use super::{password, throttle};
use crate::act::{Act, Attempt};
use crate::store::Store;
use crate::store::sql::sql_fault;

impl Store {
    /// Lets a person try again at once who has to wait after failed sign-ins.
    ///
    /// # Errors
    /// `AUT-03`, `CFG-03` if there is no such person.
    pub fn unlock_operator(&self, session: &Session, name: &OperatorName) -> Result<(), Fault> {
        self.manage(session, "unlock-operator", name, |act, name| {
            throttle::clear(act.tx, name)?;
            act.audit("operator.unlocked", name.as_str(), json!({}))
        })
    }

    /// Gives a person who forgot it a temporary password. Sessions of that person end.
    ///
    /// # Errors
    /// `AUT-03`, `AUT-05`, `CFG-03`; `AUT-07` if it takes a second person who has not approved.
    pub fn reset_password(&self, session: &Session, person: NewOperator<'_>) -> Result<(), Fault> {
        password::check_policy(person.password, person.name.as_str())?;
        let kept = self.options().password_cost.hash(person.password)?;
        let key = self.options().audit_key.clone();
        self.manage(session, "reset-password", person.name, move |act, name| {
            require_second(act, name, PersonChange::ResetPassword, key.as_deref())?;
            account::set(
                act.tx,
                "UPDATE operators SET password = ?2, temporary_ms = ?3 WHERE name = ?1",
                (name.as_str(), &kept, act.now_ms),
            )?;
            throttle::clear(act.tx, name)?;
            session::end_all(act.tx, name, act.now_ms)?;
            act.audit("operator.password-reset", name.as_str(), json!({}))
        })
    }

    /// Lets a person in no more. Sessions of that person end. Gives how many working security
    /// admins are left.
    ///
    /// # Errors
    /// `AUT-03`, `CFG-03`; `AUT-10` the last security admin.
    pub fn disable_operator(&self, session: &Session, name: &OperatorName) -> Result<u32, Fault> {
        self.manage(session, "disable-operator", name, |act, name| {
            account::set(
                act.tx,
                "UPDATE operators SET disabled_ms = coalesce(disabled_ms, ?2) WHERE name = ?1",
                (name.as_str(), act.now_ms),
            )?;
            session::end_all(act.tx, name, act.now_ms)?;
            let left = require_admin(act.tx)?;
            let facts = json!({"admins_left": left});
            act.audit("operator.disabled", name.as_str(), facts)?;
            Ok(left)
        })
    }

    /// Lets a disabled person in again.
    ///
    /// # Errors
    /// `AUT-03`, `CFG-03`; `AUT-07` if it takes a second person who has not approved.
    pub fn enable_operator(&self, session: &Session, name: &OperatorName) -> Result<(), Fault> {
        let key = self.options().audit_key.clone();
        self.manage(session, "enable-operator", name, move |act, name| {
            require_second(act, name, PersonChange::Enable, key.as_deref())?;
            account::set(
                act.tx,
                "UPDATE operators SET disabled_ms = NULL WHERE name = ?1",
                [name.as_str()],
            )?;
            act.audit("operator.enabled", name.as_str(), json!({}))
        })
    }

    /// Gives a person another role. Sessions in the old one end. Gives how many working security
    /// admins there are then.
    ///
    /// # Errors
    /// `AUT-03`, `CFG-03`; `AUT-07` if it takes a second person who has not approved; `AUT-10`
    /// the last security admin.
    pub fn set_role(
        &self,
        session: &Session,
        name: &OperatorName,
        role: Role,
    ) -> Result<u32, Fault> {
        let key = self.options().audit_key.clone();
        self.manage(session, "set-role", name, move |act, name| {
            require_second(act, name, PersonChange::SetRole(role), key.as_deref())?;
            let before = account::known(act.tx, name)?.role;
            account::set(
                act.tx,
                "UPDATE operators SET role = ?2 WHERE name = ?1",
                (name.as_str(), role.text()),
            )?;
            session::end_all(act.tx, name, act.now_ms)?;
            let left = require_admin(act.tx)?;
            let facts = json!({
                "admins_left": left,
                "before": before.text(),
                "role": role.text(),
            });
            act.audit("operator.role-set", name.as_str(), facts)?;
            Ok(left)
        })
    }

    /// Something that whoever manages people does with a person who exists.
    pub(super) fn manage<T: Send + 'static>(
        &self,
        session: &Session,
        what: &'static str,
        name: &OperatorName,
        job: impl FnOnce(&Act<'_>, &OperatorName) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let attempt = Attempt {
            what,
            subject: name.as_str(),
            needs: &[Permission::ManagePeople],
        };
        let name = name.clone();
        self.act(session, &attempt, move |act| {
            account::known(act.tx, &name)?;
            job(act, &name)
        })
    }
}

/// Security admins who can sign in with a password of their own. Without one the station could
/// not be administered any more.
fn require_admin(tx: &Transaction<'_>) -> Result<u32, Fault> {
    let left = tx
        .query_row(
            "SELECT count(*) FROM operators
             WHERE role = ?1 AND disabled_ms IS NULL AND temporary_ms IS NULL",
            [Role::SecurityAdmin.text()],
            |row| row.get(0),
        )
        .map_err(sql_fault)?;
    if left == 0 {
        let detail = "no security admin with a password of their own would be left";
        return Err(Fault::new(Code::LastAdmin, detail));
    }
    Ok(left)
}
