//! `cargo xtask faults`: every operation of both journeys is struck, and the unit started again.

use anyhow::Result;
use clap::Args;

use crate::setup::{self, Need};
use crate::{firmware, phase, process};

/// Strike every operation of a provisioning and of a decommissioning, and count what may not be.
///
/// At each operation on chip, record, token and registry the board loses its supply, its cables
/// come off, or the station's process is killed; then the unit is started again. Takes up to half
/// an hour on two cores. `cargo xtask test` strikes a small sample.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Whose units to strike: stm32f405 or esp32c3
    #[arg(long, default_value = "stm32f405", value_parser = ["stm32f405", "esp32c3"])]
    target: String,
    /// Strike only so many units, drawn
    #[arg(long, value_name = "N")]
    units: Option<u32>,
    /// Draw other places inside the operations, and another sample
    #[arg(long, value_name = "X")]
    seed: Option<u64>,
    /// Strike only one part of several, to spread them over machines: `2/4` is the second of four
    #[arg(long, value_name = "K/N")]
    part: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut needs = vec![
        Need::StationBuild,
        Need::Token,
        Need::Openssl,
        Need::Referees,
    ];
    needs.extend(firmware::needs());
    setup::ensure(&needs)?;
    let firmware = firmware::ensure()?;
    phase::phase("strikes", || {
        let mut command = process::cargo();
        command
            .args(["test", "--package", "cradle-station", "--locked"])
            .args(["--test", "faults", "--", "--nocapture", "--exact"])
            .arg(test_of(&arguments.target))
            .env("CRADLE_FIRMWARE", &firmware);
        let units = arguments.units.map(|units| units.to_string());
        command.env("CRADLE_FAULTS", units.unwrap_or_else(|| "all".to_owned()));
        if let Some(seed) = arguments.seed {
            command.env("CRADLE_FAULTS_SEED", seed.to_string());
        }
        if let Some(part) = &arguments.part {
            command.env("CRADLE_FAULTS_PART", part);
        }
        if let Some(module) = setup::softhsm_module() {
            command.env("SOFTHSM2_MODULE", module);
        }
        process::run(&mut command)
    })
}

/// The test that strikes units of a target.
fn test_of(target: &str) -> &'static str {
    match target {
        "esp32c3" => "wherever_they_fail_an_esp32c3_comes_to_a_true_end",
        _ => "wherever_supply_link_or_station_fail_the_unit_comes_to_a_true_end",
    }
}
