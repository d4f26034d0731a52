//! `cradle operator`: the people of the station.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::OperatorName;
use cradle_procedure::role::{Permission, Role};
use cradle_records::NewOperator;
use serde_json::{Map, Value, json};

use super::people::{SignIn, password};
use super::{Answer, Shared, ask};

/// People and their roles.
#[derive(Subcommand)]
#[command(after_help = "Example: cradle operator add olga --role operator --as alice")]
pub(super) enum Verb {
    /// Name the first two security admins of an empty station
    Found {
        /// One
        first: OperatorName,
        /// The other
        second: OperatorName,
    },
    /// Add a person; the password is asked for
    Add(AddArguments),
    /// Show which role may do what
    Roles,
    /// List people
    List {
        #[command(flatten)]
        sign_in: SignIn,
    },
}

#[derive(Args)]
pub(super) struct AddArguments {
    /// Name to sign in with
    name: OperatorName,
    /// operator, supervisor, security-admin, auditor or service-technician
    #[arg(long)]
    role: Role,
    /// Read the new person's password from this file descriptor
    #[arg(long, value_name = "N")]
    new_password_fd: Option<i32>,
    #[command(flatten)]
    sign_in: SignIn,
}

pub(super) fn run(verb: &Verb, shared: &Shared) -> Result<Answer, Fault> {
    match verb {
        Verb::Roles => roles(),
        Verb::Found { first, second } => {
            let station = shared.station()?;
            let passwords = [
                ask(&format!("Password of {first}: "))?,
                ask(&format!("Password of {second}: "))?,
            ];
            let person = |name, password| NewOperator { name, password };
            let store = station.store();
            store.found(person(first, &passwords[0]), person(second, &passwords[1]))?;
            Answer::done(
                format!("{first} and {second} are security admins"),
                json!([first, second]),
            )
        }
        Verb::Add(arguments) => {
            let station = shared.station()?;
            let name = &arguments.name;
            let new = match arguments.new_password_fd {
                Some(fd) => password(Some(fd), "")?,
                None => ask(&format!("New password of {name}: "))?,
            };
            let person = NewOperator {
                name,
                password: &new,
            };
            let role = arguments.role;
            let add = |session: &_| station.store().add_operator(session, person, role);
            arguments.sign_in.with(&station, add)?;
            Answer::done(
                format!("{name} is {role}"),
                json!({ "name": name, "role": role }),
            )
        }
        Verb::List { sign_in } => {
            let station = shared.station()?;
            let people = sign_in.with(&station, |session| station.store().operators(session))?;
            let mut words = String::new();
            let mut data = Vec::new();
            for person in &people {
                let _ = writeln!(words, "{:<16} {}", person.name, person.role);
                data.push(json!({ "name": person.name, "role": person.role }));
            }
            Answer::done(words, json!(data))
        }
    }
}

/// The table, as the code has it.
fn roles() -> Result<Answer, Fault> {
    let mut words = String::new();
    let mut data = Map::new();
    for permission in Permission::ALL {
        let able: Vec<_> = Role::ALL
            .iter()
            .filter(|role| role.permissions().contains(permission))
            .map(|role| role.text())
            .collect();
        let _ = writeln!(words, "{permission:<22} {}", able.join(", "));
        data.insert(permission.text().to_owned(), json!(able));
    }
    Answer::done(words, Value::Object(data))
}
