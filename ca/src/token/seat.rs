//! One session: opened, logged in, and made anew when the token was taken out and put back.

use std::collections::HashMap;
use std::sync::Arc;

use cradle_procedure::fault::{Code, Fault};
use cryptoki::context::Pkcs11;
use cryptoki::error::{Error, RvError};
use cryptoki::object::ObjectHandle;
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};

use super::access::Access;
use super::fault::{Failure, Kind, OrTokenFault as _};
use super::{module, object};

/// A place at the token. Belongs to one thread: a PKCS#11 session is used by one at a time.
pub(super) struct Seat {
    access: Arc<Access>,
    open: Option<Open>,
}

/// A session that is logged in.
pub(super) struct Open {
    pub(super) session: Session,
    pub(super) module: Pkcs11,
    pub(super) slot: Slot,
    /// Private keys found so far: a handle is good for the session that found it.
    keys: HashMap<String, ObjectHandle>,
}

impl Seat {
    /// Opens the session now, so that whoever opens a token learns why it does not work.
    pub(super) fn take(access: Arc<Access>) -> Result<Self, Failure> {
        let open = Some(Open::new(&access)?);
        Ok(Self { access, open })
    }

    /// Does it; once more on a new session if this one turns out to be lost. So the work must be
    /// one that may be done twice.
    pub(super) fn attempt<T>(
        &mut self,
        work: &mut impl FnMut(&mut Open) -> Result<T, Failure>,
    ) -> Result<T, Fault> {
        let first = self.open().and_then(&mut *work);
        let result = match first {
            Err(failure) if failure.kind == Kind::SessionLost => {
                // First closed, then opened: some tokens have one session only.
                self.open = None;
                self.open().and_then(work)
            }
            other => other,
        };
        if matches!(&result, Err(failure) if failure.kind == Kind::SessionLost) {
            self.open = None;
        }
        result.map_err(Failure::told)
    }

    fn open(&mut self) -> Result<&mut Open, Failure> {
        let open = match self.open.take() {
            Some(open) => open,
            None => Open::new(&self.access)?,
        };
        Ok(self.open.insert(open))
    }
}

impl Open {
    fn new(access: &Access) -> Result<Self, Failure> {
        let module = module::load(&access.config.module, access.config.arguments.as_deref())?;
        let _turn = module::turn();
        access.refuse_known_wrong_pin()?;
        let slot = module::slot_of(&module, &access.config.label)?;
        let info = module.get_token_info(slot).or_token_fault()?;
        let session = session(&module, slot)?;
        log_in(&session, &info, access)?;
        Ok(Self {
            session,
            module,
            slot,
            keys: HashMap::new(),
        })
    }

    /// The private key of that label whose public key is this one.
    ///
    /// # Errors
    /// `TOK-03` if the token holds another key of that name by now.
    pub(super) fn private_key(
        &mut self,
        label: &str,
        spki: &[u8],
    ) -> Result<ObjectHandle, Failure> {
        if let Some(known) = self.keys.get(label) {
            return Ok(*known);
        }
        let pair = object::find_pair(&self.session, label)?;
        if pair.spki != spki {
            let detail = format!("{label}: the token holds another key of that name now");
            return Err(Fault::new(Code::TokenKey, detail).into());
        }
        self.keys.insert(label.to_owned(), pair.private);
        Ok(pair.private)
    }
}

/// A session that can write, or one that can only read on a token that is write-protected.
fn session(module: &Pkcs11, slot: Slot) -> Result<Session, Failure> {
    match module.open_rw_session(slot) {
        Err(Error::Pkcs11(RvError::TokenWriteProtected, _)) => module.open_ro_session(slot),
        other => other,
    }
    .or_token_fault()
}

fn log_in(session: &Session, info: &TokenInfo, access: &Access) -> Result<(), Failure> {
    if !info.login_required() {
        return Ok(());
    }
    // The login belongs to the process, not to the session (PKCS#11 v3.1 §5.6.8).
    match session.login(UserType::User, Some(&access.config.pin.auth())) {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(error) => {
            let failure = Failure::from(error);
            if failure.kind == Kind::PinRefused {
                access.remember_wrong_pin(failure.clone().told());
            }
            Err(failure)
        }
    }
}
