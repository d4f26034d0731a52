//! What the window asks of the certificate authority.

use cradle_ca::ceremony::Held;
use cradle_ca::issue::CrlState;
use cradle_ca::watch::Watched;
use cradle_procedure::fault::Fault;
use cradle_procedure::ports::RevocationReason;

use super::Pending;
use crate::two_people::{Second, Settled};

/// The certificate authority and its token.
pub trait CertificateAuthority {
    /// What the tokens hold, what ends when, and the CA's certificates.
    fn authority(&self) -> Pending<AuthorityState>;

    /// Signs and publishes a CRL now. Gives its size in bytes.
    fn publish_crl(&self) -> Pending<usize>;

    /// Revokes a certificate (serial number, hexadecimal) and publishes a CRL. Takes two people;
    /// gives the CRL's size in bytes.
    fn revoke(&self, order: RevocationOrder, second: Option<Second>) -> Pending<Settled<usize>>;
}

/// What is to be revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationOrder {
    /// Serial number of the certificate, hexadecimal.
    pub certificate: String,
    /// Why (RFC 5280 §5.3.1).
    pub reason: RevocationReason,
}

/// The authority as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityState {
    /// The line's token.
    pub line: Held,
    /// The root CA's own token: `None` where it has none, a fault where it is locked away.
    pub root: Option<Result<Held, Fault>>,
    /// What ends by itself, and when.
    pub ends: Vec<Watched>,
    /// Root CA, issuing CA and OCSP responder, as far as they are there: certificates, DER.
    pub certificates: Vec<Vec<u8>>,
    /// The complete CRL.
    pub crl: Option<CrlState>,
    /// The delta CRL.
    pub delta: Option<CrlState>,
}
