//! `cradle provision`: one unit in one slot.

mod rehearsal;

use clap::Args;
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{BatchId, Serial, SlotId};
use cradle_procedure::provision::Conclusion;
use cradle_procedure::step::Verdict;
use cradle_records::Session;
use serde_json::json;

use super::follow::Follower;
use super::people::SignIn;
use super::{Answer, Shared};
use crate::station::Provisioning;

/// Provision the unit in a slot.
#[derive(Args)]
#[command(
    after_help = "Example: cradle provision --as olga --batch b-7 --slot 2 --serial SN-000123"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    sign_in: SignIn,
    /// Batch it counts against
    #[arg(long)]
    batch: BatchId,
    /// Slot it is in
    #[arg(long)]
    slot: u16,
    /// Serial number on its label [default: the next of the batch]
    #[arg(long)]
    serial: Option<Serial>,
    /// Change nothing: print what would be burnt, and what the chip's one-time memory would hold
    #[arg(long)]
    dry_run: bool,
}

impl Arguments {
    fn what<'a>(&'a self, session: &'a Session) -> Provisioning<'a> {
        Provisioning {
            session,
            batch: &self.batch,
            slot: SlotId(self.slot),
            scanned: self.serial.as_ref(),
        }
    }
}

pub(super) fn run(arguments: &Arguments, shared: &Shared) -> Result<Answer, Fault> {
    let station = shared.station()?;
    if arguments.dry_run {
        return rehearsal::run(arguments, &station);
    }
    let conclusion = arguments.sign_in.with(&station, |session| {
        let what = arguments.what(session);
        let mut follower = Follower::default();
        station.provision(&what, &mut |event| follower.hear(&event), &|| false)
    })?;
    let (words, data) = (words(&conclusion), data(&conclusion));
    Ok(match conclusion.verdict {
        Verdict::Pass => Answer::Done(words, data),
        Verdict::Fail | Verdict::Quarantine => Answer::Failed(words, data),
    })
}

fn words(conclusion: &Conclusion) -> String {
    let verdict = conclusion.verdict.text().to_uppercase();
    let serial = conclusion.serial.as_ref().map_or("no unit", Serial::as_str);
    match &conclusion.fault {
        None => format!("{serial}: {verdict}"),
        Some(fault) => format!("{serial}: {verdict}\n{fault}\n{}", fault.code.remedy()),
    }
}

fn data(conclusion: &Conclusion) -> serde_json::Value {
    json!({
        "serial": conclusion.serial,
        "uid": conclusion.uid,
        "verdict": conclusion.verdict,
        "code": conclusion.fault.as_ref().map(|fault| fault.code.id()),
        "detail": conclusion.fault.as_ref().map(|fault| &fault.detail),
        "certificate": conclusion.certificate.as_ref().map(|c| &c.serial_number),
        "steps": conclusion.steps,
    })
}
