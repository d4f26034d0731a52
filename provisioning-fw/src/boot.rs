//! Which bank to run.
//!
//! A bank on trial is run at most three times; each start spends one trial before it happens, so
//! a firmware that crashes, hangs (the watchdog ends that) or loses power is tried no further.
//! When it is given up the bank trusted before runs on. When nothing verifies: recovery.

use cradle_protocol::image::{self, Image, ImageError};
use cradle_protocol::layout::Region;
use cradle_protocol::message::BankVerdict;
use cradle_protocol::metadata::{self, Bank, BootState, Change, Event, NotOnTrial};

use crate::accept::{Accepted, accept};
use crate::device::{Flash, OneTime, StorageFault, program_verified};
use crate::otp::{self, Otp};

/// What the bootloader does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Run this bank.
    Run {
        /// The bank.
        bank: Bank,
        /// Its image.
        image: Accepted,
        /// Whether it must still prove itself: start the watchdog.
        trial: bool,
    },
    /// Run nothing; what was found in banks A and B.
    Recover([BankVerdict; 2]),
}

/// Why a bank could not be confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmError {
    /// The metadata does not have this bank on trial.
    NotOnTrial,
    /// The confirmation was not taken by the flash.
    Storage(StorageFault),
}

/// The newest metadata record.
#[must_use]
pub fn state(flash: &mut impl Flash) -> Option<BootState> {
    let [a, b] = metadata(flash);
    metadata::read(a, b)
}

/// Both metadata sectors; the second lies behind the first.
pub(crate) fn metadata<F: Flash>(flash: &mut F) -> [&[u8]; 2] {
    let [Region { start, length }, _] = F::LAYOUT.metadata;
    let both = flash.bytes(Region {
        start,
        length: 2 * length,
    });
    both.split_at(both.len() / 2).into()
}

/// The image in `bank`, taken apart and not verified.
///
/// # Errors
/// See [`ImageError`].
pub(crate) fn image<F: Flash>(flash: &mut F, bank: Bank) -> Result<Image<'_>, ImageError> {
    let room = Region {
        length: F::LAYOUT.max_image(),
        ..F::LAYOUT.bank(bank)
    };
    image::parse_in_bank(flash.bytes(room))
}

/// Decides, and records the decision before it is acted on. A decision that flash would not
/// record is not acted on, except to run a bank that is trusted already.
pub fn decide<D: Flash + OneTime>(device: &mut D) -> Decision {
    let mut banks = Banks::new(device);
    match state(device) {
        None => recover_metadata(device, &mut banks),
        Some(state) if state.confirmed || state.pending.is_none() => {
            run_trusted(device, &mut banks, &state)
        }
        Some(state) => run_trial(device, &mut banks, &state),
    }
}

/// The running firmware in `bank` works: the bank is trusted from now on. Does nothing if that
/// is recorded already.
///
/// # Errors
/// See [`ConfirmError`].
pub fn confirm(flash: &mut impl Flash, bank: Bank) -> Result<(), ConfirmError> {
    let state = state(flash).ok_or(ConfirmError::NotOnTrial)?;
    if state.trusted() == Some(bank) {
        return Ok(());
    }
    if state.pending != Some(bank) {
        return Err(ConfirmError::NotOnTrial);
    }
    change(flash, Change::Confirm).map_err(ConfirmError::Storage)
}

/// Moves the counter in OTP up to that of the update which runs in `bank`, once it is confirmed:
/// from then on nothing older is run. Called at each start, it also finishes what a power cut
/// interrupted. What the station provisioned has its counter from the station.
///
/// # Errors
/// [`StorageFault`].
pub fn raise_counter<D: Flash + Otp>(device: &mut D, bank: Bank) -> Result<(), StorageFault> {
    let confirmed_update = state(device).is_some_and(|state| {
        state.confirmed && state.pending == Some(bank) && state.event == Event::Installed
    });
    if !confirmed_update {
        return Ok(());
    }
    let target = image(device, bank).map_or(0, |image| image.security_counter);
    otp::raise_counter(device, target)
}

/// Writes a metadata change.
///
/// # Errors
/// [`StorageFault`]; with 0 also when the change does not fit the state.
pub fn change<F: Flash>(flash: &mut F, change: Change) -> Result<(), StorageFault> {
    let [a, b] = metadata(flash);
    let write = metadata::next_write(a, b, change).map_err(|NotOnTrial| StorageFault(0))?;
    if write.erase {
        flash.erase(F::LAYOUT.metadata[write.sector])?;
    }
    program_verified(flash, write.address(&F::LAYOUT.metadata), write.words())
}

/// No record was readable: put the first bank that verifies on trial.
fn recover_metadata<D: Flash + OneTime>(device: &mut D, banks: &mut Banks) -> Decision {
    for bank in [Bank::A, Bank::B] {
        if let Ok(image) = banks.check(device, bank) {
            return start_trial(device, banks, bank, image, Event::Recovered);
        }
    }
    banks.recover(device)
}

fn run_trusted<D: Flash + OneTime>(
    device: &mut D,
    banks: &mut Banks,
    state: &BootState,
) -> Decision {
    let Some(bank) = state.trusted() else {
        return banks.recover(device);
    };
    if let Ok(image) = banks.check(device, bank) {
        return run(bank, image, false);
    }
    match banks.check(device, bank.other()) {
        Ok(image) => start_trial(device, banks, bank.other(), image, Event::FellBack),
        Err(_) => banks.recover(device),
    }
}

fn run_trial<D: Flash + OneTime>(device: &mut D, banks: &mut Banks, state: &BootState) -> Decision {
    if let Some(bank) = state.on_trial()
        && let Ok(image) = banks.check(device, bank)
        && change(device, Change::UseTrial).is_ok()
    {
        return run(bank, image, true);
    }
    if let Some(given_up) = state.pending {
        banks.give_up(device, given_up);
    }
    let Some(bank) = state.active else {
        return banks.recover(device);
    };
    let Ok(image) = banks.check(device, bank) else {
        return banks.recover(device);
    };
    let fell_back = Change::Select {
        active: Some(bank),
        pending: None,
        event: Event::FellBack,
    };
    // The bank is trusted already: it runs even if the flash does not take the note.
    let _ = change(device, fell_back);
    run(bank, image, false)
}

/// Puts a bank on trial and spends the first one.
fn start_trial<D: Flash + OneTime>(
    device: &mut D,
    banks: &mut Banks,
    bank: Bank,
    image: Accepted,
    event: Event,
) -> Decision {
    let select = Change::Select {
        active: None,
        pending: Some(bank),
        event,
    };
    let recorded = change(device, select).and_then(|()| change(device, Change::UseTrial));
    match recorded {
        Ok(()) => run(bank, image, true),
        Err(_) => banks.recover(device),
    }
}

fn run(bank: Bank, image: Accepted, trial: bool) -> Decision {
    Decision::Run { bank, image, trial }
}

/// Checks banks, each at most once.
struct Banks {
    root_key_hash: Option<[u8; 32]>,
    counter: u32,
    checked: [Option<Result<Accepted, BankVerdict>>; 2],
}

impl Banks {
    fn new(one_time: &impl OneTime) -> Self {
        Self {
            root_key_hash: one_time.root_key_hash(),
            counter: one_time.counter(),
            checked: [None; 2],
        }
    }

    fn check(&mut self, flash: &mut impl Flash, bank: Bank) -> Result<Accepted, BankVerdict> {
        *self.checked[bank.index()]
            .get_or_insert_with(|| accept(flash, bank, self.root_key_hash.as_ref(), self.counter))
    }

    /// A bank that verifies but did not confirm itself counts as [`BankVerdict::Unconfirmed`].
    fn give_up(&mut self, flash: &mut impl Flash, bank: Bank) {
        if self.check(flash, bank).is_ok() {
            self.checked[bank.index()] = Some(Err(BankVerdict::Unconfirmed));
        }
    }

    fn recover(&mut self, flash: &mut impl Flash) -> Decision {
        let verdicts = [Bank::A, Bank::B].map(|bank| match self.check(flash, bank) {
            Ok(_) => BankVerdict::Good,
            Err(verdict) => verdict,
        });
        Decision::Recover(verdicts)
    }
}

#[cfg(test)]
mod tests;
