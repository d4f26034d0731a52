//! `cradle decommission`: take a unit out of service; and check what that left behind.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{Serial, SlotId};
use cradle_records::{NewRequest, Request, RequestKind, Session};
use cradle_wipe::{DestinationKind, Reason, Retirement, Status, Waiver};
use serde_json::{Value, json};

use super::people::{SignIn, Witness};
use super::provision::follow;
use super::{Answer, Shared, request};
use crate::files;
use crate::station::{Decommissioning, Station, now_ms};

/// How long a waiver waits for its approval: a day.
const WAIVER_WAITS_MS: u64 = 24 * 60 * 60 * 1000;

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
    #[command(flatten)]
    witness: Witness,
    /// Go on though the device cannot prove who it is, on these grounds; another person has to
    /// approve it first
    #[arg(long, value_name = "GROUNDS")]
    waive: Option<String>,
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
    order.sign_in.with(&station, |session| {
        if let Some(asked) = ask_for_waiver(order, &station, session)? {
            return request::waits(&asked);
        }
        let retire = |verifier: &_| retire(order, &station, session, verifier);
        answer(order, &station, &order.witness.with(&station, retire)?)
    })
}

fn retire(
    order: &Arguments,
    station: &Station,
    session: &Session,
    verifier: &Session,
) -> Result<Retirement, Fault> {
    let what = Decommissioning {
        session,
        slot: SlotId(order.slot),
        serial: &order.serial,
        reason: order.reason,
        verifier,
        waiver: use_waiver(order, station, session)?,
        source: order.source.clone(),
        destination: DestinationKind::RecyclingFacility,
    };
    station.decommission(&what, &mut |event| follow(&event))
}

/// The waiver that has to be approved, unless it is.
fn ask_for_waiver(
    order: &Arguments,
    station: &Station,
    session: &Session,
) -> Result<Option<Request>, Fault> {
    let Some(terms) = waiver_terms(order) else {
        return Ok(None);
    };
    let request = NewRequest {
        kind: RequestKind::WipeWaiver,
        subject: order.serial.to_string(),
        terms,
        expires_ms: now_ms() + WAIVER_WAITS_MS,
    };
    station.store().ask_unless_approved(session, request)
}

fn use_waiver(
    order: &Arguments,
    station: &Station,
    session: &Session,
) -> Result<Option<Waiver>, Fault> {
    let (Some(grounds), Some(terms)) = (&order.waive, waiver_terms(order)) else {
        return Ok(None);
    };
    let (kind, serial) = (RequestKind::WipeWaiver, order.serial.as_str());
    let used = station
        .store()
        .use_approval(session, kind, serial, &terms)?;
    Ok(used.approved.map(|(name, _)| Waiver {
        person: station
            .config()
            .person(name.as_str(), "Approved the waiver"),
        grounds: grounds.clone(),
    }))
}

fn waiver_terms(order: &Arguments) -> Option<Value> {
    let grounds = order.waive.as_ref()?;
    Some(json!({ "grounds": grounds, "reason": order.reason.text() }))
}

fn answer(order: &Arguments, station: &Station, retirement: &Retirement) -> Result<Answer, Fault> {
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
