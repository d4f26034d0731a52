//! `cradle request`: what takes two people.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use cradle_procedure::fault::Fault;
use cradle_records::Request;
use serde_json::{Value, json};

use super::people::SignIn;
use super::{Answer, Shared};

/// What one person asked for and another has to approve.
#[derive(Subcommand)]
#[command(after_help = "Example: cradle request approve 3 --as bob")]
pub(super) enum Verb {
    /// List requests, newest first
    List {
        #[command(flatten)]
        sign_in: SignIn,
    },
    /// Show one request: who asked for what exactly, until when, and what became of it
    Show(Numbered),
    /// Approve what another person asked for
    Approve(Numbered),
    /// Refuse what another person asked for, or take back what you asked for
    Refuse(Numbered),
}

#[derive(Args)]
pub(super) struct Numbered {
    /// Number of the request
    request: u64,
    #[command(flatten)]
    sign_in: SignIn,
}

pub(super) fn run(verb: &Verb, shared: &Shared) -> Result<Answer, Fault> {
    let office = shared.office()?;
    let (store, key) = (office.store(), office.audit_key());
    match verb {
        Verb::List { sign_in } => {
            let requests = sign_in.with(&office, |session| store.requests(session))?;
            let mut words = String::new();
            for request in &requests {
                let _ = writeln!(words, "{}", line(request));
            }
            if requests.is_empty() {
                words.push_str("No requests.");
            }
            Answer::done(words, requests.iter().map(data).collect())
        }
        Verb::Show(Numbered { request, sign_in }) => {
            let show = |session: &_| store.request(session, *request);
            told(&sign_in.with(&office, show)?)
        }
        Verb::Approve(Numbered { request, sign_in }) => {
            let approve = |session: &_| store.approve_request(session, *request, key);
            told(&sign_in.with(&office, approve)?)
        }
        Verb::Refuse(Numbered { request, sign_in }) => {
            let refuse = |session: &_| store.refuse_request(session, *request);
            told(&sign_in.with(&office, refuse)?)
        }
    }
}

pub(super) fn told(request: &Request) -> Result<Answer, Fault> {
    Answer::done(line(request), data(request))
}

/// What a command answers that cannot go on before another person has approved.
pub(super) fn waits(request: &Request) -> Result<Answer, Fault> {
    let id = request.id;
    let words = format!(
        "{}\nNothing is done yet. Another person runs `cradle request approve {id}`; then run \
         this command again.",
        line(request)
    );
    Ok(Answer::Waits(words, json!({ "waits_for": data(request) })))
}

fn line(request: &Request) -> String {
    let state = match (&request.approved, request.used_ms) {
        _ if request.refused.is_some() => "refused".to_owned(),
        (None, _) => "waits for another person's approval".to_owned(),
        (Some((by, _)), None) => format!("approved by {by}"),
        (Some((by, _)), Some(_)) => format!("approved by {by}, done"),
    };
    format!(
        "{:>4}  {} {} {}, asked by {}: {state}",
        request.id, request.kind, request.subject, request.terms, request.requested_by
    )
}

fn data(request: &Request) -> Value {
    json!({
        "id": request.id,
        "kind": request.kind.text(),
        "subject": request.subject,
        "terms": request.terms,
        "requested_by": request.requested_by,
        "requested_ms": request.requested_ms,
        "expires_ms": request.expires_ms,
        "approved_by": request.approved.as_ref().map(|(by, _)| by),
        "approved_ms": request.approved.as_ref().map(|(_, at)| at),
        "used_ms": request.used_ms,
        "refused_by": request.refused.as_ref().map(|(by, _)| by),
        "refused_ms": request.refused.as_ref().map(|(_, at)| at),
    })
}
