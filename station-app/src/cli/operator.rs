//! `cradle operator`: the people of the station.

mod account;
mod card;
mod show;

use clap::{Args, Subcommand};
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::OperatorName;
use cradle_procedure::role::Role;

use super::people::SignIn;
use super::{Answer, Shared};
use crate::station;

/// People, their roles, passwords and cards.
#[derive(Subcommand)]
#[command(after_help = "Example: cradle operator add olga --role operator --as alice")]
pub(super) enum Verb {
    /// Name the first two security admins of an empty station; each types a password
    Found(account::FoundArguments),
    /// Add a person, with a temporary password that is asked for
    Add(account::AddArguments),
    /// Choose a new password of your own
    Password(account::PasswordArguments),
    /// Give a person who forgot it a temporary password
    Reset(account::ResetArguments),
    /// Give a person another role
    Role {
        #[command(flatten)]
        named: Named,
        /// operator, supervisor, security-admin, auditor or service-technician
        #[arg(long)]
        role: Role,
    },
    /// Let a person try again at once who has to wait after failed sign-ins
    Unlock(Named),
    /// Let a person in no more; sessions of that person end
    Disable(Named),
    /// Let a disabled person in again
    Enable(Named),
    /// Cards to sign in with
    #[command(subcommand)]
    Card(card::Verb),
    /// Show which role may do what
    Roles,
    /// List people
    List {
        #[command(flatten)]
        sign_in: SignIn,
    },
    /// List who was signed in, where and when, newest first
    Sessions {
        /// How many
        #[arg(long, default_value_t = 20)]
        limit: u32,
        #[command(flatten)]
        sign_in: SignIn,
    },
}

/// A person, and who does something about them.
#[derive(Args)]
pub(super) struct Named {
    /// Whom
    name: OperatorName,
    #[command(flatten)]
    sign_in: SignIn,
}

pub(super) fn run(verb: &Verb, shared: &Shared) -> Result<Answer, Fault> {
    let office = || shared.office();
    match verb {
        Verb::Roles => show::roles(),
        // Before the first key ceremony: there is no audit key yet to open an office with.
        Verb::Found(arguments) => {
            account::found(arguments, &station::open_unsigned_store(&shared.config()?)?)
        }
        Verb::Add(arguments) => account::add(arguments, &office()?),
        Verb::Password(arguments) => account::password(arguments, &office()?),
        Verb::Reset(arguments) => account::reset(arguments, &office()?),
        Verb::Role { named, role } => account::set_role(named, *role, &office()?),
        Verb::Unlock(named) => account::unlock(named, &office()?),
        Verb::Disable(named) => account::disable(named, &office()?),
        Verb::Enable(named) => account::enable(named, &office()?),
        Verb::Card(verb) => card::run(verb, &office()?),
        Verb::List { sign_in } => show::list(sign_in, &office()?),
        Verb::Sessions { limit, sign_in } => show::sessions(*limit, sign_in, &office()?),
    }
}
