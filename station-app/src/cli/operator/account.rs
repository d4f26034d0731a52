//! Making accounts, and what becomes of them.

use clap::Args;
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::OperatorName;
use cradle_procedure::role::Role;
use cradle_records::{NewOperator, PersonChange, Store};
use serde_json::json;

use super::super::people::{Secret, SignIn, password as old_password};
use super::super::{Answer, request};
use super::Named;
use crate::office::Office;

#[derive(Args)]
#[command(after_help = "Example: cradle operator found alice bob")]
pub(in super::super) struct FoundArguments {
    /// One
    first: OperatorName,
    /// The other
    second: OperatorName,
    /// Read the first password from this file descriptor
    #[arg(long, value_name = "N")]
    first_password_fd: Option<i32>,
    /// Read the second password from this file descriptor
    #[arg(long, value_name = "N")]
    second_password_fd: Option<i32>,
}

#[derive(Args)]
#[command(after_help = "Example: cradle operator add olga --role operator --as alice")]
pub(in super::super) struct AddArguments {
    /// Name to sign in with
    name: OperatorName,
    /// operator, supervisor, security-admin, auditor or service-technician
    #[arg(long)]
    role: Role,
    /// Read the temporary password from this file descriptor [else: `CRADLE_NEW_PASSWORD`, or it
    /// is asked for]
    #[arg(long, value_name = "N")]
    new_password_fd: Option<i32>,
    #[command(flatten)]
    sign_in: SignIn,
}

#[derive(Args)]
#[command(after_help = "Example: cradle operator password --as olga")]
pub(in super::super) struct PasswordArguments {
    /// Who you are
    #[arg(id = "as", long, value_name = "NAME")]
    name: OperatorName,
    /// Read the present password from this file descriptor [else: `CRADLE_PASSWORD`, or it is
    /// asked for]
    #[arg(long, value_name = "N")]
    password_fd: Option<i32>,
    /// Read the new password from this file descriptor [else: `CRADLE_NEW_PASSWORD`, or it is
    /// asked for]
    #[arg(long, value_name = "N")]
    new_password_fd: Option<i32>,
}

#[derive(Args)]
#[command(after_help = "Example: cradle operator reset olga --as alice")]
pub(in super::super) struct ResetArguments {
    #[command(flatten)]
    named: Named,
    /// Read the temporary password from this file descriptor [else: `CRADLE_NEW_PASSWORD`, or it
    /// is asked for]
    #[arg(long, value_name = "N")]
    new_password_fd: Option<i32>,
}

pub(super) fn found(arguments: &FoundArguments, store: &Store) -> Result<Answer, Fault> {
    // No variable: one for two people would be one password for both.
    let take = |fd: Option<i32>, name| match fd {
        Some(_) => new_password(fd).take_new(name),
        None => Secret::ask_new(name),
    };
    let (first, second) = (&arguments.first, &arguments.second);
    let one = take(arguments.first_password_fd, first)?;
    let other = take(arguments.second_password_fd, second)?;
    let person = |name, password| NewOperator { name, password };
    store.found(person(first, &one), person(second, &other))?;
    let words = format!("{first} and {second} are security admins");
    Answer::done(words, json!([first, second]))
}

pub(super) fn add(arguments: &AddArguments, office: &Office) -> Result<Answer, Fault> {
    let (name, role, store) = (&arguments.name, arguments.role, office.store());
    arguments.sign_in.with(office, |session| {
        if let Some(asked) = store.ask_for_change(session, name, PersonChange::Add(role))? {
            return request::waits(&asked);
        }
        let new = new_password(arguments.new_password_fd).take_new(name)?;
        let person = NewOperator {
            name,
            password: &new,
        };
        store.add_operator(session, person, role)?;
        Answer::done(
            format!("{name} is {role}; the password is temporary"),
            json!({ "name": name, "role": role }),
        )
    })
}

pub(super) fn password(arguments: &PasswordArguments, office: &Office) -> Result<Answer, Fault> {
    let name = &arguments.name;
    let old = old_password(
        arguments.password_fd,
        &format!("Present password of {name}: "),
    )?;
    let new = new_password(arguments.new_password_fd).take_new(name)?;
    let station = &office.config().station;
    office.store().change_password(name, &old, &new, station)?;
    Answer::done(
        format!("{name} has a new password"),
        json!({ "name": name }),
    )
}

pub(super) fn reset(arguments: &ResetArguments, office: &Office) -> Result<Answer, Fault> {
    let (name, store) = (&arguments.named.name, office.store());
    arguments.named.sign_in.with(office, |session| {
        if let Some(asked) = store.ask_for_change(session, name, PersonChange::ResetPassword)? {
            return request::waits(&asked);
        }
        let new = new_password(arguments.new_password_fd).take_new(name)?;
        let person = NewOperator {
            name,
            password: &new,
        };
        store.reset_password(session, person)?;
        let words = format!("{name} has a temporary password");
        Answer::done(words, json!({ "name": name }))
    })
}

pub(super) fn set_role(named: &Named, role: Role, office: &Office) -> Result<Answer, Fault> {
    let (name, store) = (&named.name, office.store());
    named.sign_in.with(office, |session| {
        if let Some(asked) = store.ask_for_change(session, name, PersonChange::SetRole(role))? {
            return request::waits(&asked);
        }
        let left = store.set_role(session, name, role)?;
        let words = format!("{name} is {role}{}", warning(left));
        let data = json!({ "name": name, "role": role, "admins_left": left });
        Answer::done(words, data)
    })
}

pub(super) fn unlock(named: &Named, office: &Office) -> Result<Answer, Fault> {
    let (name, store) = (&named.name, office.store());
    let unlock = |session: &_| store.unlock_operator(session, name);
    named.sign_in.with(office, unlock)?;
    Answer::done(format!("{name} may try again"), json!({ "name": name }))
}

pub(super) fn disable(named: &Named, office: &Office) -> Result<Answer, Fault> {
    let (name, store) = (&named.name, office.store());
    let disable = |session: &_| store.disable_operator(session, name);
    let left = named.sign_in.with(office, disable)?;
    let words = format!("{name} is disabled{}", warning(left));
    Answer::done(words, json!({ "name": name, "admins_left": left }))
}

pub(super) fn enable(named: &Named, office: &Office) -> Result<Answer, Fault> {
    let (name, store) = (&named.name, office.store());
    named.sign_in.with(office, |session| {
        if let Some(asked) = store.ask_for_change(session, name, PersonChange::Enable)? {
            return request::waits(&asked);
        }
        store.enable_operator(session, name)?;
        Answer::done(format!("{name} is enabled"), json!({ "name": name }))
    })
}

/// With one admin left nothing that takes two of them can be done.
fn warning(admins_left: u32) -> &'static str {
    match admins_left {
        0 | 1 => {
            "\nOnly one security admin is left: nothing that takes two of them can be done. \
             Have another one confirmed."
        }
        _ => "",
    }
}

fn new_password(fd: Option<i32>) -> Secret {
    Secret {
        fd,
        variable: "CRADLE_NEW_PASSWORD",
    }
}
