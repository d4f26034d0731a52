//! The second person of a command that takes two, if that one is here.

use clap::Args;
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{OperatorName, StationId};
use cradle_records::{Session, Store};

use super::people::Secret;

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
        let secret = Secret {
            fd: self.with_password_fd,
            variable: "CRADLE_SECOND_PASSWORD",
        };
        let password = secret.take(&format!("Password of {name}: "))?;
        store.sign_in(name, &password, station).map(Some)
    }
}
