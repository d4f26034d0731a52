//! `cradle records`: the database as a whole.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use cradle_ca::ceremony::AUDIT_KEY;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::OperatorName;
use cradle_procedure::ports::Signer as _;
use cradle_records::StoreOptions;
use cradle_records::audit::AuditReport;
use serde_json::json;

use super::people::{SignIn, password};
use super::{Answer, Shared};
use crate::station;

/// Backups of the records, and their state.
#[derive(Subcommand)]
#[command(after_help = "Example: cradle records backup /mnt/safe/records-monday.db --as alice")]
pub(super) enum Verb {
    /// Copy the records to a new file while the station goes on
    Backup(FileArguments),
    /// Put a backup in the place of the records. Close every other program that uses them first
    Restore(FileArguments),
    /// Read everything from end to end: pages, indexes, references, the audit log, and each row
    /// against the log
    Check,
    /// Go on with a clock that is behind the last entry, because the clock is right
    AcceptClock {
        /// Who you are. The password is asked for, or read from `CRADLE_PASSWORD`
        #[arg(long = "as", value_name = "NAME")]
        name: OperatorName,
    },
}

#[derive(Args)]
pub(super) struct FileArguments {
    /// The backup
    file: PathBuf,
    #[command(flatten)]
    sign_in: SignIn,
}

pub(super) fn run(verb: &Verb, shared: &Shared) -> Result<Answer, Fault> {
    match verb {
        Verb::Backup(arguments) => backup(arguments, shared),
        Verb::Restore(arguments) => restore(arguments, shared),
        Verb::Check => told(shared.office()?.store().check()),
        Verb::AcceptClock { name } => accept_clock(name, shared),
    }
}

fn backup(arguments: &FileArguments, shared: &Shared) -> Result<Answer, Fault> {
    let station = shared.office()?;
    let file = &arguments.file;
    let sign_in = &arguments.sign_in;
    sign_in.with(&station, |session| station.store().backup(session, file))?;
    Answer::done(
        format!("copied to {}", file.display()),
        json!({ "file": file }),
    )
}

fn restore(arguments: &FileArguments, shared: &Shared) -> Result<Answer, Fault> {
    let config = shared.config()?;
    let token = station::open_token(&config, shared.token_pin(&config)?)?;
    let options = StoreOptions {
        audit_key: Some(token.key(AUDIT_KEY)?.public_key().to_vec()),
        ..StoreOptions::default()
    };
    let replaced = cradle_records::restore(
        &arguments.file,
        &config.records,
        station::now_ms,
        options,
        |store| arguments.sign_in.begin(store, &config.station),
    )?;
    let kept = replaced.as_ref().map_or(String::new(), |path| {
        format!("; the records before are in {}", path.display())
    });
    Answer::done(
        format!("restored {}{kept}", arguments.file.display()),
        json!({ "restored": arguments.file, "replaced": replaced }),
    )
}

fn accept_clock(name: &OperatorName, shared: &Shared) -> Result<Answer, Fault> {
    let station = shared.office()?;
    let password = password(None, &format!("Password of {name}: "))?;
    station.store().accept_clock(name, &password)?;
    Answer::done("the clock is accepted", json!({ "accepted_by": name }))
}

/// What a check came to. Damage is an answer, not a failure to answer.
pub(super) fn told(checked: Result<AuditReport, Fault>) -> Result<Answer, Fault> {
    match checked {
        Ok(report) => Answer::done(
            format!("{} entries, root {}: verified", report.entries, report.root),
            json!({ "verified": true, "entries": report.entries, "root": report.root }),
        ),
        Err(fault) if matches!(fault.code, Code::AuditBroken | Code::StoreCorrupt) => {
            Ok(Answer::Failed(
                fault.to_string(),
                json!({ "verified": false, "code": fault.code.id(), "detail": fault.detail }),
            ))
        }
        Err(fault) => Err(fault),
    }
}
