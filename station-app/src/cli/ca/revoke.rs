//! `cradle ca revoke`: revoke one certificate, which takes two people.

use clap::Args;
use cradle_ca::issue::DeviceAuthority;
use cradle_procedure::fault::Fault;
use cradle_procedure::ports::{RevocationReason, Revoker as _};
use cradle_records::{Request, Session};
use serde_json::json;

use super::super::people::SignIn;
use super::super::second::SecondPerson;
use super::super::{Answer, Shared};
use super::waits;
use crate::station::Station;

/// Revoke a certificate and publish a new CRL; takes two security admins.
///
/// Either both are here (`--with`); or one asks, the other approves with `cradle request approve`,
/// and the one who asked runs the same command again. The unit stays as it is: to take one out of
/// service, decommission it.
#[derive(Args)]
#[command(
    after_help = "Example: cradle ca revoke --as alice --with bob --certificate 4f2a… --reason \
                  keyCompromise"
)]
pub(in super::super) struct Arguments {
    #[command(flatten)]
    sign_in: SignIn,
    #[command(flatten)]
    second: SecondPerson,
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
    let reason = arguments.reason;
    let done = arguments.sign_in.with(&station, |session| {
        if let Some(request) = station.store().ask_to_revoke(session, &serial, reason)?
            && !approved_here(arguments, &station, &request)?
        {
            return Ok(Err(request));
        }
        revoke(&station, session, &serial, reason).map(Ok)
    })?;
    match done {
        Err(request) => waits(&request),
        Ok(crl_bytes) => {
            let words = format!("{serial} is revoked: {reason}; the CRL holds it");
            let data = json!({ "certificate": serial, "reason": reason, "crl_bytes": crl_bytes });
            Answer::done(words, data)
        }
    }
}

/// Whether a second person is here; then it is approved.
fn approved_here(
    arguments: &Arguments,
    station: &Station,
    request: &Request,
) -> Result<bool, Fault> {
    let store = station.store();
    let second = arguments.second.begin(store, &station.config().station)?;
    let Some(second) = second else {
        return Ok(false);
    };
    let approved = store.approve_request(&second, request.id, station.audit_key());
    let signed_out = store.sign_out(&second);
    approved.and(signed_out).map(|()| true)
}

fn revoke(
    station: &Station,
    session: &Session,
    serial: &str,
    reason: RevocationReason,
) -> Result<usize, Fault> {
    let revocations = station.store().revocations(session);
    let mut authority = DeviceAuthority::new(station.authority().clone(), revocations);
    Ok(authority.revoke(serial, reason)?.len())
}
