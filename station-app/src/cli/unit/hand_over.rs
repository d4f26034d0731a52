//! `cradle unit hand-over`: a unit changes hands, and both are there.

use clap::Args;
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{OperatorName, Serial};
use serde_json::json;

use super::super::people::{Secret, SignIn};
use super::super::{Answer, Shared};

#[derive(Args)]
pub(in super::super) struct Arguments {
    /// Unit
    serial: Serial,
    /// Who takes it. That person's password is asked for, or read from
    /// `CRADLE_RECEIVER_PASSWORD`
    #[arg(long, value_name = "NAME")]
    to: OperatorName,
    /// Read the receiver's password from this file descriptor
    #[arg(long, value_name = "N")]
    receiver_password_fd: Option<i32>,
    /// Where
    #[arg(long)]
    place: String,
    /// Seal number, condition, or anything else
    #[arg(long, default_value = "", hide_default_value = true)]
    note: String,
    #[command(flatten)]
    sign_in: SignIn,
}

pub(super) fn run(arguments: &Arguments, shared: &Shared) -> Result<Answer, Fault> {
    let office = shared.office()?;
    let (store, serial, to) = (office.store(), &arguments.serial, &arguments.to);
    arguments.sign_in.with(&office, |giver| {
        let secret = Secret {
            fd: arguments.receiver_password_fd,
            variable: "CRADLE_RECEIVER_PASSWORD",
        };
        let secret = secret.take(&format!("Password of {to}, who takes it: "))?;
        let receiver = store.sign_in(to, &secret, &office.config().station)?;
        let given = store.hand_over(giver, &receiver, serial, &arguments.place, &arguments.note);
        let signed_out = store.sign_out(&receiver);
        given.and(signed_out)
    })?;
    Answer::done(
        format!("{to} has {serial}"),
        json!({ "serial": serial, "holder": to, "place": arguments.place }),
    )
}
