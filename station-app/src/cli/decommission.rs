//! `cradle decommission`: take a unit out of service; and check what that left behind.

mod batch;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{Serial, SlotId};
use cradle_records::Session;
use cradle_wipe::{Custody, DestinationKind, Reason, Retirement, Status};
use serde_json::json;

use super::follow::Follower;
use super::people::{SignIn, Witness};
use super::{Answer, Shared, request};
use crate::files;
use crate::station::{Decommissioning, Grounds, Settled, Station};

/// Take units out of service, and check what that left behind.
#[derive(Subcommand)]
pub(super) enum Verb {
    Unit(Arguments),
    Batch(batch::Arguments),
    /// Go on with every unit that waits for a registry or for the CRL
    ///
    /// Needs no board. A pending document is replaced by a complete one where every proof is
    /// there now. Documents that are on record and not in the folder are written again. Ends with
    /// status 1 while a unit is still waiting.
    #[command(after_help = "Example: cradle decommission settle --as tariq")]
    Settle {
        #[command(flatten)]
        sign_in: SignIn,
    },
    /// Compare records, published CRL and registries, and name every difference
    #[command(after_help = "Example: cradle decommission reconcile --as tariq")]
    Reconcile {
        #[command(flatten)]
        sign_in: SignIn,
    },
    /// Check a certificate of sanitization or a batch of them (JSON) offline
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
    /// Slot it is in; not for a unit that is lost
    #[arg(long, required_unless_present_any = ["no_board"])]
    slot: Option<u16>,
    /// Nobody has the board: revoke and deregister, claim no wipe
    #[arg(long, conflicts_with = "slot")]
    no_board: bool,
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
        Verb::Batch(order) => batch::run(order, shared),
        Verb::Settle { sign_in } => settle(sign_in, shared),
        Verb::Reconcile { sign_in } => reconcile(sign_in, shared),
        Verb::Verify { file, key } => verify(&files::read(file)?, &files::read_public_key(key)?),
    }
}

fn verify(file: &[u8], key: &[u8]) -> Result<Answer, Fault> {
    let document = match cradle_wipe::verify(file, key) {
        Ok(document) => document,
        Err(fault) => {
            let batch = cradle_wipe::verify_batch(file, key).map_err(|_| fault)?;
            let (number, status) = (&batch.number, batch.status());
            let (complete, all) = (batch.complete(), batch.units.len());
            let words = format!(
                "{number}: {complete} of {all} units complete. The document is as it was signed."
            );
            let data = json!({ "number": number, "status": status, "complete": complete });
            return Answer::done(words, data);
        }
    };
    let (status, contents) = (document.status(), document.contents());
    let (serial, custody) = (&contents.unit.serial, &contents.custody);
    let mut words = format!("{serial}: {status:?}. The document is as it was signed.");
    for it in custody {
        let Custody {
            at,
            giver,
            receiver,
            place,
            ..
        } = it;
        let hands = format!("{} to {}, {place}", giver.name, receiver.name);
        words.push_str(&format!("\n  {at} from {hands}"));
    }
    let data = json!({ "serial": serial, "status": status, "custody": custody });
    Answer::done(words, data)
}

fn decommission(order: &Arguments, shared: &Shared) -> Result<Answer, Fault> {
    let station = shared.station()?;
    order.sign_in.with(&station, |session| {
        let grounds = order.grounds();
        let ask = |grounds| station.ask_for_waiver(session, grounds);
        if let Some(asked) = grounds.as_ref().map(ask).transpose()?.flatten() {
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
    let grounds = order.grounds();
    let waiver = grounds.map(|grounds| station.use_waiver(session, &grounds));
    let what = Decommissioning {
        session,
        slot: order.slot.map(SlotId),
        serial: &order.serial,
        reason: order.reason,
        verifier,
        waiver: waiver.transpose()?.flatten(),
        source: order.source.clone(),
        destination: DestinationKind::RecyclingFacility,
    };
    let mut follower = Follower::default();
    station.decommission(&what, &mut |event| follower.hear(&event))
}

impl Arguments {
    /// On which grounds it goes on though the device cannot prove who it is.
    fn grounds(&self) -> Option<Grounds<'_>> {
        let text = self.waive.as_ref()?;
        Some(Grounds {
            serial: &self.serial,
            reason: self.reason,
            text,
        })
    }
}

fn answer(order: &Arguments, station: &Station, retirement: &Retirement) -> Result<Answer, Fault> {
    let missing = missing(retirement);
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

fn settle(sign_in: &SignIn, shared: &Shared) -> Result<Answer, Fault> {
    let station = shared.station()?;
    let (settled, written) = sign_in.with(&station, |session| {
        let mut follower = Follower::default();
        let settled = station.settle_all(session, &mut |event| follower.hear(&event))?;
        Ok((settled, station.write_missing_documents(session)?))
    })?;
    let (mut lines, mut data) = (Vec::new(), Vec::new());
    let again = written
        .iter()
        .map(|serial| format!("{serial}: document written again"));
    lines.extend(again);
    let mut waiting = 0;
    for Settled { serial, result } in &settled {
        let open: Vec<_> = match result {
            Ok(retirement) if retirement.is_complete() => Vec::new(),
            Ok(retirement) => missing(retirement),
            Err(fault) => vec![fault.to_string()],
        };
        let status = if open.is_empty() {
            "complete"
        } else {
            "pending"
        };
        waiting += usize::from(!open.is_empty());
        lines.push(
            [vec![format!("{serial}: {status}")], open.clone()]
                .concat()
                .join("\n  "),
        );
        data.push(json!({ "serial": serial, "status": status, "missing": open }));
    }
    let data = json!({ "units": data, "waiting": waiting, "written_again": written });
    Ok(match (lines.len(), waiting) {
        (0, _) => Answer::Done("No unit waits for anything.".to_owned(), data),
        (_, 0) => Answer::Done(lines.join("\n"), data),
        _ => Answer::Failed(lines.join("\n"), data),
    })
}

fn reconcile(sign_in: &SignIn, shared: &Shared) -> Result<Answer, Fault> {
    let station = shared.station()?;
    let found = sign_in.with(&station, |session| station.reconcile(session))?;
    let data = json!({ "units": found.units, "differences": found.differences });
    let units = found.units;
    Ok(match found.differences.len() {
        0 => Answer::Done(format!("{units} units left; all agree."), data),
        n => {
            let all = found.differences.join("\n  ");
            Answer::Failed(
                format!("{units} units left; {n} differences:\n  {all}"),
                data,
            )
        }
    })
}

/// What keeps a document from being complete; or why there is none.
fn missing(retirement: &Retirement) -> Vec<String> {
    let missing = retirement.document.missing().iter();
    let missing = missing.map(|missing| format!("{}: {}", missing.part, missing.why));
    match (&retirement.signed, retirement.document.status()) {
        (Err(fault), Status::Complete) => vec![fault.to_string()],
        _ => missing.collect(),
    }
}
