//! Licences, duplicates and sources of what we depend on, by cargo-deny.
//!
//! Its advisories check needs the RustSec database from GitHub, which a build machine cannot
//! always reach, and whose answer changes without a change here: CONTRIBUTING.md says when to
//! run it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::firmware::Chip;
use crate::process::{cargo, find, run};
use crate::workspace;

/// Exact, so that a verdict does not change overnight.
const VERSION: &str = "0.20.2";

/// Checks our dependencies and the firmware's against `deny.toml`.
pub(super) fn check() -> Result<()> {
    let program = match find("cargo-deny") {
        Some(program) => program,
        None => ours()?,
    };
    check_one(&program, &workspace::root().join("Cargo.toml"))?;
    Chip::ALL
        .into_iter()
        .try_for_each(|chip| check_one(&program, &chip.manifest()))
}

fn check_one(program: &Path, manifest: &Path) -> Result<()> {
    run(Command::new(program)
        .current_dir(workspace::root())
        // Warnings (duplicate versions) are for those who ask: they would bury the failures.
        .args(["--locked", "--log-level", "error", "--manifest-path"])
        .arg(manifest)
        .arg("--config")
        .arg(workspace::root().join("deny.toml"))
        .args(["check", "bans", "licenses", "sources"]))
}

/// Builds cargo-deny once into `target/tools`. Unoptimised: it is ready in a minute and still
/// checks in seconds.
fn ours() -> Result<PathBuf> {
    let folder = workspace::artefacts().join("tools");
    let program = folder.join("bin/cargo-deny");
    if program.exists() {
        return Ok(program);
    }
    println!("   cargo-deny is not installed: building it into target/tools");
    run(cargo()
        .args([
            "install",
            "--quiet",
            "--locked",
            "--debug",
            "cargo-deny",
            "--version",
            VERSION,
        ])
        .arg("--root")
        .arg(&folder)
        .arg("--target-dir")
        .arg(folder.join("build")))?;
    Ok(program)
}
