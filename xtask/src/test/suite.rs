//! All tests of the workspace.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::counts::Counts;
use crate::display::Display;
use crate::process::{cargo, find, run};
use crate::{phase, setup};

/// What tests find in their environment.
pub(super) struct Environment<'run> {
    firmware: &'run Path,
    python: &'run Path,
    display: &'run Display,
    softhsm: Option<PathBuf>,
}

impl<'run> Environment<'run> {
    pub(super) fn new(firmware: &'run Path, python: &'run Path, display: &'run Display) -> Self {
        Self {
            firmware,
            python,
            display,
            softhsm: setup::softhsm_module(),
        }
    }

    fn set(&self, command: &mut Command) {
        command
            .env("CRADLE_FIRMWARE", self.firmware)
            .env("CRADLE_PYTHON", self.python)
            .env("DISPLAY", self.display.name())
            .env_remove("WAYLAND_DISPLAY")
            // The same pixels on every machine.
            .env("LIBGL_ALWAYS_SOFTWARE", "1");
        if let Some(module) = &self.softhsm {
            command.env("SOFTHSM2_MODULE", module);
        }
    }
}

/// Compiles everything first, so that compiling shows up as what it is and not as a slow test.
pub(super) fn build(environment: &Environment<'_>) -> Result<()> {
    let mut command = cargo();
    command.args(["test", "--workspace", "--locked", "--no-run", "--quiet"]);
    environment.set(&mut command);
    run(&mut command)
}

/// Runs everything; the runner's counts are the last thing printed.
pub(super) fn run_all(environment: &Environment<'_>) -> Result<()> {
    if find("cargo-nextest").is_none() {
        phase::heading("tests");
        return with_cargo_test(environment);
    }
    phase::phase("documentation tests", || {
        let mut command = cargo();
        command.args(["test", "--workspace", "--locked", "--doc", "--quiet"]);
        environment.set(&mut command);
        run(&mut command)
    })?;
    phase::heading("tests");
    let mut command = cargo();
    command.args([
        "nextest",
        "run",
        "--workspace",
        "--locked",
        "--no-fail-fast",
    ]);
    environment.set(&mut command);
    run(&mut command)
}

/// Cargo's own runner prints one line of counts per program; their sum closes the output.
fn with_cargo_test(environment: &Environment<'_>) -> Result<()> {
    let mut command = cargo();
    command.args(["test", "--workspace", "--locked", "--no-fail-fast"]);
    environment.set(&mut command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start `cargo test`")?;
    let mut total = Counts::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line.context("cannot read what `cargo test` prints")?;
            println!("{line}");
            total.add(&line);
        }
    }
    let status = child.wait().context("cannot wait for `cargo test`")?;
    println!("\ntest result: {total}");
    if !status.success() {
        bail!("`cargo test` failed: {status}");
    }
    Ok(())
}
