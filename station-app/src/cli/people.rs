//! Who runs a command: name on the command line, password and PIN never.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{FromRawFd as _, OwnedFd};

use clap::Args;
use cradle_ca::token::{Pin, TokenCard, TokenUri};
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::{OperatorName, StationId};
use cradle_records::{Session, Store};
use zeroize::Zeroizing;

use super::ask;
use crate::cards;
use crate::office::Office;

/// Sign-in for a command.
#[derive(Args)]
pub(super) struct SignIn {
    /// Who you are. The password is asked for, or read from `CRADLE_PASSWORD`
    #[arg(id = "as", long, value_name = "NAME")]
    name: OperatorName,
    /// Read the password from this file descriptor
    #[arg(long, value_name = "N")]
    password_fd: Option<i32>,
    /// Sign in with your card instead: `pkcs11:token=LABEL`. Its PIN is asked for, or read from
    /// `CRADLE_CARD_PIN`
    #[arg(
        long,
        value_name = "URI",
        env = "CRADLE_CARD",
        conflicts_with = "password_fd"
    )]
    card: Option<TokenUri>,
    /// Read the card's PIN from this file descriptor
    #[arg(long, value_name = "N")]
    card_pin_fd: Option<i32>,
}

/// Sign-in of the second person, who checks what the first one did.
#[derive(Args)]
pub(super) struct Witness {
    /// Person who checks the result and answers for it. The password is asked for, or read from
    /// `CRADLE_VERIFIER_PASSWORD`
    #[arg(long, value_name = "NAME")]
    verifier: OperatorName,
    /// Read the verifier's password from this file descriptor
    #[arg(long, value_name = "N")]
    verifier_password_fd: Option<i32>,
}

impl SignIn {
    /// Signs in, does the work, signs out.
    pub(super) fn with<T>(
        &self,
        office: &impl AsRef<Office>,
        work: impl FnOnce(&Session) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let office = office.as_ref();
        let store = office.store();
        let session = self.begin(store, &office.config().station)?;
        finish(store, &session, work(&session))
    }

    /// Signs in to any store. Who calls this signs out as well.
    pub(super) fn begin(&self, store: &Store, station: &StationId) -> Result<Session, Fault> {
        let name = &self.name;
        if let Some(uri) = &self.card {
            let pin = Secret {
                fd: self.card_pin_fd,
                variable: "CRADLE_CARD_PIN",
            };
            let card = open_card(uri, &pin, name)?;
            return store.sign_in_with_card(name, &card, station);
        }
        let password = password(self.password_fd, &format!("Password of {name}: "))?;
        store.sign_in(name, &password, station)
    }
}

impl Witness {
    /// Signs the second person in, does the work, signs out.
    pub(super) fn with<T>(
        &self,
        office: &impl AsRef<Office>,
        work: impl FnOnce(&Session) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let office = office.as_ref();
        let secret = Secret {
            fd: self.verifier_password_fd,
            variable: "CRADLE_VERIFIER_PASSWORD",
        };
        let password = secret.take(&format!("Password of {}: ", self.verifier))?;
        let store = office.store();
        let session = store.sign_in(&self.verifier, &password, &office.config().station)?;
        finish(store, &session, work(&session))
    }
}

fn finish<T>(store: &Store, session: &Session, result: Result<T, Fault>) -> Result<T, Fault> {
    match (result, store.sign_out(session)) {
        // What was done to one's own account may have ended the session.
        (Ok(value), Err(fault)) if fault.code == Code::SessionEnded => Ok(value),
        (result, signed_out) => result.and_then(|value| signed_out.map(|()| value)),
    }
}

/// Where a secret comes from: the descriptor if one is given, else the variable, else by asking.
pub(super) struct Secret {
    pub(super) fd: Option<i32>,
    pub(super) variable: &'static str,
}

impl Secret {
    pub(super) fn take(&self, prompt: &str) -> Result<Zeroizing<String>, Fault> {
        match self.given()? {
            Some(secret) => Ok(secret),
            None => ask(prompt),
        }
    }

    /// A new password. One that is typed is asked for twice, because nobody sees it.
    pub(super) fn take_new(&self, name: &OperatorName) -> Result<Zeroizing<String>, Fault> {
        match self.given()? {
            Some(secret) => Ok(secret),
            None => Self::ask_new(name),
        }
    }

    /// A new password that nothing but the keyboard may give.
    pub(super) fn ask_new(name: &OperatorName) -> Result<Zeroizing<String>, Fault> {
        let typed = ask(&format!("New password of {name}: "))?;
        if *ask("The same again: ")? == *typed {
            return Ok(typed);
        }
        let detail = "the two were not the same; nothing was changed";
        Err(Fault::new(Code::InputInvalid, detail))
    }

    fn given(&self) -> Result<Option<Zeroizing<String>>, Fault> {
        match (self.fd, std::env::var(self.variable)) {
            (Some(fd), _) => from_descriptor(fd).map(Some),
            (None, Ok(secret)) => Ok(Some(Zeroizing::new(secret))),
            (None, Err(_)) => Ok(None),
        }
    }
}

/// A password: from the descriptor if one is given, else from `CRADLE_PASSWORD`, else by asking.
pub(super) fn password(fd: Option<i32>, prompt: &str) -> Result<Zeroizing<String>, Fault> {
    let variable = "CRADLE_PASSWORD";
    Secret { fd, variable }.take(prompt)
}

/// Opens the card in the reader.
pub(super) fn open_card(
    uri: &TokenUri,
    pin: &Secret,
    holder: &OperatorName,
) -> Result<TokenCard, Fault> {
    let pin = pin.take(&format!("PIN of {holder}'s card: "))?;
    cards::open(uri, Pin::new(pin.to_string())?)
}

/// A secret from a descriptor that was handed over for it.
pub(super) fn from_descriptor(fd: i32) -> Result<Zeroizing<String>, Fault> {
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
