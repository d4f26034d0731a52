//! Issuing device certificates, and revoking them.

use std::sync::Arc;

use cradle_procedure::fault::Fault;
use cradle_procedure::ports::{
    Authority, IssuanceLedger, IssuedCertificate, RevocationLedger, RevocationReason, Revoker,
    Subject,
};

use crate::issuing::IssuingCa;
use crate::profile::DeviceProfile;
use crate::publication;
use crate::request;

pub use crate::publication::{CrlPolicy, CrlState};

/// Wall clock that can be shared: milliseconds since 1970-01-01 UTC.
pub type SharedClock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What all device authorities of a station share.
#[derive(Clone)]
pub struct AuthorityConfig {
    /// Who issues.
    pub ca: IssuingCa,
    /// What the certificates say.
    pub profile: DeviceProfile,
    /// How the CRL is published.
    pub crl: CrlPolicy,
    /// What time it is.
    pub clock: SharedClock,
}

/// The device certificate authority over one ledger. As [`Authority`] it needs an
/// [`IssuanceLedger`], as [`Revoker`] a [`RevocationLedger`].
pub struct DeviceAuthority<L> {
    config: AuthorityConfig,
    ledger: L,
}

impl<L> DeviceAuthority<L> {
    /// An authority that records in this ledger.
    #[must_use]
    pub fn new(config: AuthorityConfig, ledger: L) -> Self {
        Self { config, ledger }
    }
}

impl<L: IssuanceLedger> Authority for DeviceAuthority<L> {
    fn prepare_request(&mut self, subject: &Subject) -> Result<Vec<u8>, Fault> {
        let name = self.config.profile.subject_name(subject)?;
        request::info(name, &request::subject_key(subject)?)
    }

    fn issue(
        &mut self,
        subject: &Subject,
        info: &[u8],
        signature: &[u8],
    ) -> Result<IssuedCertificate, Fault> {
        let prepared = self.prepare_request(subject)?;
        let key = request::subject_key(subject)?;
        request::check(&prepared, &key, info, signature)?;
        let AuthorityConfig {
            ca, profile, clock, ..
        } = &self.config;
        self.ledger.issue(subject, &mut || {
            profile
                .certificate(ca, subject, &key, clock())?
                .sign(ca.signer())
        })
    }
}

impl<L: RevocationLedger> DeviceAuthority<L> {
    /// Signs a CRL of all that is revoked, publishes it, and returns it (DER) as read back.
    ///
    /// # Errors
    /// `STO-02`, `TOK-…`, `CFG-02`.
    pub fn publish_crl(&mut self) -> Result<Vec<u8>, Fault> {
        publication::publish(&self.config, &mut self.ledger)
    }
}

impl<L: RevocationLedger> Revoker for DeviceAuthority<L> {
    fn revoke(&mut self, serial_number: &str, reason: RevocationReason) -> Result<Vec<u8>, Fault> {
        self.ledger.revoke(serial_number, reason)?;
        self.publish_crl()
    }
}
