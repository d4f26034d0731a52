//! `cradle batch`: from asking for one to closing it.

mod export;

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{BatchId, ReleaseId, Serial};
use cradle_records::{Batch, BatchReport, BatchRequest, NewRequest, RequestKind, SerialScheme};
use serde_json::{Value, json};

use super::people::SignIn;
use super::{Answer, Shared, request};
use crate::office::Office;
use crate::station::{load_profile, load_release, now_ms};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Batches: what may be made, and how many.
#[derive(Subcommand)]
#[command(after_help = "Example: cradle batch request b-7 --as alice --quota 500 --prefix SN-")]
pub(super) enum Verb {
    /// List batches
    List(ListArguments),
    /// Ask for a batch of the station's release
    Request(RequestArguments),
    /// Put your name to a batch that another person asked for
    Approve(NamedArguments),
    /// Open an approved batch
    Open(NamedArguments),
    /// Let no more units in for now
    Pause(NamedArguments),
    /// Go on with a paused batch
    Resume(NamedArguments),
    /// Ask another security admin for a larger quota: see `cradle request`
    Raise(RaiseArguments),
    /// Give a unit up that is not finished, and say why
    SetAside(SetAsideArguments),
    /// Show what became of a batch
    Report(NamedArguments),
    /// Write what became of a batch to files: PDF, CSV and signed JSON
    Export(export::Arguments),
    /// Close a batch for good; every unit must be finished or set aside with a reason
    Close(NamedArguments),
}

#[derive(Args)]
pub(super) struct ListArguments {
    #[command(flatten)]
    sign_in: SignIn,
}

#[derive(Args)]
pub(super) struct NamedArguments {
    /// Batch
    batch: BatchId,
    #[command(flatten)]
    sign_in: SignIn,
}

#[derive(Args)]
pub(super) struct RequestArguments {
    #[command(flatten)]
    named: NamedArguments,
    /// Release on record that the units get [default: the one in the station's folder]
    #[arg(long)]
    release: Option<ReleaseId>,
    /// Units allowed
    #[arg(long)]
    quota: u32,
    /// What serial numbers begin with
    #[arg(long, default_value = "")]
    prefix: String,
    /// Digits of a serial number
    #[arg(long, default_value_t = 6)]
    width: u8,
    /// First serial number
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Put a check character behind each serial number (ISO/IEC 7064, MOD 37,36), and refuse
    /// labels that were scanned or typed wrong. The prefix has capitals, digits, `-` and `.` only
    #[arg(long)]
    check: bool,
    /// Days it stays valid
    #[arg(long, default_value_t = 30)]
    days: u32,
}

#[derive(Args)]
pub(super) struct RaiseArguments {
    #[command(flatten)]
    named: NamedArguments,
    /// Units allowed in all
    #[arg(long)]
    quota: u32,
}

#[derive(Args)]
pub(super) struct SetAsideArguments {
    /// Unit
    serial: Serial,
    /// Why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    sign_in: SignIn,
}

pub(super) fn run(verb: &Verb, shared: &Shared) -> Result<Answer, Fault> {
    let station = shared.office()?;
    let (store, audit) = (station.store(), station.audit_key());
    match verb {
        Verb::List(arguments) => {
            let batches = arguments
                .sign_in
                .with(&station, |session| store.batches(session))?;
            let mut words = String::new();
            for batch in &batches {
                let _ = writeln!(words, "{}", line(batch));
            }
            if batches.is_empty() {
                words.push_str("No batches yet. Ask for one: cradle batch request");
            }
            Answer::done(words, batches.iter().map(data).collect())
        }
        Verb::Request(arguments) => {
            let request = BatchRequest {
                id: arguments.named.batch.clone(),
                release: release(arguments, &station)?,
                quota: arguments.quota,
                serials: SerialScheme {
                    prefix: arguments.prefix.clone(),
                    width: arguments.width,
                    first: arguments.first,
                    check: arguments.check,
                },
                valid_until_ms: now_ms() + u64::from(arguments.days) * DAY_MS,
                site: station.config().site.clone(),
            };
            let sign_in = &arguments.named.sign_in;
            told(&sign_in.with(&station, |session| store.request_batch(session, request))?)
        }
        Verb::Approve(NamedArguments { batch, sign_in }) => {
            told(&sign_in.with(&station, |session| {
                store.approve_batch(session, batch, audit)
            })?)
        }
        Verb::Open(NamedArguments { batch, sign_in }) => {
            told(&sign_in.with(&station, |session| store.open_batch(session, batch))?)
        }
        Verb::Pause(NamedArguments { batch, sign_in }) => {
            told(&sign_in.with(&station, |session| store.pause_batch(session, batch))?)
        }
        Verb::Resume(NamedArguments { batch, sign_in }) => {
            told(&sign_in.with(&station, |session| store.resume_batch(session, batch))?)
        }
        Verb::Raise(RaiseArguments { named, quota }) => {
            let request = NewRequest {
                kind: RequestKind::RaiseQuota,
                subject: named.batch.to_string(),
                terms: json!({ "quota": quota }),
                expires_ms: now_ms() + DAY_MS,
            };
            let asked = named
                .sign_in
                .with(&station, |session| store.ask(session, request))?;
            request::told(&asked)
        }
        Verb::SetAside(arguments) => {
            let (serial, reason) = (&arguments.serial, &arguments.reason);
            let set_aside = |session: &_| store.set_aside(session, serial, reason);
            arguments.sign_in.with(&station, set_aside)?;
            Answer::done(
                format!("{serial} is set aside"),
                json!({ "serial": serial, "reason": reason }),
            )
        }
        Verb::Report(NamedArguments { batch, sign_in }) => {
            reported(&sign_in.with(&station, |session| store.batch_report(session, batch))?)
        }
        Verb::Export(arguments) => export::run(arguments, shared),
        Verb::Close(NamedArguments { batch, sign_in }) => {
            told(&sign_in.with(&station, |session| store.close_batch(session, batch))?)
        }
    }
}

/// The release asked for; without one the station's own, which is verified first.
fn release(arguments: &RequestArguments, office: &Office) -> Result<ReleaseId, Fault> {
    let config = office.config();
    match &arguments.release {
        Some(release) => Ok(release.clone()),
        None => load_release(config, &load_profile(config)?)?.id(),
    }
}

fn told(batch: &Batch) -> Result<Answer, Fault> {
    Answer::done(line(batch), data(batch))
}

fn reported(report: &BatchReport) -> Result<Answer, Fault> {
    let mut words = line(&report.batch);
    let _ = write!(
        words,
        "\n{} begun: {} passed at once, {} took more than one attempt\n\
         {} of the quota not made, {} begun beyond it\n\
         {} in repair, {} decommissioned, {} destroyed",
        report.begun,
        report.first_pass,
        report.reworked,
        report.short,
        report.over,
        report.in_repair,
        report.decommissioned,
        report.destroyed
    );
    for (serial, reason) in &report.set_aside {
        let reason = reason.as_deref().unwrap_or("no reason given");
        let _ = write!(words, "\n{serial} set aside: {reason}");
    }
    for (step, times) in &report.failures {
        let _ = write!(words, "\n{step} failed {times} times");
    }
    let data = json!({
        "batch": data(&report.batch),
        "begun": report.begun,
        "first_pass": report.first_pass,
        "reworked": report.reworked,
        "short": report.short,
        "over": report.over,
        "in_repair": report.in_repair,
        "decommissioned": report.decommissioned,
        "destroyed": report.destroyed,
        "set_aside": report.set_aside,
        "failures": report.failures,
    });
    Answer::done(words, data)
}

fn line(batch: &Batch) -> String {
    format!(
        "{:<16} {:<9} {} of {} used, {} passed, {} quarantined, {}",
        batch.id,
        batch.state,
        batch.used,
        batch.quota,
        batch.provisioned,
        batch.quarantined,
        batch.release
    )
}

fn data(batch: &Batch) -> Value {
    json!({
        "id": batch.id,
        "state": batch.state.text(),
        "release": batch.release,
        "quota": batch.quota,
        "used": batch.used,
        "provisioned": batch.provisioned,
        "in_progress": batch.in_progress,
        "quarantined": batch.quarantined,
    })
}
