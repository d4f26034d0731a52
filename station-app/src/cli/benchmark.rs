//! `cradle benchmark`: started by `cargo xtask bench`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use cradle_procedure::fault::Fault;
use serde_json::json;

use super::Answer;
use crate::benchmark::{self, Part};

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
    /// Only this part; may be given more than once
    #[arg(long = "only", value_name = "PART")]
    parts: Vec<Part>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    let Arguments {
        firmware,
        out,
        units,
        parts,
    } = arguments;
    let ratios = benchmark::run(parts, firmware, out, *units)?;
    let mut words = String::new();
    for ratio in &ratios {
        let _ = writeln!(words, "{:<24} {:.3}", ratio.name, ratio.value);
    }
    Answer::done(words, json!(ratios))
}
