//! The debug connection to one chip: made when it is needed, dropped when it breaks.

use std::error::Error;
use std::sync::Arc;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Uid;
use probe_rs::rtt::Rtt;
use probe_rs::{Core, MemoryInterface, Session};

use super::registers::DBGMCU_IDCODE;
use super::{attach, identity, otp};
use crate::slot::Slot;

/// A connection, and what lives and dies with it.
pub(crate) struct Connection {
    pub(crate) session: Session,
    /// The running provisioner's channel.
    pub(crate) provisioner: Option<Rtt>,
    /// One-time memory as last read over this connection, unless something was burnt since.
    pub(crate) otp: Option<otp::Bytes>,
}

/// The debug connection to the chip in one slot.
pub(crate) struct Link {
    slot: Arc<dyn Slot>,
    /// Chip name as probe-rs knows it.
    chip: String,
    device_id: u32,
    /// The chip that was identified; another one in its place is never worked on.
    uid: Option<Uid>,
    connection: Option<Connection>,
}

impl Link {
    pub(crate) fn new(slot: Arc<dyn Slot>, chip: &str, device_id: u32) -> Self {
        Self {
            slot,
            chip: chip.to_owned(),
            device_id,
            uid: None,
            connection: None,
        }
    }

    pub(crate) fn slot(&self) -> &dyn Slot {
        &*self.slot
    }

    pub(crate) fn uid(&self) -> Option<&Uid> {
        self.uid.as_ref()
    }

    /// Takes whatever chip is in the slot for the one to work on, from now on.
    pub(crate) fn identify(&mut self) -> Result<(), Fault> {
        if !self.answers() {
            self.release();
        }
        self.uid = None;
        self.connection()?;
        if self.uid.is_none() {
            self.uid = Some(self.with_core(Code::LinkLost, identity::uid)?);
        }
        Ok(())
    }

    /// The connection, made anew if there is none.
    pub(crate) fn connection(&mut self) -> Result<&mut Connection, Fault> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        Ok(self.connection.insert(connection))
    }

    fn connect(&mut self) -> Result<Connection, Fault> {
        let mut session = attach::attach(&*self.slot, &self.chip, self.device_id)?;
        let uid = session
            .core(0)
            .and_then(|mut core| identity::uid(&mut core))
            .map_err(|error| Fault::new(Code::NoDevice, told(&error)))?;
        match &self.uid {
            Some(known) if *known != uid => {
                let detail = format!("chip {known} was exchanged for chip {uid}");
                return Err(Fault::new(Code::Contradiction, detail));
            }
            _ => self.uid = Some(uid),
        }
        Ok(Connection {
            session,
            provisioner: None,
            otp: None,
        })
    }

    /// The connection there is.
    pub(crate) fn connected(&mut self) -> Option<&mut Connection> {
        self.connection.as_mut()
    }

    /// Runs some accesses to the core. A connection that broke is dropped and told as
    /// `DEV-07`; anything else that the chip did not do is told under `code`.
    pub(crate) fn with_core<T>(
        &mut self,
        code: Code,
        work: impl FnOnce(&mut Core<'_>) -> Result<T, probe_rs::Error>,
    ) -> Result<T, Fault> {
        let session = &mut self.connection()?.session;
        let result = session.core(0).and_then(|mut core| work(&mut core));
        result.map_err(|error| self.failed(code, told(&error)))
    }

    /// The fault for an access that failed: `DEV-07` if the chip is out of reach.
    pub(crate) fn failed(&mut self, code: Code, detail: String) -> Fault {
        if self.answers() {
            Fault::new(code, detail)
        } else {
            self.release();
            Fault::new(Code::LinkLost, detail)
        }
    }

    /// Whether the chip still answers over the connection there is.
    pub(crate) fn answers(&mut self) -> bool {
        let Some(connection) = &mut self.connection else {
            return false;
        };
        let idcode = connection
            .session
            .core(0)
            .and_then(|mut core| core.read_word_32(DBGMCU_IDCODE));
        idcode.is_ok_and(|idcode| identity::device_id(idcode) == self.device_id)
    }

    /// Lets go of the chip; the debug port is powered down.
    pub(crate) fn release(&mut self) {
        self.connection = None;
    }
}

/// An error with its causes.
pub(crate) fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}
