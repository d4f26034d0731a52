//! A person's own new password: the one thing that a temporary password opens.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{OperatorName, StationId};
use serde_json::json;

use super::session::{self, Verdict};
use super::{password, throttle};
use crate::audit::log::{self, Entry};
use crate::store::Store;
use crate::store::sql::sql_fault;

impl Store {
    /// Takes a person's present password, temporary or not, for a new one of their own. Failures
    /// count as those of a sign-in do.
    ///
    /// # Errors
    /// `AUT-01`, `AUT-02`, `AUT-09`; `AUT-05`, also if the new one is the old one.
    pub fn change_password(
        &self,
        name: &OperatorName,
        old: &str,
        new: &str,
        station: &StationId,
    ) -> Result<(), Fault> {
        let now_ms = self.now_ms();
        let verdict = self.judge_in_turn(name, old, now_ms)?;
        if !matches!(
            verdict,
            Verdict::Right(_) | Verdict::Refused(Code::TemporaryPassword)
        ) {
            let (name, station) = (name.clone(), station.clone());
            let refused =
                self.write(move |tx| session::decide(tx, name, station, &verdict, now_ms))?;
            return refused.map(|_| ());
        }
        password::check_policy(new, name.as_str())?;
        if old == new {
            return Err(Fault::new(Code::WeakPassword, "the same as before"));
        }
        let kept = self.options().password_cost.hash(new)?;
        let (name, station) = (name.clone(), station.clone());
        self.write(move |tx| {
            // Asked again under the write lock: attempts at the same time must not all go through.
            throttle::check(tx, &name, now_ms)?;
            throttle::clear(tx, &name)?;
            tx.execute(
                "UPDATE operators SET password = ?2, temporary_ms = NULL WHERE name = ?1",
                (name.as_str(), &kept),
            )
            .map_err(sql_fault)?;
            let entry = Entry {
                event: "operator.password-changed",
                subject: name.as_str(),
                facts: json!({"station": station.as_str()}),
                time_ms: now_ms,
            };
            log::append(tx, None, &entry)
        })
    }
}
