//! What takes two people, with the second one here or not: the one way in which window and command
//! line do it.

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::OperatorName;
use cradle_records::{Request, Session};
use zeroize::Zeroizing;

use crate::office::Office;

/// What came of something that takes two people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled<T> {
    /// It is done.
    Done(T),
    /// Nothing was done yet: another person has to approve this first.
    Waits(Box<Request>),
}

/// A second person who is here and approves at once. No `Debug`: it holds a password.
pub struct Second {
    /// Who.
    pub name: OperatorName,
    /// That person's password.
    pub password: Zeroizing<String>,
}

impl Second {
    /// Signs the person in. Who calls this signs out as well.
    pub(crate) fn begin(&self, office: &Office) -> Result<Session, Fault> {
        let station = &office.config().station;
        office.store().sign_in(&self.name, &self.password, station)
    }
}

/// Does it if nothing is left to approve. Otherwise the second person approves it first, if that
/// one is here: `second` signs them in.
pub(crate) fn settle<T>(
    office: &Office,
    asked: Option<Request>,
    second: impl FnOnce() -> Result<Option<Session>, Fault>,
    act: impl FnOnce() -> Result<T, Fault>,
) -> Result<Settled<T>, Fault> {
    if let Some(request) = asked {
        let Some(second) = second()? else {
            return Ok(Settled::Waits(Box::new(request)));
        };
        let store = office.store();
        let approved = store.approve_request(&second, request.id, office.audit_key());
        let signed_out = store.sign_out(&second);
        approved.and(signed_out)?;
    }
    act().map(Settled::Done)
}
