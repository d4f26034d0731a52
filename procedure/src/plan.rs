//! The burn plan: what is burnt, in which order, proven before the first of it.

use crate::ids::Sha256;

/// One irreversible (or protecting) act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BurnItem {
    /// SHA-256 of the root public key's `SubjectPublicKeyInfo`.
    RootKeyHash(Sha256),
    /// No change to the root-key hash any more.
    LockRootKey,
    /// Anti-rollback counter up to this value.
    Counter(u32),
    /// These regions of the profile cannot be written any more.
    WriteProtect(Vec<String>),
    /// Flash cannot be read from outside any more; a mass erase undoes it (STM32: RDP level 1).
    ReadProtect,
}
