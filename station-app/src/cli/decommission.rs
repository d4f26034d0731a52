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

/// Wipe the unit in a slot, revoke its certificate and write its certificate of sanitization.
#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Example: cradle decommission --as tariq --slot 1 --serial SN-000123 \
                  --reason end-of-life --verifier vera"
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    order: Option<OrderArguments>,
}

#[derive(Args)]
struct OrderArguments {
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

#[derive(Subcommand)]
enum Verb {
    /// Check a certificate of sanitization (JSON) offline
    Verify {
        /// The document, SERIAL.json
        file: PathBuf,
        /// The document key that is trusted, PEM
        #[arg(long, value_name = "PEM")]
        key: PathBuf,
    },
}

pub(super) fn run(arguments: &Arguments, shared: &Shared) -> Result<Answer, Fault> {
    match (&arguments.verb, &arguments.order) {
        (Some(Verb::Verify { file, key }), _) => {
            let document = cradle_wipe::verify(&files::read(file)?, &files::read_public_key(key)?)?;
            let status = document.status();
            let serial = &document.contents().unit.serial;
            let words = format!("{serial}: {status:?}. The document is as it was signed.");
            Answer::done(words, json!({ "serial": serial, "status": status }))
        }
        (None, Some(order)) => decommission(order, shared),
        (None, None) => Answer::done("", json!(null)),
    }
}

fn decommission(order: &OrderArguments, shared: &Shared) -> Result<Answer, Fault> {
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
