//! Who runs a command: name on the command line, password never.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{FromRawFd as _, OwnedFd};

use clap::Args;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::{OperatorName, StationId};
use cradle_records::{Session, Store};
use zeroize::Zeroizing;

use super::ask;
use crate::station::Station;

/// Sign-in for a command.
#[derive(Args)]
pub(super) struct SignIn {
    /// Who you are. The password is asked for, or read from `CRADLE_PASSWORD`
    #[arg(id = "as", long, value_name = "NAME")]
    name: OperatorName,
    /// Read the password from this file descriptor
    #[arg(long, value_name = "N")]
    password_fd: Option<i32>,
}

impl SignIn {
    /// Signs in, does the work, signs out.
    pub(super) fn with<T>(
        &self,
        station: &Station,
        work: impl FnOnce(&Session) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let store = station.store();
        let session = self.begin(store, &station.config().station)?;
        let result = work(&session);
        let signed_out = store.sign_out(&session);
        result.and_then(|value| signed_out.map(|()| value))
    }

    /// Signs in to any store. Who calls this signs out as well.
    pub(super) fn begin(&self, store: &Store, station: &StationId) -> Result<Session, Fault> {
        let password = password(self.password_fd, &format!("Password of {}: ", self.name))?;
        store.sign_in(&self.name, &password, station)
    }
}

/// A password: from the descriptor if one is given, else from `CRADLE_PASSWORD`, else by asking.
pub(super) fn password(fd: Option<i32>, prompt: &str) -> Result<Zeroizing<String>, Fault> {
    match (fd, std::env::var("CRADLE_PASSWORD")) {
        (Some(fd), _) => from_descriptor(fd),
        (None, Ok(password)) => Ok(Zeroizing::new(password)),
        (None, Err(_)) => ask(prompt),
    }
}

fn from_descriptor(fd: i32) -> Result<Zeroizing<String>, Fault> {
    if fd < 3 && fd != 0 {
        return Err(Fault::new(
            Code::InputInvalid,
            format!("file descriptor {fd}"),
        ));
    }
    #[allow(unsafe_code)]
    // SAFETY: the caller of this process handed the descriptor over for this; nothing else in
    // the process uses it, and a number that is not open only makes the read fail.
    let mut file = File::from(unsafe { OwnedFd::from_raw_fd(fd) });
    let mut text = Zeroizing::new(String::with_capacity(1024));
    file.by_ref()
        .take(1024)
        .read_to_string(&mut text)
        .or_fault(Code::InputInvalid)?;
    let length = text.trim_end_matches(['\n', '\r']).len();
    text.truncate(length);
    Ok(text)
}
