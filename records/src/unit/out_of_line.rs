//! Giving a unit up: a person says why, and it counts as finished.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Serial;
use cradle_procedure::ports::UnitState;
use cradle_procedure::role::Permission;
use serde_json::json;

use super::journal;
use super::row::UnitRow;
use crate::act::Attempt;
use crate::people::Session;
use crate::store::Store;

/// Longest reason, in bytes.
const REASON_LENGTH: usize = 1000;

impl Store {
    /// Sets a unit aside that is under way, or says why one is that was set aside without a
    /// reason.
    ///
    /// # Errors
    /// `AUT-03`, `STO-05`, `STO-06`, `CFG-03` the reason is empty or too long.
    pub fn set_aside(&self, session: &Session, serial: &Serial, reason: &str) -> Result<(), Fault> {
        let attempt = Attempt {
            what: "set-aside",
            subject: serial.as_str(),
            needs: &[Permission::RequestBatch],
        };
        let (serial, reason) = (serial.clone(), reason.trim().to_owned());
        self.act(session, &attempt, move |act| {
            if reason.is_empty() || reason.len() > REASON_LENGTH {
                return Err(Fault::new(
                    Code::InputInvalid,
                    "the reason is empty or too long",
                ));
            }
            let unit = UnitRow::known(act.tx, &serial)?;
            if unit.state != UnitState::Quarantined {
                unit.require_in_progress()?;
            }
            journal::interrupt(act, &serial)?;
            UnitRow::quarantine(act.tx, &serial, Some(&reason))?;
            act.audit("unit.set-aside", serial.as_str(), json!({"reason": reason}))
        })
    }
}
