//! The second person of a command that takes two, if that one is here.

use clap::Args;
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{OperatorName, StationId};
use cradle_records::{Session, Store};
use zeroize::Zeroizing;

use super::{ask, people};

/// Somebody who approves at once what is asked for.
#[derive(Args)]
pub(super) struct SecondPerson {
    /// Who approves it here and now. The password is asked for, or read from
    /// `CRADLE_SECOND_PASSWORD`
    #[arg(long, value_name = "NAME")]
    with: Option<OperatorName>,
    /// Read that password from this file descriptor
    #[arg(long, value_name = "N", requires = "with")]
    with_password_fd: Option<i32>,
}

impl SecondPerson {
    /// Signs in, if there is one. Who calls this signs out as well.
    pub(super) fn begin(
        &self,
        store: &Store,
        station: &StationId,
    ) -> Result<Option<Session>, Fault> {
        let Some(name) = &self.with else {
            return Ok(None);
        };
        let from_environment = std::env::var("CRADLE_SECOND_PASSWORD");
        let password = match (self.with_password_fd, from_environment) {
            (Some(fd), _) => people::from_descriptor(fd)?,
            (None, Ok(password)) => Zeroizing::new(password),
            (None, Err(_)) => ask(&format!("Password of {name}: "))?,
        };
        store.sign_in(name, &password, station).map(Some)
    }
}
