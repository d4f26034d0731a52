//! The second person's word on what became of a unit.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{OperatorName, Serial, Sha256};
use cradle_procedure::role::Permission;
use rusqlite::OptionalExtension as _;
use serde_json::json;

use crate::act::Attempt;
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::{column, sql_fault};

impl Store {
    /// Has the verifier of a document, who is signed in and is not the one who made it, stand for
    /// it.
    ///
    /// # Errors
    /// `AUT-03`; `AUT-04` it is the verifier's own; `STO-05` there is no such document.
    pub fn verify_document(
        &self,
        session: &Session,
        serial: &Serial,
        document: Sha256,
    ) -> Result<(), Fault> {
        let attempt = Attempt {
            what: "verify-document",
            subject: serial.as_str(),
            needs: &[Permission::WitnessDecommission],
        };
        let serial = serial.clone();
        self.act(session, &attempt, move |act| {
            let sql = "SELECT operator FROM sanitization_documents AS d
                       JOIN sessions ON sessions.id = d.session
                       WHERE unit = ?1 AND sha256 = ?2";
            let by: Option<OperatorName> = act
                .tx
                .query_row(sql, (serial.as_str(), document.to_string()), |row| {
                    column(row, "operator")
                })
                .optional()
                .map_err(sql_fault)?;
            let by = by.ok_or_else(|| Fault::new(Code::UnitUnknown, "no such document"))?;
            if by == *act.session.operator() {
                return Err(Fault::new(Code::OwnApproval, &serial));
            }
            let facts = json!({"document": document.to_string(), "made_by": by.as_str()});
            act.audit("document.verified", serial.as_str(), facts)
        })
    }
}
