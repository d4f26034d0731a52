//! Key ceremonies on record: which keys were made, on which token, by whom.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::role::Permission;
use serde_json::{Map, Value};

use crate::act::Attempt;
use crate::people::Session;
use crate::request::{Request, RequestKind};
use crate::store::Store;

impl Store {
    /// Puts on record what a key ceremony came to. `request` is the one whose approval was used
    /// for it; `made` is what it made, in public values: labels, digests, names of tokens.
    ///
    /// # Errors
    /// `AUT-03`; `AUT-07` the request is not for a ceremony, or was not approved and used.
    pub fn record_ceremony(
        &self,
        session: &Session,
        request: &Request,
        made: Map<String, Value>,
    ) -> Result<(), Fault> {
        let attempt = Attempt {
            what: "record-ceremony",
            subject: &request.subject,
            needs: &[Permission::ManageAuthority],
        };
        let request = self.request(session, request.id)?;
        let approved = request.approved.as_ref().map(|(by, _)| by.clone());
        let (RequestKind::KeyCeremony, Some(approved_by), Some(_)) =
            (request.kind, approved, request.used_ms)
        else {
            let detail = format!("request {} is no ceremony that was begun", request.id);
            return Err(Fault::new(Code::RequestState, detail));
        };
        let mut facts = made;
        facts.insert("request".to_owned(), request.id.into());
        facts.insert("approved_by".to_owned(), approved_by.as_str().into());
        let subject = request.subject.clone();
        self.act(session, &attempt, move |act| {
            act.audit("ceremony.held", &subject, Value::Object(facts))
        })
    }
}
