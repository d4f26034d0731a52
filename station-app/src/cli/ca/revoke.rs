//! `cradle ca revoke`: revoke one certificate.

use clap::Args;
use cradle_ca::issue::DeviceAuthority;
use cradle_procedure::fault::Fault;
use cradle_procedure::ports::{RevocationReason, Revoker as _};
use cradle_procedure::role::Permission;
use serde_json::json;

use super::super::people::SignIn;
use super::super::{Answer, Shared};

/// Revoke a certificate and publish a new CRL.
///
/// The unit stays as it is: to take one out of service, decommission it.
#[derive(Args)]
#[command(
    after_help = "Example: cradle ca revoke --as ada --certificate 4f2a… --reason keyCompromise"
)]
pub(in super::super) struct Arguments {
    #[command(flatten)]
    sign_in: SignIn,
    /// Serial number of the certificate, hexadecimal
    #[arg(long, value_name = "HEX")]
    certificate: String,
    /// keyCompromise, affiliationChanged, superseded, cessationOfOperation or privilegeWithdrawn
    /// (RFC 5280 §5.3.1)
    #[arg(long)]
    reason: RevocationReason,
}

pub(super) fn run(arguments: &Arguments, shared: &Shared) -> Result<Answer, Fault> {
    let station = shared.station()?;
    let serial = arguments.certificate.to_lowercase();
    let crl = arguments.sign_in.with(&station, |session| {
        session.role().require(Permission::ManageAuthority)?;
        let revocations = station.store().revocations(session);
        let mut authority = DeviceAuthority::new(station.authority().clone(), revocations);
        authority.revoke(&serial, arguments.reason)
    })?;
    let words = format!(
        "{serial} is revoked: {}; the CRL holds it",
        arguments.reason
    );
    let data = json!({ "certificate": serial, "reason": arguments.reason, "crl_bytes": crl.len() });
    Answer::done(words, data)
}
