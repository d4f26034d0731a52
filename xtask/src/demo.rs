//! `cargo xtask demo`: the main job on the virtual bench, with everything it needs set up first.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use crate::setup::{self, Need};
use crate::{firmware, phase, process, workspace};

/// Provision units on the virtual bench and decommission the first.
///
/// With a display, opens the station with boards in its slots. With --headless, or where there is
/// no display, does the whole job at once, prints a table and exits with 0 only if every unit
/// ended as it should.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Open no window
    #[arg(long)]
    headless: bool,
    /// Target profile of the product; several, with commas, for a mixed gang
    #[arg(
        long,
        value_name = "NAMES",
        default_value = "stm32f405",
        value_delimiter = ','
    )]
    target: Vec<String>,
    /// How many units to provision
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    units: u32,
    /// How many slots the virtual bench has
    #[arg(long, value_name = "S", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    slots: u32,
    /// What the virtual boards draw their randomness from; the same seed gives the same boards
    #[arg(long, value_name = "X")]
    seed: Option<u64>,
    /// Where the results go [default: target/demo]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let windowed = !arguments.headless && has_display();
    if !arguments.headless && !windowed {
        println!(
            "There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set): going on without a window."
        );
    }
    let out = match &arguments.out {
        Some(out) => workspace::absolute(out)?,
        None => workspace::artefacts().join("demo"),
    };

    setup::ensure(&needs(windowed))?;
    firmware::ensure()?;
    phase::phase("station", || {
        process::run(process::cargo().args([
            "build",
            "--package",
            "cradle-station",
            "--bin",
            "cradle",
        ]))
    })?;

    phase::heading("demo");
    let mut command = process::cargo();
    command
        .args([
            "run",
            "--quiet",
            "--package",
            "cradle-station",
            "--bin",
            "cradle",
            "--",
            "demo",
        ])
        .args(["--target", &arguments.target.join(",")])
        .arg("--firmware")
        .arg(workspace::firmware_of(&arguments.target[0]))
        .args(["--units", &arguments.units.to_string()])
        .args(["--slots", &arguments.slots.to_string()])
        .arg("--out")
        .arg(out);
    if let Some(seed) = arguments.seed {
        command.args(["--seed", &seed.to_string()]);
    }
    if !windowed {
        command.arg("--headless");
    }
    if let Some(module) = setup::softhsm_module() {
        command.env("SOFTHSM2_MODULE", module);
    }
    process::run(&mut command).context("the demo did not end as it should")
}

fn needs(windowed: bool) -> Vec<Need> {
    let mut needs = vec![Need::StationBuild, Need::Token];
    needs.extend(firmware::needs());
    if windowed {
        needs.push(Need::Window);
    }
    needs
}

fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}
