//! `cradle bench`: the slots.

use std::fmt::Write as _;

use clap::Subcommand;
use cradle_bench::Bench;
use cradle_bench::virtual_bench::VirtualBench;
use cradle_procedure::fault::Fault;
use serde_json::json;
use std::sync::Arc;

use super::{Answer, Shared};
use crate::config::{BenchSection, Config};

/// The slots of this station.
#[derive(Subcommand)]
#[command(after_help = "Example: cradle bench list")]
pub(super) enum Verb {
    /// List the slots and what is wired to them
    List,
}

pub(super) fn run(verb: &Verb, shared: &Shared) -> Result<Answer, Fault> {
    let Verb::List = verb;
    let path = shared.config.clone().unwrap_or_else(Config::default_path);
    let bench = match Config::load(&path)?.bench {
        BenchSection::Hardware(hardware) => Bench::from_config(hardware)?,
        BenchSection::Virtual { virtual_slots } => {
            Bench::over_virtual(&Arc::new(VirtualBench::new(usize::from(virtual_slots))))
        }
    };
    let mut words = String::new();
    let mut data = Vec::new();
    for slot in bench.slots() {
        let _ = writeln!(words, "{:>3}  {}", slot.id, slot.description);
        data.push(json!({ "slot": slot.id, "description": slot.description }));
    }
    if data.is_empty() {
        words.push_str("No slots. Add a [[bench.slot]] to the configuration.");
    }
    Answer::done(words, json!(data))
}
