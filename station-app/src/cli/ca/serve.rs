//! `cradle ca serve`: what relying parties ask the CA for, over HTTP.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use cradle_ca::ceremony::{CaFiles, ocsp_signer};
use cradle_ca::http::{Server, Site};
use cradle_ca::issue::{CrlState, DeviceAuthority};
use cradle_ca::ocsp::{ANSWER_LIFE, OcspSigner, Responder, ResponderConfig};
use cradle_ca::token::Token;
use cradle_procedure::fault::Fault;
use cradle_procedure::role::Permission;
use cradle_records::Session;
use serde_json::json;

use super::super::people::SignIn;
use super::super::{Answer, Shared};
use crate::station::{self, Station, now_ms};

/// How often to look whether a list or certificate is due.
const ROUND: Duration = Duration::from_secs(60);

/// Answer OCSP requests and serve CRL and CA certificates over HTTP, until stopped.
///
/// A new CRL is published when half of the life of the last one is over, and the responder's
/// certificate is renewed in time. Paths are those of the URLs in the configuration.
#[derive(Args)]
#[command(after_help = "Example: cradle ca serve --as ada --listen 0.0.0.0:8080")]
pub(in super::super) struct Arguments {
    #[command(flatten)]
    sign_in: SignIn,
    /// Address and port; port 0 takes one that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

pub(super) fn run(arguments: &Arguments, shared: &Shared) -> Result<Answer, Fault> {
    let station = shared.station()?;
    let token = station::open_token(station.config(), shared.token_pin(station.config())?)?;
    arguments.sign_in.with(&station, |session| {
        session.role().require(Permission::ManageAuthority)?;
        let mut address = arguments.listen;
        while !served(&station, session, &token, &mut address)? {}
        Ok(())
    })?;
    Answer::done("Stopped.", json!({ "stopped": true }))
}

/// Serves until the responder's certificate is to be renewed, or the process is asked to end:
/// then `true`. From then on `address` is the one that was listened at.
fn served(
    station: &Station,
    session: &Session,
    token: &Token,
    address: &mut SocketAddr,
) -> Result<bool, Fault> {
    let files = CaFiles::in_dir(&station.config().authority.files);
    let signer = ocsp_signer(token, &station.authority().ca, &files, &now_ms)?;
    publish_if_due(station, session)?;
    let responder = responder(station, session, signer.clone())?;
    let site = Site::new(station.authority(), &files, responder, Arc::new(tell));
    let server = Server::start(site, *address)?;
    *address = server.address();
    say(&format!("Serving at http://{address}"));
    while !signer.is_due(now_ms()) {
        if server.asked_to_end(ROUND)? {
            return Ok(true);
        }
        // What fails now is tried again in the next round; meanwhile the last list is served.
        if let Err(fault) = publish_if_due(station, session) {
            tell(&fault);
        }
    }
    Ok(false)
}

fn responder(station: &Station, session: &Session, signer: OcspSigner) -> Result<Responder, Fault> {
    Responder::new(ResponderConfig {
        ca: station.authority().ca.clone(),
        signer,
        statuses: Box::new(station.store().statuses(session)),
        lifetime: ANSWER_LIFE,
        clock: Arc::new(now_ms),
    })
}

fn publish_if_due(station: &Station, session: &Session) -> Result<(), Fault> {
    let config = station.authority();
    for path in [config.crl.path.clone(), config.crl.delta_path()] {
        if CrlState::of_file(&path)?.is_none_or(|list| list.is_due(now_ms())) {
            let revocations = station.store().revocations(session);
            DeviceAuthority::new(config.clone(), revocations).publish_crl()?;
            return Ok(());
        }
    }
    Ok(())
}

fn tell(fault: &Fault) {
    eprintln!("{fault}");
}

/// Whoever started this waits for the line; if nobody reads it, it matters to nobody.
fn say(line: &str) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
