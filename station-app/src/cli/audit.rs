//! `cradle audit`: the log, on the screen and on its own.

mod checkpoint;

use std::fmt::Write as _;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_records::audit::{AuditReport, split_witness, verify_export_since};
use serde_json::json;

use super::people::SignIn;
use super::{Answer, Shared, records};
use crate::files;

/// The audit log.
#[derive(Subcommand)]
#[command(after_help = "Example: cradle audit verify --export audit --key audit-key.pem")]
pub(super) enum Verb {
    /// Verify the station's own log, or an export with nothing but the public key
    Verify(VerifyArguments),
    /// Show the newest entries
    Show(ShowArguments),
    /// Sign how far the log has come, to be kept elsewhere: on paper, or in a witness file
    Checkpoint(checkpoint::Arguments),
    /// Write all entries, a signed checkpoint and the public key to a folder
    Export(ExportArguments),
}

#[derive(Args)]
pub(super) struct VerifyArguments {
    /// Folder with entries.jsonl and checkpoint
    #[arg(long, value_name = "DIR", requires = "key")]
    export: Option<PathBuf>,
    /// The audit key that is trusted, PEM
    #[arg(long, value_name = "PEM", requires = "export")]
    key: Option<PathBuf>,
    /// Checkpoint kept from before, or a witness file of several; may be given several times
    #[arg(long, value_name = "FILE", requires = "export")]
    older: Vec<PathBuf>,
}

#[derive(Args)]
pub(super) struct ShowArguments {
    #[command(flatten)]
    sign_in: SignIn,
    /// How many
    #[arg(long, default_value_t = 20)]
    limit: u64,
    /// Only entries that contain this text
    #[arg(long, value_name = "TEXT", default_value = "")]
    filter: String,
}

#[derive(Args)]
pub(super) struct ExportArguments {
    #[command(flatten)]
    sign_in: SignIn,
    /// Folder for the export
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(super) fn run(verb: &Verb, shared: &Shared) -> Result<Answer, Fault> {
    match verb {
        Verb::Verify(arguments) => verify(arguments, shared),
        Verb::Show(arguments) => show(arguments, shared),
        Verb::Checkpoint(arguments) => checkpoint::run(arguments, shared),
        Verb::Export(arguments) => export(arguments, shared),
    }
}

fn verify(arguments: &VerifyArguments, shared: &Shared) -> Result<Answer, Fault> {
    records::told(match (&arguments.export, &arguments.key) {
        (Some(folder), Some(key)) => verify_folder(folder, key, &arguments.older),
        _ => shared.office()?.store().verify_database(),
    })
}

fn verify_folder(folder: &Path, key: &Path, older: &[PathBuf]) -> Result<AuditReport, Fault> {
    let path = folder.join("entries.jsonl");
    let entries = File::open(&path).map_err(|error| format!("{}: {error}", path.display()));
    let entries = BufReader::new(entries.or_fault(Code::FileFailed)?);
    let text = |path: &Path| String::from_utf8(files::read(path)?).or_fault(Code::AuditBroken);
    let checkpoint = text(&folder.join("checkpoint"))?;
    let older: Vec<_> = older
        .iter()
        .map(|path| split_witness(&text(path)?))
        .collect::<Result<Vec<_>, _>>()?
        .concat();
    let older: Vec<_> = older.iter().map(String::as_str).collect();
    verify_export_since(entries, &checkpoint, &older, &files::read_public_key(key)?)
}

fn show(arguments: &ShowArguments, shared: &Shared) -> Result<Answer, Fault> {
    let station = shared.office()?;
    let page = arguments.sign_in.with(&station, |session| {
        station
            .store()
            .audit_page(session, 0, arguments.limit, &arguments.filter)
    })?;
    let mut words = String::new();
    let mut data = Vec::new();
    for line in &page.lines {
        let operator = line.operator.as_deref().unwrap_or("-");
        let (entry, event, subject) = (line.entry, &line.event, &line.subject);
        let _ = writeln!(words, "{entry:>7}  {event:<24} {subject:<20} {operator}");
        data.push(json!({
            "entry": entry, "time_ms": line.time_ms, "event": event, "subject": subject,
            "operator": line.operator, "station": line.station, "facts": line.facts,
        }));
    }
    let _ = writeln!(words, "{} of {} entries", page.lines.len(), page.matching);
    Answer::done(words, json!({ "matching": page.matching, "entries": data }))
}

fn export(arguments: &ExportArguments, shared: &Shared) -> Result<Answer, Fault> {
    let station = shared.office()?;
    let export = arguments.sign_in.with(&station, |session| {
        station
            .store()
            .export_audit(session, &arguments.out, station.audit_key())
    })?;
    let words = format!("{} entries in {}", export.size, arguments.out.display());
    Answer::done(words, json!({ "entries": export.size }))
}
