//! Receives a signed image into a bank that does not run.
//!
//! Bytes are programmed as they come and read back; nothing is believed of them until all are
//! there. Then the bank is checked exactly as the bootloader checks it, and only a bank that
//! passes is put on trial. Whatever happens before, the metadata still names the old bank.

use cradle_protocol::layout::Region;
use cradle_protocol::limits::MAX_CHUNK;
use cradle_protocol::message::{AgentReply, AgentRequest, Refusal};
use cradle_protocol::metadata::{Bank, Change, Event};

use crate::accept::accept;
use crate::boot;
use crate::device::{Flash, OneTime, StorageFault, erase_all, program_verified};

/// The requests that bring an update, for a program that answers them. At most one update is on its
/// way.
#[derive(Debug, Default)]
pub struct Updates(Option<Update>);

impl Updates {
    /// Answers one. `running` is the bank that runs, if one does; `may_take` says whether a bank
    /// may be given up for bytes that are still to be verified.
    ///
    /// # Errors
    /// [`Refusal::WrongState`] if no update is on its way, the bank may not be taken, or the request
    /// is about something else; those of [`Update`].
    pub fn answer<D: Flash + OneTime>(
        &mut self,
        device: &mut D,
        request: &AgentRequest<'_>,
        running: Option<Bank>,
        may_take: impl FnOnce(&mut D, Bank) -> bool,
    ) -> Result<AgentReply<'static>, Refusal> {
        match request {
            AgentRequest::BeginUpdate { bank, length } => {
                self.0 = None;
                match may_take(device, *bank) {
                    true => self.begin(device, *bank, *length),
                    false => Err(Refusal::WrongState),
                }
            }
            AgentRequest::UpdateChunk { offset, bytes } => match &mut self.0 {
                Some(update) => update
                    .chunk(device, *offset, bytes)
                    .map(AgentReply::Received),
                None => Err(Refusal::WrongState),
            },
            AgentRequest::FinishUpdate => match self.0.take() {
                Some(update) => update.finish(device, running).map(AgentReply::Installed),
                None => Err(Refusal::WrongState),
            },
            _ => Err(Refusal::WrongState),
        }
    }

    fn begin<F: Flash>(
        &mut self,
        flash: &mut F,
        bank: Bank,
        length: u32,
    ) -> Result<AgentReply<'static>, Refusal> {
        self.0 = Some(Update::begin(flash, bank, length)?);
        Ok(AgentReply::Received(0))
    }
}

/// An image on its way into a bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Update {
    bank: Bank,
    length: u32,
    received: u32,
}

impl Update {
    /// Erases the bank. The caller made sure that it may be overwritten.
    ///
    /// # Errors
    /// [`Refusal::TooLong`] if the image cannot fit; nothing is erased then.
    /// [`Refusal::Storage`].
    pub fn begin<F: Flash>(flash: &mut F, bank: Bank, length: u32) -> Result<Self, Refusal> {
        if length == 0 || length > F::LAYOUT.max_image() {
            return Err(Refusal::TooLong);
        }
        erase_all(flash, F::LAYOUT.bank(bank)).map_err(storage)?;
        Ok(Self {
            bank,
            length,
            received: 0,
        })
    }

    /// Takes the next bytes. Returns how many of the image are there.
    ///
    /// # Errors
    /// [`Refusal::TooLong`] over a limit, [`Refusal::Range`] where they do not follow what is
    /// there, [`Refusal::Storage`]; what was there before still is.
    pub fn chunk<F: Flash>(
        &mut self,
        flash: &mut F,
        offset: u32,
        bytes: &[u8],
    ) -> Result<u32, Refusal> {
        let length = u32::try_from(bytes.len()).map_err(|_| Refusal::TooLong)?;
        let end = offset.checked_add(length).ok_or(Refusal::Range)?;
        if bytes.len() > MAX_CHUNK || end > self.length {
            return Err(Refusal::TooLong);
        }
        if bytes.is_empty() {
            return Err(Refusal::Range);
        }
        if end <= self.received && self.holds(flash, offset, bytes) {
            return Ok(self.received);
        }
        let whole = length.is_multiple_of(4) || end == self.length;
        if offset != self.received || !whole {
            return Err(Refusal::Range);
        }
        let mut words = [u32::MAX; MAX_CHUNK / 4];
        for (word, bytes) in words.iter_mut().zip(bytes.chunks(4)) {
            let mut padded = [0xFF; 4];
            padded[..bytes.len()].copy_from_slice(bytes);
            *word = u32::from_le_bytes(padded);
        }
        let address = F::LAYOUT.bank(self.bank).start + offset;
        let words = &words[..bytes.len().div_ceil(4)];
        program_verified(flash, address, words).map_err(storage)?;
        self.received = end;
        Ok(end)
    }

    /// Checks the bank and puts it on trial; `active` stays trusted meanwhile.
    ///
    /// # Errors
    /// [`Refusal::Range`] if bytes are missing, [`Refusal::Rejected`] if the bootloader would
    /// not run the image, [`Refusal::Storage`].
    pub fn finish<D: Flash + OneTime>(
        self,
        device: &mut D,
        active: Option<Bank>,
    ) -> Result<Bank, Refusal> {
        if self.received != self.length {
            return Err(Refusal::Range);
        }
        let (root, counter) = (device.root_key_hash(), device.counter());
        accept(device, self.bank, root.as_ref(), counter).map_err(Refusal::Rejected)?;
        let select = Change::Select {
            active,
            pending: Some(self.bank),
            event: Event::Installed,
        };
        boot::change(device, select).map_err(storage)?;
        Ok(self.bank)
    }

    fn holds<F: Flash>(&self, flash: &mut F, offset: u32, bytes: &[u8]) -> bool {
        let start = F::LAYOUT.bank(self.bank).start + offset;
        let length = bytes.len() as u32;
        flash.bytes(Region { start, length }) == bytes
    }
}

fn storage(StorageFault(status): StorageFault) -> Refusal {
    Refusal::Storage(status)
}

#[cfg(test)]
mod tests;
