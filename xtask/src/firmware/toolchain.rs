//! Which compiler builds for the chip.

use std::fmt;
use std::path::Path;
use std::process::Command;

use crate::process::{cargo, probe};
use crate::setup::SYSTEM_RUSTC;

use super::chip::Chip;

/// A compiler for the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Toolchain {
    /// The default toolchain has the target's library.
    WithTarget,
    /// Debian's compiler, which knows the target but has no library for it: that is built along
    /// from the source package.
    DebianBuildStd,
}

impl Toolchain {
    pub(super) fn choose(chip: Chip) -> Self {
        if has_target(chip) {
            Self::WithTarget
        } else {
            Self::DebianBuildStd
        }
    }

    /// The compiler's program.
    const fn rustc(self) -> &'static str {
        match self {
            Self::WithTarget => "rustc",
            Self::DebianBuildStd => SYSTEM_RUSTC,
        }
    }

    /// The compiler's version, as in "1.96.0".
    pub(super) fn release(self) -> String {
        let printed = probe(self.rustc(), &["--version"]).unwrap_or_default();
        printed
            .split_whitespace()
            .nth(1)
            .unwrap_or("unknown")
            .to_owned()
    }

    /// Cargo, set up to build for the chip with this compiler. Target, linker and its flags are
    /// in the firmware's own `.cargo/config.toml`, which cargo looks for where it is started.
    pub(super) fn cargo_build(self, chip: Chip) -> Command {
        let mut command = cargo();
        command
            .current_dir(chip.folder())
            .args(["build", "--release", "--locked"]);
        // Chosen for this machine's own programs, not for the chip's.
        for name in [
            "RUSTC",
            "RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_BUILD_TARGET",
        ] {
            command.env_remove(name);
        }
        if self == Self::DebianBuildStd {
            command
                .env("RUSTC", SYSTEM_RUSTC)
                // -Zbuild-std is unstable, though the library it builds is the stable one.
                .env("RUSTC_BOOTSTRAP", "1")
                .arg("-Zbuild-std=core");
        }
        command
    }
}

impl fmt::Display for Toolchain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self {
            Self::WithTarget => "with its own core library",
            Self::DebianBuildStd => "of Debian, core library built along",
        };
        write!(formatter, "rustc {} {how}", self.release())
    }
}

/// Whether the default toolchain has the target's library installed.
pub(crate) fn has_target(chip: Chip) -> bool {
    let target = ["--print", "target-libdir", "--target", chip.triple()];
    probe("rustc", &target).is_some_and(|folder| Path::new(folder.trim()).is_dir())
}
