//! Units that leave the line by a person's decision, who says why: set aside, sent to repair,
//! destroyed.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{OperatorName, Serial, Sha256};
use cradle_procedure::ports::UnitState;
use cradle_procedure::role::Permission;
use serde_json::json;

use super::custody;
use super::journal;
use super::life;
use super::row::UnitRow;
use crate::act::{Act, Attempt};
use crate::certificate;
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::sql_fault;

/// Longest reason, in bytes.
const REASON_LENGTH: usize = 1000;

/// How a unit was destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destruction {
    /// Why, and by which means.
    pub reason: String,
    /// Digest of a photograph or of a protocol, which is kept elsewhere.
    pub evidence: Option<Sha256>,
}

impl Store {
    /// Sets a unit aside that is under way or in repair, or says why one is that was set aside
    /// without a reason.
    ///
    /// # Errors
    /// `AUT-03`, `STO-05`, `STO-06`, `CFG-03` the reason is empty or too long.
    pub fn set_aside(&self, session: &Session, serial: &Serial, reason: &str) -> Result<(), Fault> {
        self.leave(session, "set-aside", serial, reason, |act, unit, reason| {
            if unit.state == UnitState::Quarantined {
                restate(act, unit, reason)?;
            } else {
                unit.turn(act.tx, UnitState::Quarantined, Some(reason))?;
            }
            let facts = json!({ "reason": reason });
            act.audit("unit.set-aside", unit.serial.as_str(), facts)
        })
    }

    /// Sends a unit to repair that passed or was set aside. Put into a slot again while its
    /// batch is open, it goes on where it was.
    ///
    /// # Errors
    /// As [`Store::set_aside`].
    pub fn send_to_repair(
        &self,
        session: &Session,
        serial: &Serial,
        reason: &str,
    ) -> Result<(), Fault> {
        self.leave(session, "repair", serial, reason, |act, unit, reason| {
            unit.turn(act.tx, UnitState::InRepair, Some(reason))?;
            let facts = json!({ "from": unit.state.text(), "reason": reason });
            act.audit("unit.sent-to-repair", unit.serial.as_str(), facts)
        })
    }

    /// Writes down that a unit was destroyed. A service technician did it, and another person
    /// saw it, who is signed in as well. A unit whose certificate is in force must be
    /// decommissioned first; one that was handed over is destroyed by who has it.
    ///
    /// # Errors
    /// `AUT-03`, `AUT-04` the witness is the same person; `STO-05`, `STO-06`, `CFG-03`.
    pub fn destroy(
        &self,
        session: &Session,
        witness: &Session,
        serial: &Serial,
        destruction: &Destruction,
    ) -> Result<(), Fault> {
        self.look(witness, &[Permission::WitnessDecommission], |_| Ok(()))?;
        let attempt = Attempt {
            what: "destroy",
            subject: serial.as_str(),
            needs: &[Permission::Decommission],
        };
        let (serial, destruction) = (serial.clone(), destruction.clone());
        let witness = witness.operator().clone();
        self.act(session, &attempt, move |act| {
            destroy(act, &witness, &serial, &destruction)
        })
    }

    fn leave(
        &self,
        session: &Session,
        what: &'static str,
        serial: &Serial,
        reason: &str,
        job: impl FnOnce(&Act<'_>, &UnitRow, &str) -> Result<(), Fault> + Send + 'static,
    ) -> Result<(), Fault> {
        let attempt = Attempt {
            what,
            subject: serial.as_str(),
            needs: &[Permission::RequestBatch],
        };
        let (serial, reason) = (serial.clone(), reason.to_owned());
        self.act(session, &attempt, move |act| {
            let reason = readable(&reason)?;
            let unit = UnitRow::known(act.tx, &serial)?;
            journal::interrupt(act, &serial)?;
            job(act, &unit, reason)
        })
    }
}

fn destroy(
    act: &Act<'_>,
    witness: &OperatorName,
    serial: &Serial,
    destruction: &Destruction,
) -> Result<(), Fault> {
    let reason = readable(&destruction.reason)?;
    if witness == act.session.operator() {
        let detail = format!("{witness} cannot witness what {witness} does");
        return Err(Fault::new(Code::OwnApproval, detail));
    }
    let unit = UnitRow::known(act.tx, serial)?;
    life::require_way(&unit, UnitState::Destroyed)?;
    if let Some(issued) = certificate::in_force(act.tx, serial)? {
        let detail = format!("certificate {} is not revoked", issued.serial_number);
        return Err(Fault::new(Code::UnitState, detail));
    }
    custody::require_holder(act, serial)?;
    journal::interrupt(act, serial)?;
    unit.turn(act.tx, UnitState::Destroyed, Some(reason))?;
    let facts = json!({
        "evidence": destruction.evidence.map(|digest| digest.to_string()),
        "from": unit.state.text(),
        "reason": reason,
        "witness": witness.as_str(),
    });
    act.audit("unit.destroyed", serial.as_str(), facts)
}

fn restate(act: &Act<'_>, unit: &UnitRow, reason: &str) -> Result<(), Fault> {
    act.tx
        .execute(
            "UPDATE units SET reason = ?2 WHERE serial = ?1",
            (unit.serial.as_str(), reason),
        )
        .map_err(sql_fault)?;
    Ok(())
}

fn readable(reason: &str) -> Result<&str, Fault> {
    let reason = reason.trim();
    if reason.is_empty() || reason.len() > REASON_LENGTH {
        let detail = "the reason is empty or too long";
        return Err(Fault::new(Code::InputInvalid, detail));
    }
    Ok(reason)
}
