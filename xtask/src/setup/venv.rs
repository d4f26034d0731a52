//! The Python programs that judge our results, in an environment of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::run;
use crate::workspace;

/// Referees only: no product code runs on them. Exact versions, so that a verdict does not
/// change overnight.
const REQUIREMENTS: &[&str] = &[
    "cbor2==6.2.1",
    "cryptography==50.0.2",
    "esptool==5.6.0",
    "imgtool==2.5.0",
    "pkilint==0.13.3",
];

/// Makes `target/venv` hold exactly what is required and returns its interpreter.
pub(crate) fn ensure() -> Result<PathBuf> {
    let folder = workspace::artefacts().join("venv");
    let python = folder.join("bin/python");
    let wanted = REQUIREMENTS.join("\n");
    let stamp = folder.join("requirements.txt");
    // The interpreter must still start: it is a link into a system that may have moved on.
    let current = fs::read_to_string(&stamp).is_ok_and(|present| present == wanted);
    if current && crate::process::probe(&python, &["-c", ""]).is_some() {
        return Ok(python);
    }
    println!(
        "Python: install {} into target/venv",
        REQUIREMENTS.join(", ")
    );
    build(&folder, &python)?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(python)
}

fn build(folder: &Path, python: &Path) -> Result<()> {
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(folder))?;
    run(Command::new(python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(REQUIREMENTS))
}
