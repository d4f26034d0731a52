//! `cradle ca revoke`: revoke one certificate, which takes two people.

use clap::Args;
use cradle_procedure::fault::Fault;
use cradle_procedure::ports::RevocationReason;
use serde_json::json;

use super::super::people::SignIn;
use super::super::second::SecondPerson;
use super::super::{Answer, Shared};
use super::waits;
use crate::two_people::Settled;

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
    let here = || {
        let second = &arguments.second;
        second.begin(station.store(), &station.config().station)
    };
    let done = (arguments.sign_in).with(&station, |session| {
        station.revoke(session, &serial, reason, here)
    })?;
    match done {
        Settled::Waits(request) => waits(&request),
        Settled::Done(crl_bytes) => {
            let words = format!("{serial} is revoked: {reason}; the CRL holds it");
            let data = json!({ "certificate": serial, "reason": reason, "crl_bytes": crl_bytes });
            Answer::done(words, data)
        }
    }
}
