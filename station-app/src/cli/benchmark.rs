//! `cradle benchmark`: started by `cargo xtask bench`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use cradle_procedure::fault::Fault;
use serde_json::json;

use super::Answer;
use crate::benchmark;

/// Measure the station against named references.
#[derive(Args)]
pub(super) struct Arguments {
    /// Folder of the firmware build
    #[arg(long, value_name = "DIR", env = "CRADLE_FIRMWARE")]
    firmware: PathBuf,
    /// Where to write the ratios, as JSON
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Units in the large database that is asked; it is kept beside the ratios
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    units: u64,
}

pub(super) fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    let ratios = benchmark::run(&arguments.firmware, &arguments.out, arguments.units)?;
    let mut words = String::new();
    for ratio in &ratios {
        let _ = writeln!(words, "{:<24} {:.3}", ratio.name, ratio.value);
    }
    Answer::done(words, json!(ratios))
}
