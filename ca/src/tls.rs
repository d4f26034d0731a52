//! TLS certificates for stations and servers, issued by the device issuing CA beside the devices'.
//!
//! They end within months, name hosts, and say by extendedKeyUsage at which end of a connection
//! they are good; the host's key stays where it was made, only its request comes here. Their
//! structure is `rcgen`'s, signed by the token.

mod certificate;
mod request;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::IssuedCertificate;
use cradle_procedure::tls::{HostName, TlsLedger, TlsPurpose, TlsSubject};

use crate::issue::AuthorityConfig;
use crate::profile::Terms;

/// The authority for TLS certificates over one ledger.
pub struct TlsAuthority<L> {
    config: AuthorityConfig,
    ledger: L,
}

impl<L: TlsLedger> TlsAuthority<L> {
    /// An authority that records in this ledger.
    #[must_use]
    pub fn new(config: AuthorityConfig, ledger: L) -> Self {
        Self { config, ledger }
    }

    /// Issues for the key that has signed the request (PKCS#10, PEM or DER). Nothing else of the
    /// request counts: names and purpose are the caller's.
    ///
    /// # Errors
    /// `CA-01` the request is malformed, not signed with its key, or its key not on P-256 or P-384;
    /// `CA-02` the key is a device's; `CFG-03`, `AUT-…`, `TOK-…`, `CA-03`, `STO-02`.
    pub fn issue(
        &mut self,
        request: &[u8],
        names: Vec<HostName>,
        purpose: TlsPurpose,
    ) -> Result<IssuedCertificate, Fault> {
        let called = names.first().map(HostName::to_string).unwrap_or_default();
        let key = match request::proven_key(request) {
            Err(fault) if fault.code == Code::CsrInvalid => {
                self.ledger.refused_tls(&called, &fault)?;
                return Err(fault);
            }
            other => other?,
        };
        let subject = TlsSubject::new(names, purpose, key)?;
        let terms = Terms::of_tls(purpose)?;
        let config = &self.config;
        self.ledger.issue_tls(&subject, &mut || {
            certificate::signed(config, &terms, &subject, (config.clock)())
        })
    }
}
