//! A chip as it was read: who it is, and what it holds that cannot be taken back.

use std::collections::BTreeSet;

use crate::ids::Uid;

/// Who and how a chip is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChipState {
    /// Device identifier of the silicon (STM32: `DEV_ID` of `DBGMCU_IDCODE`).
    pub device_id: u32,
    /// Silicon revision.
    pub revision: u32,
    /// Unique identifier.
    pub uid: Uid,
    /// Main flash in KiB.
    pub flash_kib: u32,
    /// One-time values and protections. `None` when read protection hides them.
    pub fuses: Option<Fuses>,
    /// Read protection.
    pub read_protection: ReadProtection,
}

/// A part of the one-time memory, by the name that the chip's manual gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub now: String,
    /// What it would hold.
    pub then: String,
}

/// How far the chip can be read from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReadProtection {
    /// Everything (STM32: RDP level 0; ESP32: download mode and JTAG).
    Open,
    /// Not the flash; can be undone by a mass erase (STM32: RDP level 1).
    Locked,
    /// Nothing, for ever (STM32: RDP level 2; ESP32: secure download mode, or none).
    Permanent,
}

/// What can be read of a chip at any level of read protection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protections {
    /// Write-protected regions, by the names of the profile.
    pub write_protected: Vec<String>,
    /// Read protection.
    pub read_protection: ReadProtection,
    /// Other acts of its family that the chip holds.
    pub acts: BTreeSet<String>,
}

/// One-time values and protections as the chip holds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fuses {
    /// The 32 bytes where the root-key hash goes.
    pub root_key: [u8; 32],
    /// Whether those are locked.
    pub root_key_locked: bool,
    /// Anti-rollback counter.
    pub counter: u32,
    /// The 32 bytes where the digest of the boot key goes, if its ROM verifies the bootloader.
    pub boot_key: Option<[u8; 32]>,
    /// Other acts of its family that the chip holds, by the names of the family.
    pub acts: BTreeSet<String>,
    /// Whether every other one-time cell is as it left the factory.
    pub rest_virgin: bool,
    /// Write-protected regions, by the names of the profile.
    pub write_protected: Vec<String>,
    /// Read protection.
    pub read_protection: ReadProtection,
}

impl Fuses {
    /// The protections alone.
    #[must_use]
    pub fn protections(&self) -> Protections {
        Protections {
            write_protected: self.write_protected.clone(),
            read_protection: self.read_protection,
            acts: self.acts.clone(),
        }
    }
}
