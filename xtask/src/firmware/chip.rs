//! The chips that firmware is built for.

use std::path::PathBuf;

use crate::setup::Need;
use crate::workspace;

/// A chip with programs of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chip {
    /// The reference target.
    Stm32f405,
    /// The second family.
    Esp32c3,
}

impl Chip {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::Stm32f405, Self::Esp32c3];

    /// Its name, and that of its folders.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Stm32f405 => "stm32f405",
            Self::Esp32c3 => "esp32c3",
        }
    }

    /// What the compiler calls its core: Cortex-M4, RV32IMC.
    pub(crate) const fn triple(self) -> &'static str {
        match self {
            Self::Stm32f405 => "thumbv7em-none-eabi",
            Self::Esp32c3 => "riscv32imc-unknown-none-elf",
        }
    }

    pub(super) const fn linker(self) -> Need {
        match self {
            Self::Stm32f405 => Need::FirmwareLinker,
            Self::Esp32c3 => Need::FirmwareLinkerRiscv,
        }
    }

    /// Its programs' own workspace: another target and another lock file than ours.
    pub(crate) fn folder(self) -> PathBuf {
        workspace::root().join("provisioning-fw").join(self.name())
    }

    /// The manifest in it.
    pub(crate) fn manifest(self) -> PathBuf {
        self.folder().join("Cargo.toml")
    }
}
