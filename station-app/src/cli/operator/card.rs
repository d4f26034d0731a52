//! `cradle operator card`: cards to sign in with.

use clap::{Args, Subcommand};
use cradle_ca::token::TokenUri;
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::Sha256;
use cradle_procedure::ports::Card as _;
use cradle_records::PersonChange;
use serde_json::json;

use super::super::people::{Secret, open_card};
use super::super::{Answer, request};
use super::Named;
use crate::office::Office;

/// Cards to sign in with.
#[derive(Subcommand)]
#[command(
    after_help = "Example: cradle operator card enrol olga --new-card pkcs11:token=olga --as alice"
)]
pub(in super::super) enum Verb {
    /// Let a person sign in with the card in the reader; its holder types the PIN
    Enrol(EnrolArguments),
    /// Take all cards of a person back: they open nothing any more
    Withdraw(Named),
}

#[derive(Args)]
pub(in super::super) struct EnrolArguments {
    #[command(flatten)]
    named: Named,
    /// The card, `pkcs11:token=LABEL`; with `object=LABEL` if it holds several certificates
    #[arg(long, value_name = "URI")]
    new_card: TokenUri,
    /// Read the card's PIN from this file descriptor [else: `CRADLE_NEW_CARD_PIN`, or it is asked
    /// for]
    #[arg(long, value_name = "N")]
    new_card_pin_fd: Option<i32>,
}

pub(super) fn run(verb: &Verb, office: &Office) -> Result<Answer, Fault> {
    match verb {
        Verb::Enrol(arguments) => enrol(arguments, office),
        Verb::Withdraw(named) => withdraw(named, office),
    }
}

fn enrol(arguments: &EnrolArguments, office: &Office) -> Result<Answer, Fault> {
    let (name, store) = (&arguments.named.name, office.store());
    let pin = Secret {
        fd: arguments.new_card_pin_fd,
        variable: "CRADLE_NEW_CARD_PIN",
    };
    let card = open_card(&arguments.new_card, &pin, name)?;
    let certificate = Sha256::of(card.certificate());
    arguments.named.sign_in.with(office, |session| {
        let change = PersonChange::EnrolCard(certificate);
        if let Some(asked) = store.ask_for_change(session, name, change)? {
            return request::waits(&asked);
        }
        store.enrol_card(session, name, &card)?;
        Answer::done(
            format!("{name} signs in with the card of certificate {certificate}"),
            json!({ "name": name, "certificate_sha256": certificate }),
        )
    })
}

fn withdraw(named: &Named, office: &Office) -> Result<Answer, Fault> {
    let (name, store) = (&named.name, office.store());
    let withdraw = |session: &_| store.withdraw_cards(session, name);
    let cards = named.sign_in.with(office, withdraw)?;
    Answer::done(
        format!("{cards} cards of {name} are withdrawn"),
        json!({ "name": name, "withdrawn": cards }),
    )
}
