//! Requests that take two people, asked of the records on workers.

use cradle_procedure::fault::Fault;
use cradle_records::{Request, Session};

use super::{Desk, Shared};
use crate::gui::backend::{Approvals, Pending};
use crate::station::now_ms;
use crate::two_people::Second;

impl Approvals for Desk {
    fn requests(&self) -> Pending<Vec<Request>> {
        self.ask(&self.reader, |desk, session| {
            let mut requests = desk.station.store().requests(session)?;
            let now_ms = now_ms();
            requests.retain(|request| {
                request.used_ms.is_none()
                    && request.refused.is_none()
                    && request.expires_ms > now_ms
            });
            Ok(requests)
        })
    }

    fn approve(&self, request: u64) -> Pending<Request> {
        self.ask(&self.clerk, move |desk, session| {
            let key = desk.station.audit_key();
            desk.station.store().approve_request(session, request, key)
        })
    }

    fn refuse(&self, request: u64) -> Pending<Request> {
        self.ask(&self.clerk, move |desk, session| {
            desk.station.store().refuse_request(session, request)
        })
    }
}

impl Shared {
    /// Signs the second person in, if there is one.
    pub(super) fn begin(&self, second: Option<&Second>) -> Result<Option<Session>, Fault> {
        let begin = |second: &Second| second.begin(self.station.as_ref());
        second.map(begin).transpose()
    }
}
