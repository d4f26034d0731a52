//! Changes to an account that can stand in as second person. One admin who could make, take over
//! or promote such an account alone would be two people; so these changes take two.

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{OperatorName, Sha256};
use cradle_procedure::role::{Permission, Role};
use serde_json::{Value, json};

use super::account;
use super::session::Session;
use crate::act::Act;
use crate::audit::canonical;
use crate::request::{self, NewRequest, Request, RequestKind};
use crate::store::Store;

/// How long a change waits for the second person: a day.
const WAITS_MS: u64 = 24 * 3_600_000;

/// A change to an account that may take a second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonChange {
    /// The person is new, with this role.
    Add(Role),
    /// The person gets another role.
    SetRole(Role),
    /// The person gets a temporary password.
    ResetPassword,
    /// A disabled account works again.
    Enable,
    /// The person may sign in with the card whose certificate has this digest.
    EnrolCard(Sha256),
}

impl PersonChange {
    fn terms(self) -> Value {
        match self {
            Self::Add(role) => json!({"change": "add", "role": role.text()}),
            Self::SetRole(role) => json!({"change": "set-role", "role": role.text()}),
            Self::ResetPassword => json!({"change": "reset-password"}),
            Self::Enable => json!({"change": "enable"}),
            Self::EnrolCard(sha256) => {
                json!({"certificate": sha256.to_string(), "change": "enrol-card"})
            }
        }
    }
}

impl Store {
    /// Asks for a change to an account, where it takes a second person who has not approved it
    /// yet. `None`: it can be made now.
    ///
    /// # Errors
    /// `AUT-03`; `CFG-03` if there is no such person.
    pub fn ask_for_change(
        &self,
        session: &Session,
        name: &OperatorName,
        change: PersonChange,
    ) -> Result<Option<Request>, Fault> {
        let needs = [Permission::ManagePeople];
        if !self.look(session, &needs, |tx| takes_two(tx, name, change))? {
            return Ok(None);
        }
        let request = NewRequest {
            kind: RequestKind::ChangePerson,
            subject: name.to_string(),
            terms: change.terms(),
            expires_ms: self.now_ms() + WAITS_MS,
        };
        self.ask_unless_approved(session, request)
    }
}

/// Uses the second person's approval, where the change takes one.
pub(super) fn require_second(
    act: &Act<'_>,
    name: &OperatorName,
    change: PersonChange,
    key: Option<&[u8]>,
) -> Result<(), Fault> {
    if !takes_two(act.tx, name, change)? {
        return Ok(());
    }
    let kind = RequestKind::ChangePerson;
    let terms = canonical::encode(&change.terms())?;
    request::spend(act, kind, name.as_str(), &terms, key).map(|_| ())
}

fn takes_two(
    tx: &rusqlite::Transaction<'_>,
    name: &OperatorName,
    change: PersonChange,
) -> Result<bool, Fault> {
    let role = match change {
        PersonChange::Add(role) | PersonChange::SetRole(role) => role,
        PersonChange::ResetPassword | PersonChange::Enable | PersonChange::EnrolCard(_) => {
            account::known(tx, name)?.role
        }
    };
    Ok(role.may_be_second())
}
