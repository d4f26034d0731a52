//! Issuing device certificates, and revoking them.

use std::sync::Arc;

use cradle_procedure::fault::{Code, Fault};
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
        let prepared = self.prepared(subject);
        self.noted(subject, prepared).map(|prepared| prepared.info)
    }

    fn issue(
        &mut self,
        subject: &Subject,
        info: &[u8],
        signature: &[u8],
    ) -> Result<IssuedCertificate, Fault> {
        let checked = self.prepared(subject).and_then(|prepared| {
            request::check(&prepared.info, &prepared.key, info, signature).map(|()| prepared)
        });
        let key = self.noted(subject, checked)?.key;
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

/// What a device is asked to sign.
struct Prepared {
    /// Its `SubjectPublicKeyInfo`, DER.
    key: Vec<u8>,
    /// `CertificationRequestInfo`, DER.
    info: Vec<u8>,
}

impl<L: IssuanceLedger> DeviceAuthority<L> {
    fn prepared(&self, subject: &Subject) -> Result<Prepared, Fault> {
        let name = self.config.profile.subject_name(subject)?;
        let key = request::subject_key(subject)?;
        let info = request::info(name, &key)?;
        Ok(Prepared { key, info })
    }

    /// That a request was refused stays on record, like every refusal of the record's own.
    fn noted<T>(&mut self, subject: &Subject, result: Result<T, Fault>) -> Result<T, Fault> {
        if let Err(fault) = &result
            && fault.code == Code::CsrInvalid
        {
            self.ledger.refused(subject, fault)?;
        }
        result
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
