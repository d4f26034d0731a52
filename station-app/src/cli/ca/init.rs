//! `cradle ca init`: the key ceremony, which takes two people.

use clap::Args;
use cradle_procedure::curve::Curve;
use cradle_procedure::fault::{Code, Fault};
use cradle_records::{Session, Store};
use serde_json::{Value, json};

use super::super::people::SignIn;
use super::super::second::SecondPerson;
use super::super::{Answer, Shared};
use super::{show, waits};
use crate::key_ceremony::{KeyCeremony, Outcome};
use crate::station;

/// Make the keys and CA certificates that are not there yet; takes two security admins.
///
/// Either both are here (`--with`), as they have to be the first time; or one asks, the other
/// approves with `cradle request approve`, and the one who asked runs the same command again.
#[derive(Args)]
#[command(after_help = "Example: cradle ca init --as alice --with bob")]
pub(in super::super) struct Arguments {
    #[command(flatten)]
    sign_in: Option<SignIn>,
    #[command(flatten)]
    second: SecondPerson,
    /// Read the PIN of the root CA's own token from this file descriptor
    #[arg(long, value_name = "N")]
    root_pin_fd: Option<i32>,
    /// Curve of CA keys that are to be made, and of the OCSP responder's: p256 or p384; unless
    /// said, that of the root CA, and p256 for a new one
    #[arg(long)]
    curve: Option<Curve>,
    /// Make nothing; show what the tokens hold, what is missing and what is wrong
    #[arg(long, conflicts_with_all = ["as", "with"])]
    show: bool,
}

pub(super) fn run(arguments: &Arguments, shared: &Shared) -> Result<Answer, Fault> {
    if arguments.show {
        return show::run(arguments.root_pin_fd, shared);
    }
    let nobody = || Fault::new(Code::InputInvalid, "say who you are: --as NAME");
    let sign_in = arguments.sign_in.as_ref().ok_or_else(nobody)?;
    let config = shared.config()?;
    let pin = shared.token_pin(&config)?;
    let mut ceremony = KeyCeremony::open(config, pin)?;
    let station = ceremony.config().station.clone();
    let first = sign_in.begin(ceremony.store(), &station)?;
    let outcome = arguments
        .second
        .begin(ceremony.store(), &station)
        .and_then(|second| {
            let outcome = ceremony.hold(&first, second.as_ref(), arguments.curve, &|config| {
                let pin = shared.root_pin(config, arguments.root_pin_fd)?;
                station::open_root_token(config, pin)
            });
            sign_out(ceremony.store(), second.as_ref(), outcome)
        });
    match sign_out(ceremony.store(), Some(&first), outcome)? {
        Outcome::NothingToDo => Answer::done(
            "Everything was there already; nothing was made.",
            json!({ "made": [] }),
        ),
        Outcome::Waits(request) => waits(&request),
        Outcome::Held(made) => {
            let words = format!(
                "Made: {}\nRoot CA certificate, SHA-256: {}\nIssuing CA certificate, SHA-256: {}",
                made.keys_made.join(", "),
                made.root_sha256,
                made.issuing_sha256
            );
            Answer::done(words, data(&made))
        }
    }
}

fn data(made: &cradle_ca::ceremony::Ceremony) -> Value {
    json!({
        "made": made.keys_made,
        "keys": made.keys,
        "tokens": made.tokens,
        "root_sha256": made.root_sha256,
        "issuing_sha256": made.issuing_sha256,
    })
}

fn sign_out<T>(
    store: &Store,
    session: Option<&Session>,
    result: Result<T, Fault>,
) -> Result<T, Fault> {
    let signed_out = session.map_or(Ok(()), |session| store.sign_out(session));
    result.and_then(|value| signed_out.map(|()| value))
}
