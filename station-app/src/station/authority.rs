//! What people do with the certificate authority by hand.

use cradle_ca::issue::DeviceAuthority;
use cradle_procedure::fault::Fault;
use cradle_procedure::ports::{RevocationReason, Revoker as _};
use cradle_procedure::role::Permission;
use cradle_records::Session;

use super::Station;
use crate::two_people::{Settled, settle};

impl Station {
    /// Signs and publishes a CRL now. Gives it (DER).
    ///
    /// # Errors
    /// `AUT-03`; `STO-02`, `TOK-…`, `CFG-02`.
    pub(crate) fn publish_crl(&self, session: &Session) -> Result<Vec<u8>, Fault> {
        session.role().require(Permission::ManageAuthority)?;
        let revocations = self.store().revocations(session);
        DeviceAuthority::new(self.authority.clone(), revocations).publish_crl()
    }

    /// Revokes one certificate with no unit taken out of service, and publishes a CRL, whose size
    /// in bytes it gives. Takes two people: `second` signs the other one in, who is here or not.
    ///
    /// # Errors
    /// `AUT-…`; `CA-04` there is no such certificate; `STO-02`, `TOK-…`, `CFG-02`.
    pub(crate) fn revoke(
        &self,
        session: &Session,
        serial: &str,
        reason: RevocationReason,
        second: impl FnOnce() -> Result<Option<Session>, Fault>,
    ) -> Result<Settled<usize>, Fault> {
        let asked = self.store().ask_to_revoke(session, serial, reason)?;
        settle(&self.office, asked, second, || {
            let revocations = self.store().revocations(session);
            let mut authority = DeviceAuthority::new(self.authority.clone(), revocations);
            Ok(authority.revoke(serial, reason)?.len())
        })
    }
}
