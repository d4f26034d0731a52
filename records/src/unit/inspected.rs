//! A unit in service was held against its record.

use cradle_procedure::attestation::Finding;
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{ReleaseId, Serial};
use cradle_procedure::role::Permission;
use serde_json::json;

use super::row::UnitRow;
use crate::act::Attempt;
use crate::people::Session;
use crate::store::Store;

impl Store {
    /// Writes down that a unit was inspected, what it should have been running, and everything
    /// that was not as it should be.
    ///
    /// # Errors
    /// `AUT-03`, `STO-05`.
    pub fn note_inspection(
        &self,
        session: &Session,
        serial: &Serial,
        release: &ReleaseId,
        findings: &[Finding],
    ) -> Result<(), Fault> {
        let attempt = Attempt {
            what: "inspect",
            subject: serial.as_str(),
            needs: &[
                Permission::Provision,
                Permission::Decommission,
                Permission::WitnessDecommission,
            ],
        };
        let drift: Vec<_> = findings.iter().filter(|finding| !finding.holds()).collect();
        let facts = json!({
            "compared": findings.len(),
            "drift": drift,
            "release": release.as_str(),
        });
        let serial = serial.clone();
        self.act(session, &attempt, move |act| {
            UnitRow::known(act.tx, &serial)?;
            act.audit("unit.inspected", serial.as_str(), facts)
        })
    }
}
