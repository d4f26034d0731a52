//! Offsets and bits of the I2C registers (RM0090 §27.6).

pub(super) const CR1: u32 = 0x00;
pub(super) const CR2: u32 = 0x04;
pub(super) const OAR1: u32 = 0x08;
pub(super) const OAR2: u32 = 0x0C;
pub(super) const DR: u32 = 0x10;
pub(super) const SR1: u32 = 0x14;
pub(super) const SR2: u32 = 0x18;
pub(super) const CCR: u32 = 0x1C;
pub(super) const TRISE: u32 = 0x20;
pub(super) const FLTR: u32 = 0x24;

/// I2C_CR1 (§27.6.1).
pub(super) mod cr1 {
    pub(crate) const PE: u32 = 1 << 0;
    pub(crate) const START: u32 = 1 << 8;
    pub(crate) const STOP: u32 = 1 << 9;
    pub(crate) const ACK: u32 = 1 << 10;
    pub(crate) const POS: u32 = 1 << 11;
    pub(crate) const PEC: u32 = 1 << 12;
    pub(crate) const SWRST: u32 = 1 << 15;
    pub(crate) const STORED: u32 = 0xBFFB;
}

/// I2C_CR2 (§27.6.2).
pub(super) mod cr2 {
    pub(crate) const ITERREN: u32 = 1 << 8;
    pub(crate) const ITEVTEN: u32 = 1 << 9;
    pub(crate) const ITBUFEN: u32 = 1 << 10;
    pub(crate) const STORED: u32 = 0x1F3F;
}

/// I2C_SR1 (§27.6.6).
pub(super) mod sr1 {
    pub(crate) const SB: u32 = 1 << 0;
    pub(crate) const ADDR: u32 = 1 << 1;
    pub(crate) const BTF: u32 = 1 << 2;
    pub(crate) const RXNE: u32 = 1 << 6;
    pub(crate) const TXE: u32 = 1 << 7;
    pub(crate) const BERR: u32 = 1 << 8;
    pub(crate) const AF: u32 = 1 << 10;
    /// Cleared by writing 0: BERR, ARLO, AF, OVR, PECERR, TIMEOUT, SMBALERT.
    pub(crate) const ERRORS: u32 = 0xDF00;
}

/// I2C_SR2 (§27.6.7).
pub(super) mod sr2 {
    pub(crate) const MSL: u32 = 1 << 0;
    pub(crate) const BUSY: u32 = 1 << 1;
    pub(crate) const TRA: u32 = 1 << 2;
}

/// I2C_CCR (§27.6.8).
pub(super) mod ccr {
    pub(crate) const VALUE: u32 = 0xFFF;
    pub(crate) const DUTY: u32 = 1 << 14;
    pub(crate) const FAST: u32 = 1 << 15;
    pub(crate) const STORED: u32 = FAST | DUTY | VALUE;
}
