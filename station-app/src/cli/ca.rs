//! `cradle ca`: the certificate authority.

mod init;
mod revoke;
mod serve;
mod show;
mod tls;

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Subcommand;
use cradle_ca::ceremony::CaFiles;
use cradle_ca::issue::CrlPolicy;
use cradle_ca::watch::{Watched, watch};
use cradle_procedure::fault::Fault;
use cradle_records::Request;
use serde_json::json;

use super::people::SignIn;
use super::{Answer, Shared};
use crate::files;
use crate::station::{self, now_ms};

/// The certificate authority and its token.
#[derive(Subcommand)]
#[command(after_help = "Example: cradle ca status")]
pub(super) enum Verb {
    Init(init::Arguments),
    /// Show what the tokens hold, with attributes, and what is missing or wrong; exit status 1 if
    /// anything is
    Show {
        /// Read the PIN of the root CA's own token from this file descriptor
        #[arg(long, value_name = "N")]
        root_pin_fd: Option<i32>,
    },
    /// Show what the token holds, what is wrong with it, and what ends when
    Status,
    /// Publish a new CRL
    Crl {
        #[command(flatten)]
        sign_in: SignIn,
    },
    Revoke(revoke::Arguments),
    /// Answer OCSP requests and serve CRL and CA certificates over HTTP, until stopped
    Serve(serve::Arguments),
    /// TLS certificates for stations and servers
    #[command(subcommand)]
    Tls(tls::Verb),
    /// Write a public key of the token as PEM
    Key {
        /// Its label, such as cradle-document
        label: String,
        /// File to write
        #[arg(long, value_name = "PEM")]
        out: PathBuf,
    },
}

pub(super) fn run(verb: &Verb, shared: &Shared) -> Result<Answer, Fault> {
    match verb {
        Verb::Init(arguments) => init::run(arguments, shared),
        Verb::Show { root_pin_fd } => show::run(*root_pin_fd, shared),
        Verb::Status => status(shared),
        Verb::Crl { sign_in } => crl(sign_in, shared),
        Verb::Revoke(arguments) => revoke::run(arguments, shared),
        Verb::Serve(arguments) => serve::run(arguments, shared),
        Verb::Tls(verb) => tls::run(verb, shared),
        Verb::Key { label, out } => {
            let config = shared.config()?;
            let key = station::open_token(&config, shared.token_pin(&config)?)?.key(label)?;
            let pem = files::public_key_pem(cradle_procedure::ports::Signer::public_key(&key))?;
            files::write(out, pem.as_bytes())?;
            Answer::done(pem.clone(), json!({ "label": label, "pem": pem }))
        }
    }
}

fn status(shared: &Shared) -> Result<Answer, Fault> {
    let config = shared.config()?;
    let status = station::open_token(&config, shared.token_pin(&config)?)?.status()?;
    let mut words = String::new();
    let mut keys = Vec::new();
    for key in &status.keys {
        let state = match key.problems.as_slice() {
            [] => "ok".to_owned(),
            problems => problems.join("; "),
        };
        let _ = writeln!(words, "{:<28} {state}", key.label);
        keys.push(json!({ "label": key.label, "problems": key.problems }));
    }
    if keys.is_empty() {
        words.push_str("The token holds no keys. Run the key ceremony: cradle ca init\n");
    }
    let files = CaFiles::in_dir(&config.authority.files);
    let watched = watch(&files, &CrlPolicy::weekly(files.crl.clone()), now_ms())?;
    for one in &watched {
        let _ = writeln!(words, "{:<28} {}", one.what, ends(one));
    }
    Answer::done(words, json!({ "keys": keys, "ends": watched }))
}

fn ends(watched: &Watched) -> String {
    let Some(end) = watched.ends_at else {
        return "not made yet".to_owned();
    };
    let days = end.saturating_sub(now_ms() / 1000) / (24 * 60 * 60);
    match watched.alarm {
        true => format!("ends in {days} days: SEE TO IT NOW"),
        false => format!("ends in {days} days"),
    }
}

fn crl(sign_in: &SignIn, shared: &Shared) -> Result<Answer, Fault> {
    let station = shared.station()?;
    let crl = sign_in.with(&station, |session| station.publish_crl(session))?;
    let path = CaFiles::in_dir(&station.config().authority.files).crl;
    let words = format!("{} bytes in {}", crl.len(), path.display());
    Answer::done(words, json!({ "bytes": crl.len(), "file": path }))
}

/// What was asked for waits for another person.
fn waits(request: &Request) -> Result<Answer, Fault> {
    let id = request.id;
    let words = format!(
        "Request {id} waits for another person: cradle request approve {id} --as NAME\nThen run \
         this command again. Nothing was done yet."
    );
    Answer::done(words, json!({ "request": id, "waits": true }))
}
