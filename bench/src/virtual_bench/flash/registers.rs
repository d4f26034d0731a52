//! Bits of the flash interface registers (RM0090 §3.9).

pub(super) const ACR: u32 = 0x00;
pub(super) const KEYR: u32 = 0x04;
pub(super) const OPTKEYR: u32 = 0x08;
pub(super) const SR: u32 = 0x0C;
pub(super) const CR: u32 = 0x10;
pub(super) const OPTCR: u32 = 0x14;

/// Keys in the order in which they must come (§3.6.1, §3.7.3).
pub(super) const KEYS: [u32; 2] = [0x4567_0123, 0xCDEF_89AB];
pub(super) const OPTION_KEYS: [u32; 2] = [0x0819_2A3B, 0x4C5D_6E7F];

/// LATENCY, PRFTEN, ICEN, DCEN, ICRST, DCRST (§3.9.1).
pub(super) const ACR_MASK: u32 = 0x1F07;

/// FLASH_SR (§3.9.5).
pub(super) mod sr {
    pub(crate) const EOP: u32 = 1 << 0;
    pub(crate) const OPERR: u32 = 1 << 1;
    pub(crate) const WRPERR: u32 = 1 << 4;
    pub(crate) const PGAERR: u32 = 1 << 5;
    pub(crate) const PGPERR: u32 = 1 << 6;
    pub(crate) const PGSERR: u32 = 1 << 7;
    pub(crate) const BSY: u32 = 1 << 16;
    pub(crate) const CLEARABLE: u32 = EOP | OPERR | WRPERR | PGAERR | PGPERR | PGSERR;
}

/// FLASH_CR (§3.9.7).
pub(super) mod cr {
    pub(crate) const PG: u32 = 1 << 0;
    pub(crate) const SER: u32 = 1 << 1;
    pub(crate) const MER: u32 = 1 << 2;
    pub(crate) const SNB_SHIFT: u32 = 3;
    pub(crate) const SNB_MASK: u32 = 0xF;
    pub(crate) const PSIZE_SHIFT: u32 = 8;
    pub(crate) const PSIZE_MASK: u32 = 0x3;
    pub(crate) const STRT: u32 = 1 << 16;
    pub(crate) const EOPIE: u32 = 1 << 24;
    pub(crate) const ERRIE: u32 = 1 << 25;
    pub(crate) const LOCK: u32 = 1 << 31;
    pub(crate) const STORED: u32 =
        PG | SER | MER | SNB_MASK << SNB_SHIFT | PSIZE_MASK << PSIZE_SHIFT | EOPIE | ERRIE;
}

/// FLASH_OPTCR (§3.9.10).
pub(super) mod optcr {
    pub(crate) const OPTLOCK: u32 = 1 << 0;
    pub(crate) const OPTSTRT: u32 = 1 << 1;
    pub(crate) const FIELDS: u32 = 0x0FFF_FFEC;
}
