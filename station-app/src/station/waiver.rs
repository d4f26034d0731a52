//! A unit that cannot prove who it is, or that nobody has: another person stands for it.

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::Serial;
use cradle_records::{NewRequest, Request, RequestKind, Session};
use cradle_wipe::{Reason, Waiver};
use serde_json::{Value, json};

use super::{Station, now_ms};

/// How long a waiver waits for its approval: a day.
const WAITS_MS: u64 = 24 * 60 * 60 * 1000;

/// On which grounds a unit is taken out of service that cannot prove who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grounds<'a> {
    /// The unit.
    pub serial: &'a Serial,
    /// Why it is taken out of service.
    pub reason: Reason,
    /// What the other person is told.
    pub text: &'a str,
}

impl Station {
    /// The waiver that has to be approved by another person, unless it is.
    ///
    /// # Errors
    /// `AUT-…`, `CFG-03`, `STO-02`.
    pub fn ask_for_waiver(
        &self,
        session: &Session,
        grounds: &Grounds<'_>,
    ) -> Result<Option<Request>, Fault> {
        let request = NewRequest {
            kind: RequestKind::WipeWaiver,
            subject: grounds.serial.to_string(),
            terms: grounds.terms(),
            expires_ms: now_ms() + WAITS_MS,
        };
        self.store().ask_unless_approved(session, request)
    }

    /// The waiver as it was approved. It serves once.
    ///
    /// # Errors
    /// `AUT-07` it was not approved.
    pub fn use_waiver(
        &self,
        session: &Session,
        grounds: &Grounds<'_>,
    ) -> Result<Option<Waiver>, Fault> {
        let (kind, serial) = (RequestKind::WipeWaiver, grounds.serial.as_str());
        let used = self
            .store()
            .use_approval(session, kind, serial, &grounds.terms())?;
        Ok(used.approved.map(|(name, _)| Waiver {
            person: self.config().person(name.as_str(), "Approved the waiver"),
            grounds: grounds.text.to_owned(),
        }))
    }
}

impl Grounds<'_> {
    fn terms(&self) -> Value {
        json!({ "grounds": self.text, "reason": self.reason.text() })
    }
}
