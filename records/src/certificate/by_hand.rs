//! Revoking one certificate with no unit taken out of service: two people, as for everything that
//! nobody can take back.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::RevocationReason;
use cradle_procedure::role::Permission;
use rusqlite::{OptionalExtension as _, Transaction};
use serde_json::{Value, json};

use crate::act::Act;
use crate::audit::canonical;
use crate::people::Session;
use crate::request::{self, NewRequest, Request, RequestKind};
use crate::store::Store;
use crate::store::sql::sql_fault;

/// How long the request waits for the second person: a day.
const WAITS_MS: u64 = 24 * 3_600_000;

impl Store {
    /// Asks for a certificate to be revoked. `None`: another person has approved it, or it is
    /// revoked already.
    ///
    /// # Errors
    /// `AUT-03`; `CA-04` there is no such certificate.
    pub fn ask_to_revoke(
        &self,
        session: &Session,
        serial_number: &str,
        reason: RevocationReason,
    ) -> Result<Option<Request>, Fault> {
        let needs = [Permission::ManageAuthority];
        if self.look(session, &needs, |tx| is_revoked(tx, serial_number))? {
            return Ok(None);
        }
        let request = NewRequest {
            kind: RequestKind::RevokeCertificate,
            subject: serial_number.to_lowercase(),
            terms: terms(reason),
            expires_ms: self.now_ms() + WAITS_MS,
        };
        self.ask_unless_approved(session, request)
    }
}

/// Uses the approval, if it takes one: for the unit that somebody retires it does not, and a
/// certificate that is revoked already stays as it is.
pub(super) fn require_approval(
    act: &Act<'_>,
    serial_number: &str,
    reason: RevocationReason,
    key: Option<&[u8]>,
) -> Result<(), Fault> {
    let retires_units = act.session.role().require(Permission::Decommission).is_ok();
    if retires_units || is_revoked(act.tx, serial_number)? {
        return Ok(());
    }
    let terms = canonical::encode(&terms(reason))?;
    let kind = RequestKind::RevokeCertificate;
    request::spend(act, kind, &serial_number.to_lowercase(), &terms, key).map(drop)
}

fn terms(reason: RevocationReason) -> Value {
    json!({ "reason": reason.text() })
}

fn is_revoked(tx: &Transaction<'_>, serial_number: &str) -> Result<bool, Fault> {
    tx.query_row(
        "SELECT revoked_ms IS NOT NULL FROM certificates WHERE serial_number = ?1
         UNION ALL
         SELECT revoked_ms IS NOT NULL FROM tls_certificates WHERE serial_number = ?1",
        [serial_number],
        |row| row.get(0),
    )
    .optional()
    .map_err(sql_fault)?
    .ok_or_else(|| Fault::new(Code::NotIssued, serial_number))
}
