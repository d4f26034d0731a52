//! Option bytes (§3.7, §3.9.10): write protection and read protection.

use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::ReadProtection;
use cradle_procedure::profile::{Region, TargetProfile};
use probe_rs::{Core, Error, MemoryInterface};

use super::link::Link;
use super::registers::{
    Idle, OPTCR, OPTCR_OPTLOCK, OPTCR_OPTSTRT, OPTION_KEYS, OPTION_NWRP, OPTION_USER_RDP, OPTKEYR,
    SR, SR_ERRORS, wait_idle,
};

const NWRP: u32 = 0x0FFF << 16;
const RDP: u32 = 0xFF << 8;
/// `nRST_STDBY`, `nRST_STOP`, `WDG_SW` and `BOR_LEV`.
const USER: u32 = 0xEC;
const RDP_LEVEL_0: u32 = 0xAA;
const RDP_LEVEL_2: u32 = 0xCC;
/// Any value but the two above is level 1; this is ST's own choice.
const RDP_LEVEL_1: u32 = 0x55;

/// Time for option bytes alone: their sector is erased and programmed.
pub(crate) const WITHOUT_ERASE: Duration = Duration::from_secs(10);

/// The option bytes in the layout of `FLASH_OPTCR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OptionBytes(u32);

/// The levels this driver sets. Level 2 is for ever and is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Open,
    Locked,
}

impl OptionBytes {
    pub(crate) fn read_protection(self) -> ReadProtection {
        match (self.0 & RDP) >> 8 {
            RDP_LEVEL_0 => ReadProtection::Open,
            RDP_LEVEL_2 => ReadProtection::Permanent,
            _ => ReadProtection::Locked,
        }
    }

    #[must_use]
    pub(crate) fn with_level(self, level: Level) -> Self {
        let byte = match level {
            Level::Open => RDP_LEVEL_0,
            Level::Locked => RDP_LEVEL_1,
        };
        Self(self.0 & !RDP | byte << 8)
    }

    /// Protects the sectors whose bit is set, and keeps those already protected.
    #[must_use]
    pub(crate) fn with_protected(self, sectors: u32) -> Self {
        Self(self.0 & !(sectors << 16 & NWRP))
    }

    #[must_use]
    pub(crate) fn without_write_protection(self) -> Self {
        Self(self.0 | NWRP)
    }

    /// Protected sectors, a bit for each.
    pub(crate) fn protected(self) -> u32 {
        (!self.0 & NWRP) >> 16
    }

    pub(crate) fn is_write_protected(self) -> bool {
        self.protected() != 0
    }

    /// The profile's regions of which every sector is protected.
    pub(crate) fn protected_regions(self, profile: &TargetProfile) -> Vec<String> {
        let whole = |region: &Region| {
            let mask = sectors_under(profile, *region);
            mask != 0 && self.protected() & mask == mask
        };
        let regions = profile.regions.iter();
        regions
            .filter(|(_, region)| whole(region))
            .map(|(name, _)| name.clone())
            .collect()
    }
}

/// The sectors under a region, a bit for each.
pub(crate) fn sectors_under(profile: &TargetProfile, region: Region) -> u32 {
    let end = region.start.saturating_add(region.length);
    let under =
        |(start, length): (u32, u32)| start < end && region.start < start.saturating_add(length);
    profile
        .sectors()
        .enumerate()
        .filter(|(_, sector)| under(*sector))
        .fold(0, |mask, (index, _)| mask | 1 << index)
}

/// The option bytes as the flash interface holds them.
pub(crate) fn read(core: &mut Core<'_>) -> Result<OptionBytes, Error> {
    let optcr = core.read_word_32(OPTCR)?;
    Ok(OptionBytes(optcr & (NWRP | RDP | USER)))
}

/// Programs the option bytes and reads them back, both from the register and from the cells
/// themselves. The core is held meanwhile, so that no program uses the flash interface.
///
/// # Errors
/// `DEV-07`; `DEV-11` if the chip did not take them.
pub(crate) fn write(link: &mut Link, wanted: OptionBytes, patience: Duration) -> Result<(), Fault> {
    let outcome = link.with_core(Code::ProtectFailed, |core| {
        held(core, |core| program(core, wanted, patience))
    })?;
    outcome.map_err(|why| Fault::new(Code::ProtectFailed, why))
}

fn held<T>(
    core: &mut Core<'_>,
    work: impl FnOnce(&mut Core<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    if core.core_halted()? {
        return work(core);
    }
    core.halt(Duration::from_millis(500))?;
    let result = work(core);
    core.run()?;
    result
}

/// §3.7.2 "Programming user option bytes".
fn program(
    core: &mut Core<'_>,
    wanted: OptionBytes,
    patience: Duration,
) -> Result<Result<(), String>, Error> {
    if let Idle::StillBusy = wait_idle(core, patience)? {
        return Ok(Err("the flash interface is busy".to_owned()));
    }
    if core.read_word_32(OPTCR)? & OPTCR_OPTLOCK != 0 {
        for key in OPTION_KEYS {
            core.write_word_32(OPTKEYR, key)?;
        }
        if core.read_word_32(OPTCR)? & OPTCR_OPTLOCK != 0 {
            return Ok(Err("OPTCR stays locked".to_owned()));
        }
    }
    core.write_word_32(SR, SR_ERRORS)?;
    core.write_word_32(OPTCR, wanted.0)?;
    core.write_word_32(OPTCR, wanted.0 | OPTCR_OPTSTRT)?;
    let idle = wait_idle(core, patience)?;
    let held = read(core)?;
    core.write_word_32(OPTCR, held.0 | OPTCR_OPTLOCK)?;
    match idle {
        Idle::StillBusy => return Ok(Err(format!("still busy after {patience:?}"))),
        Idle::Errors(0) => {}
        Idle::Errors(errors) => return Ok(Err(format!("FLASH_SR {errors:#04x}"))),
    }
    let cells = cells(core)?;
    let same = held == wanted && cells == wanted;
    Ok(same.then_some(()).ok_or_else(|| {
        let (wanted, held, cells) = (wanted.0, held.0, cells.0);
        format!("wanted {wanted:#010x}, OPTCR reads {held:#010x}, the cells {cells:#010x}")
    }))
}

/// The option bytes as memory, in the layout of `FLASH_OPTCR`.
fn cells(core: &mut Core<'_>) -> Result<OptionBytes, Error> {
    let low = core.read_word_32(OPTION_USER_RDP)? & (RDP | USER);
    let high = core.read_word_32(OPTION_NWRP)? << 16 & NWRP;
    Ok(OptionBytes(high | low))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reset value of `FLASH_OPTCR` (§3.9.10) without `OPTLOCK`.
    const FACTORY: OptionBytes = OptionBytes(0x0FFF_AAEC);

    fn profile() -> TargetProfile {
        TargetProfile::parse(include_str!("../../../profiles/stm32f405.toml")).unwrap()
    }

    #[test]
    fn a_new_chip_is_open_and_unprotected() {
        assert_eq!(FACTORY.read_protection(), ReadProtection::Open);
        assert!(FACTORY.protected_regions(&profile()).is_empty());
    }

    #[test]
    fn protecting_a_region_protects_its_sectors_and_no_other() {
        let profile = profile();
        let bootloader = sectors_under(&profile, profile.region("bootloader").unwrap());
        assert_eq!(bootloader, 0b11);
        let protected = FACTORY.with_protected(bootloader);
        assert_eq!(protected, OptionBytes(0x0FFC_AAEC));
        assert_eq!(protected.protected_regions(&profile), ["bootloader"]);
        assert_eq!(protected.without_write_protection(), FACTORY);
    }

    #[test]
    fn a_region_with_an_open_sector_is_not_reported() {
        assert!(
            FACTORY
                .with_protected(0b01)
                .protected_regions(&profile())
                .is_empty()
        );
    }

    #[test]
    fn no_level_this_driver_sets_is_for_ever() {
        let locked = FACTORY.with_level(Level::Locked);
        assert_eq!(locked.read_protection(), ReadProtection::Locked);
        let open = locked.with_level(Level::Open);
        assert_eq!(open.read_protection(), ReadProtection::Open);
    }
}
