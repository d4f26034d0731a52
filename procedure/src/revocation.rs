//! What revoking a certificate, and saying so, needs of the world.

use crate::fault::Fault;
use crate::named::named;

named! {
    /// Why a certificate is revoked (RFC 5280 §5.3.1).
    RevocationReason {
        /// The device is taken out of service.
        CessationOfOperation = "cessationOfOperation",
        /// The device's private key may be known to others.
        KeyCompromise = "keyCompromise",
        /// A new certificate takes its place.
        Superseded = "superseded",
        /// What the certificate says of the device is no longer so.
        AffiliationChanged = "affiliationChanged",
        /// The device may no longer do what the certificate let it do.
        PrivilegeWithdrawn = "privilegeWithdrawn",
    }
}

/// One revoked certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// Certificate serial number, hexadecimal as in [`IssuedCertificate`].
    pub serial_number: String,
    /// Seconds since 1970-01-01 UTC.
    pub revoked_at: u64,
    /// Why.
    pub reason: RevocationReason,
}

/// What the CA needs of the record to revoke. Implemented in `records`, called by `ca`.
pub trait RevocationLedger {
    /// Marks a certificate revoked. Asked again, keeps the first time and reason.
    ///
    /// # Errors
    /// `CA-04`.
    fn revoke(&mut self, serial_number: &str, reason: RevocationReason) -> Result<(), Fault>;

    /// All revoked certificates, and a CRL number higher than any given before.
    ///
    /// # Errors
    /// `STO-02`.
    fn next_crl(&mut self) -> Result<(u64, Vec<Revocation>), Fault>;

    /// As [`RevocationLedger::next_crl`], but hands the revoked certificates over one by one, so
    /// that a ledger of a million of them need not hold them all at once.
    ///
    /// # Errors
    /// `STO-02`, and whatever `each` returns.
    fn stream_crl(
        &mut self,
        each: &mut dyn FnMut(&Revocation) -> Result<(), Fault>,
    ) -> Result<u64, Fault> {
        let (number, revoked) = self.next_crl()?;
        revoked.iter().try_for_each(each)?;
        Ok(number)
    }
}

/// What became of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateStatus {
    /// Issued here, and not revoked.
    Good,
    /// Issued here, and revoked.
    Revoked(Revocation),
    /// Not issued here.
    Unknown,
}

/// What an OCSP responder needs of the record. Implemented over `records`, called by `ca`.
pub trait StatusLedger: Send + Sync {
    /// What became of the certificate with that serial number (hexadecimal, lower case, as in
    /// [`IssuedCertificate`]).
    ///
    /// # Errors
    /// `STO-02`.
    fn status(&self, serial_number: &str) -> Result<CertificateStatus, Fault>;
}

/// Revocation as a journey needs it. Implemented in `ca`.
pub trait Revoker {
    /// Revokes the certificate, publishes a new CRL and returns that CRL (DER) as it was read
    /// back from where relying parties fetch it.
    ///
    /// # Errors
    /// `CA-04`, `TOK-…`, `CFG-02`.
    fn revoke(&mut self, serial_number: &str, reason: RevocationReason) -> Result<Vec<u8>, Fault>;
}
