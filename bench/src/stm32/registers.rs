//! Addresses and bits of the STM32F40x/41x that the driver touches.

use std::time::{Duration, Instant};

use probe_rs::{Core, MemoryInterface};

/// `DBGMCU_IDCODE` (§38.6.1): device in bits 11:0, revision in bits 31:16.
pub(crate) const DBGMCU_IDCODE: u64 = 0xE004_2000;
/// 96-bit unique device identifier (§39.1).
pub(crate) const UID: u64 = 0x1FFF_7A10;
/// The word whose upper half is the flash size in KiB (§39.2).
pub(crate) const FLASH_SIZE_WORD: u64 = 0x1FFF_7A20;
/// Vector table offset register (PM0214 §4.4.4).
pub(crate) const VTOR: u64 = 0xE000_ED08;
/// SRAM1 and SRAM2 back to back (§2.3.1).
pub(crate) const SRAM: std::ops::Range<u32> = 0x2000_0000..0x2002_0000;

/// Flash interface (§3.9).
pub(crate) const KEYR: u64 = 0x4002_3C04;
pub(crate) const OPTKEYR: u64 = 0x4002_3C08;
pub(crate) const SR: u64 = 0x4002_3C0C;
pub(crate) const CR: u64 = 0x4002_3C10;
pub(crate) const OPTCR: u64 = 0x4002_3C14;
/// Option bytes as memory (§3.7.1, table 14): USER and RDP, then nWRP.
pub(crate) const OPTION_USER_RDP: u64 = 0x1FFF_C000;
pub(crate) const OPTION_NWRP: u64 = 0x1FFF_C008;

pub(crate) const KEYS: [u32; 2] = [0x4567_0123, 0xCDEF_89AB];
pub(crate) const OPTION_KEYS: [u32; 2] = [0x0819_2A3B, 0x4C5D_6E7F];

/// `BSY` of `FLASH_SR`.
const SR_BSY: u32 = 1 << 16;
/// `OPERR`, `WRPERR`, `PGAERR`, `PGPERR` and `PGSERR` of `FLASH_SR`; written as 1 to clear.
pub(crate) const SR_ERRORS: u32 = 0xF2;

/// `MER`, `PSIZE` = 32 bits, `STRT` and `LOCK` of `FLASH_CR`.
pub(crate) const CR_MER: u32 = 1 << 2;
pub(crate) const CR_PSIZE_32: u32 = 2 << 8;
pub(crate) const CR_STRT: u32 = 1 << 16;
pub(crate) const CR_LOCK: u32 = 1 << 31;

/// `OPTLOCK` and `OPTSTRT` of `FLASH_OPTCR`.
pub(crate) const OPTCR_OPTLOCK: u32 = 1;
pub(crate) const OPTCR_OPTSTRT: u32 = 1 << 1;

const POLL: Duration = Duration::from_millis(1);

/// What the flash controller says once it is idle, or that it never became so.
pub(crate) enum Idle {
    /// Idle; the error flags.
    Errors(u32),
    /// Still busy when the time was over.
    StillBusy,
}

/// Waits for the flash controller.
pub(crate) fn wait_idle(core: &mut Core<'_>, patience: Duration) -> Result<Idle, probe_rs::Error> {
    let deadline = Instant::now() + patience;
    loop {
        let status = core.read_word_32(SR)?;
        if status & SR_BSY == 0 {
            return Ok(Idle::Errors(status & SR_ERRORS));
        }
        if Instant::now() >= deadline {
            return Ok(Idle::StillBusy);
        }
        std::thread::sleep(POLL);
    }
}
