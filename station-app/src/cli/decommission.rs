//! `cradle decommission`: take a unit out of service; and check what that left behind.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{Serial, SlotId};
use cradle_wipe::{DestinationKind, Reason, Status};
use serde_json::json;

use super::people::SignIn;
use super::provision::follow;
use super::{Answer, Shared};
use crate::files;
use crate::station::Decommissioning;

/// Take units out of service, and check what that left behind.
#[derive(Subcommand)]
pub(super) enum Verb {
    Unit(Arguments),
    /// Check a certificate of sanitization (JSON) offline
    #[command(after_help = "Example: cradle decommission verify SN-000123.json --key document.pem")]
    Verify {
        /// The document, SERIAL.json
        file: PathBuf,
        /// The document key that is trusted, PEM
        #[arg(long, value_name = "PEM")]
        key: PathBuf,
    },
}

/// Wipe the unit in a slot, revoke its certificate and write its certificate of sanitization.
#[derive(Args)]
#[command(
    after_help = "Example: cradle decommission unit --as tariq --slot 1 --serial SN-000123 \
                  --reason end-of-life --verifier vera"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    sign_in: SignIn,
    /// Slot it is in
    #[arg(long)]
    slot: u16,
    /// The unit, as on its label
    #[arg(long)]
    serial: Serial,
    /// end-of-life, repair-return, compromised or lost
    #[arg(long)]
    reason: Reason,
    /// Name of the person who checks the result and answers for it
    #[arg(long, value_name = "NAME")]
    verifier: String,
    /// Where the unit was in use
    #[arg(long, value_name = "PLACE", default_value = "not stated")]
    source: String,
}

pub(super) fn run(verb: &Verb, shared: &Shared) -> Result<Answer, Fault> {
    match verb {
        Verb::Unit(order) => decommission(order, shared),
        Verb::Verify { file, key } => {
            let document = cradle_wipe::verify(&files::read(file)?, &files::read_public_key(key)?)?;
            let status = document.status();
            let serial = &document.contents().unit.serial;
            let words = format!("{serial}: {status:?}. The document is as it was signed.");
            Answer::done(words, json!({ "serial": serial, "status": status }))
        }
    }
}

fn decommission(order: &Arguments, shared: &Shared) -> Result<Answer, Fault> {
    let station = shared.station()?;
    let retirement = order.sign_in.with(&station, |session| {
        let config = station.config();
        let what = Decommissioning {
            session,
            slot: SlotId(order.slot),
            serial: &order.serial,
            reason: order.reason,
            sanitizer: config.person(session.operator().as_str(), "Service technician"),
            verifier: config.person(&order.verifier, "Verifier"),
            source: order.source.clone(),
            destination: DestinationKind::RecyclingFacility,
        };
        station.decommission(&what, &mut |event| follow(&event))
    })?;
    let missing = retirement.document.missing().iter();
    let missing: Vec<_> = missing
        .map(|missing| format!("{}: {}", missing.part, missing.why))
        .collect();
    let status = retirement.document.status();
    let data = json!({ "serial": order.serial, "status": status, "missing": missing });
    let document = station
        .config()
        .documents
        .join(format!("{}.pdf", order.serial));
    let document = document.display();
    Ok(match status {
        Status::Complete if retirement.is_complete() => {
            Answer::Done(format!("{}: complete. {document}", order.serial), data)
        }
        _ => {
            let open = missing.join("\n  ");
            Answer::Failed(
                format!("{}: pending. {document}\n  {open}", order.serial),
                data,
            )
        }
    })
}
