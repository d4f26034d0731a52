//! Format and lints.

use anyhow::Result;

use crate::firmware;
use crate::process::{cargo, run};

/// Both workspaces are formatted: ours and the firmware's.
pub(super) fn format() -> Result<()> {
    run(cargo().args(["fmt", "--all", "--check"]))?;
    run(cargo()
        .args(["fmt", "--all", "--check", "--manifest-path"])
        .arg(firmware::manifest()))
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
    // Clippy needs the chip's library for its own compiler; Debian's has none to lend.
    if !firmware::has_target() {
        println!("   the chip's firmware is not linted: thumbv7em-none-eabi is not installed");
        return Ok(());
    }
    run(cargo()
        .current_dir(firmware::folder())
        .args(["clippy", "--release", "--locked", "--bins", "--target-dir"])
        .arg(firmware::build_folder())
        .args(["--", "-D", "warnings"]))
}
