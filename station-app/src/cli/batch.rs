//! `cradle batch`: ask for, approve, open, close, list.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::BatchId;
use cradle_records::{Batch, BatchRequest, SerialScheme};
use serde_json::{Value, json};

use super::people::SignIn;
use super::{Answer, Shared};
use crate::station::now_ms;

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
    /// Close a batch for good
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
    /// Days it stays valid
    #[arg(long, default_value_t = 30)]
    days: u32,
}

pub(super) fn run(verb: &Verb, shared: &Shared) -> Result<Answer, Fault> {
    let station = shared.station()?;
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
                release: station.release().id()?,
                quota: arguments.quota,
                serials: SerialScheme {
                    prefix: arguments.prefix.clone(),
                    width: arguments.width,
                    first: arguments.first,
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
        Verb::Close(NamedArguments { batch, sign_in }) => {
            told(&sign_in.with(&station, |session| store.close_batch(session, batch))?)
        }
    }
}

fn told(batch: &Batch) -> Result<Answer, Fault> {
    Answer::done(line(batch), data(batch))
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
