//! `cradle demo`: the training line. Started by `cargo xtask demo`.

use std::path::PathBuf;

use clap::Args;
use cradle_procedure::fault::Fault;
use serde_json::json;

use super::Answer;
use crate::demo::{self, Options};

/// Set up a training line on the virtual bench and do the main job on it.
#[derive(Args)]
pub(super) struct Arguments {
    /// Folder of the firmware build
    #[arg(long, value_name = "DIR")]
    firmware: PathBuf,
    /// Target profiles of the products, the main one first
    #[arg(
        long,
        value_name = "NAMES",
        default_value = "stm32f405",
        value_delimiter = ','
    )]
    target: Vec<String>,
    /// Units to provision; 0 sets the line up and stops there
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    units: u32,
    /// Slots of the virtual bench
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=32))]
    slots: u16,
    /// What the boards draw their randomness from
    #[arg(long, value_name = "X")]
    seed: Option<u64>,
    /// Folder for everything it leaves behind
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Open no window
    #[arg(long)]
    headless: bool,
}

pub(super) fn run(arguments: Arguments) -> Result<Answer, Fault> {
    let options = Options {
        firmware: arguments.firmware,
        targets: arguments.target,
        units: arguments.units,
        slots: arguments.slots,
        seed: arguments.seed,
        out: arguments.out,
        headless: arguments.headless,
    };
    Ok(match demo::run(&options)? {
        true => Answer::Done(String::new(), json!({ "ok": true })),
        false => Answer::Failed(
            "Not every unit ended as it should.".to_owned(),
            json!({ "ok": false }),
        ),
    })
}
