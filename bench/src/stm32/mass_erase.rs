//! Erasing everything that can be erased.

use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::ReadProtection;
use probe_rs::{Core, Error, MemoryInterface};

use super::link::Link;
use super::option_bytes::{self, Level, WITHOUT_ERASE};
use super::registers::{
    CR, CR_LOCK, CR_MER, CR_PSIZE_32, CR_STRT, Idle, KEYR, KEYS, SR, SR_ERRORS, wait_idle,
};

/// The data sheet (DS8626, memory characteristics) allows 32 s at 8-bit parallelism.
const ERASE: Duration = Duration::from_secs(60);

/// Leaves the chip erased, unprotected and attached.
///
/// From level 1 the way back to level 0 erases the flash in hardware (§3.7.4). Write protection
/// is taken away before, on its own: whether a protected sector stops that erase, and whether
/// the other option bytes are taken along with it, the manual leaves open. A chip that is open
/// already is erased by `MER` (§3.6.3).
pub(crate) fn mass_erase(link: &mut Link) -> Result<(), Fault> {
    let held = link.with_core(Code::ProtectFailed, option_bytes::read)?;
    let unprotected = held.without_write_protection();
    if held.is_write_protected() {
        option_bytes::write(link, unprotected, WITHOUT_ERASE)?;
    }
    match held.read_protection() {
        ReadProtection::Open => erase_by_command(link)?,
        ReadProtection::Locked => {
            option_bytes::write(link, unprotected.with_level(Level::Open), ERASE)?;
        }
        ReadProtection::Permanent => {
            return Err(Fault::new(Code::ProtectFailed, "level 2 is for ever"));
        }
    }
    // Only a power-on ends level 1 for certain (§3.7.4).
    link.release();
    link.slot().power_cycle()?;
    let after = link.with_core(Code::ProtectFailed, option_bytes::read)?;
    if after.read_protection() != ReadProtection::Open || after.is_write_protected() {
        let detail = format!("after the erase the option bytes are {after:x?}");
        return Err(Fault::new(Code::ProtectFailed, detail));
    }
    Ok(())
}

fn erase_by_command(link: &mut Link) -> Result<(), Fault> {
    link.connection()?.provisioner = None;
    let outcome = link.with_core(Code::ProtectFailed, |core| {
        core.halt(Duration::from_millis(500))?;
        command(core)
    })?;
    outcome.map_err(|why| Fault::new(Code::ProtectFailed, format!("mass erase: {why}")))
}

fn command(core: &mut Core<'_>) -> Result<Result<(), String>, Error> {
    let busy = || Ok(Err(format!("still busy after {ERASE:?}")));
    if let Idle::StillBusy = wait_idle(core, ERASE)? {
        return busy();
    }
    if core.read_word_32(CR)? & CR_LOCK != 0 {
        for key in KEYS {
            core.write_word_32(KEYR, key)?;
        }
        if core.read_word_32(CR)? & CR_LOCK != 0 {
            return Ok(Err("FLASH_CR stays locked".to_owned()));
        }
    }
    core.write_word_32(SR, SR_ERRORS)?;
    core.write_word_32(CR, CR_MER | CR_PSIZE_32)?;
    core.write_word_32(CR, CR_MER | CR_PSIZE_32 | CR_STRT)?;
    let idle = wait_idle(core, ERASE)?;
    core.write_word_32(CR, CR_LOCK)?;
    match idle {
        Idle::Errors(0) => Ok(Ok(())),
        Idle::Errors(errors) => Ok(Err(format!("FLASH_SR {errors:#04x}"))),
        Idle::StillBusy => busy(),
    }
}
