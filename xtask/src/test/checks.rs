//! Format and lints.

use anyhow::Result;

use crate::firmware::{self, Chip};
use crate::process::{cargo, run};

/// All workspaces are formatted: ours and the firmware's.
pub(super) fn format() -> Result<()> {
    run(cargo().args(["fmt", "--all", "--check"]))?;
    Chip::ALL.into_iter().try_for_each(|chip| {
        run(cargo()
            .args(["fmt", "--all", "--check", "--manifest-path"])
            .arg(chip.manifest()))
    })
}

/// No warning anywhere, tests and examples included.
pub(super) fn lint() -> Result<()> {
    run(cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]))?;
    Chip::ALL.into_iter().try_for_each(lint_firmware)
}

/// Clippy needs the chip's library for its own compiler; Debian's has none to lend.
fn lint_firmware(chip: Chip) -> Result<()> {
    if !firmware::has_target(chip) {
        let (name, target) = (chip.name(), chip.triple());
        println!("   the firmware of {name} is not linted: {target} is not installed");
        return Ok(());
    }
    run(cargo()
        .current_dir(chip.folder())
        .args(["clippy", "--release", "--locked", "--bins", "--target-dir"])
        .arg(firmware::build_folder())
        .args(["--", "-D", "warnings"]))
}
