//! `cradle ca tls`: TLS certificates for stations and servers.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Subcommand;
use cradle_ca::tls::TlsAuthority;
use cradle_procedure::fault::Fault;
use cradle_procedure::role::Permission;
use cradle_procedure::tls::{HostName, TlsPurpose};
use cradle_records::TlsRecord;
use serde_json::json;

use super::super::people::SignIn;
use super::super::{Answer, Shared};
use crate::files;
use crate::station::now_ms;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// TLS certificates for stations and servers, issued by the device issuing CA.
#[derive(Subcommand)]
#[command(
    after_help = "Example: cradle ca tls issue --as alice --request st-1.csr --name st-1.example \
                  --for client --out st-1.pem"
)]
pub(in super::super) enum Verb {
    /// Certify the key of a host that has signed a request; whatever else the request asks for is
    /// left out
    Issue {
        #[command(flatten)]
        sign_in: SignIn,
        /// Certificate request (PKCS#10) of the host, PEM or DER
        #[arg(long, value_name = "FILE")]
        request: PathBuf,
        /// Host name or IP address; several times for several
        #[arg(long = "name", value_name = "HOST", required = true)]
        names: Vec<HostName>,
        /// What the host shows it as: server or client
        #[arg(long = "for", value_name = "PURPOSE")]
        purpose: TlsPurpose,
        /// File to write: the certificate and the issuing CA's, PEM
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Show all that were issued, and when they end
    List {
        #[command(flatten)]
        sign_in: SignIn,
    },
}

pub(super) fn run(verb: &Verb, shared: &Shared) -> Result<Answer, Fault> {
    match verb {
        Verb::Issue {
            sign_in,
            request,
            names,
            purpose,
            out,
        } => {
            let station = shared.station()?;
            let request = files::read(request)?;
            let issued = sign_in.with(&station, |session| {
                session.role().require(Permission::ManageAuthority)?;
                let ledger = station.store().tls_issuance(session);
                let config = station.authority().clone();
                TlsAuthority::new(config, ledger).issue(&request, names.clone(), *purpose)
            })?;
            let chain = [&issued.der[..], station.authority().ca.certificate()];
            let pem = chain.map(files::certificate_pem);
            let [own, issuing] = pem;
            files::write(out, (own? + &issuing?).as_bytes())?;
            let words = format!(
                "Certificate {} in {}, the issuing CA's behind it",
                issued.serial_number,
                out.display()
            );
            let data = json!({ "certificate": issued.serial_number, "file": out });
            Answer::done(words, data)
        }
        Verb::List { sign_in } => {
            let office = shared.office()?;
            let all = sign_in.with(&office, |session| office.store().tls_certificates(session))?;
            let mut words = String::new();
            for one in &all {
                let _ = writeln!(
                    words,
                    "{}  {:<6}  {}  {}",
                    one.serial_number,
                    one.purpose,
                    state(one),
                    one.names
                );
            }
            if all.is_empty() {
                words.push_str("None was issued.\n");
            }
            let data: Vec<_> = all.iter().map(data).collect();
            Answer::done(words, json!({ "certificates": data }))
        }
    }
}

fn state(one: &TlsRecord) -> String {
    if let Some(reason) = one.reason {
        return format!("revoked ({reason})");
    }
    match one.ends_ms.checked_sub(now_ms()) {
        Some(left) => format!("ends in {} days", left / DAY_MS),
        None => "has ended".to_owned(),
    }
}

fn data(one: &TlsRecord) -> serde_json::Value {
    json!({
        "certificate": one.serial_number,
        "names": one.names.split(' ').collect::<Vec<_>>(),
        "purpose": one.purpose,
        "issued_ms": one.issued_ms,
        "ends_ms": one.ends_ms,
        "revoked_ms": one.revoked_ms,
        "reason": one.reason,
    })
}
