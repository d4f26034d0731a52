//! `cradle profile`: target profiles.

use std::path::PathBuf;

use clap::Subcommand;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::profile::TargetProfile;
use serde_json::json;

use super::Answer;
use crate::files;

/// Target profiles.
#[derive(Subcommand)]
#[command(after_help = "Example: cradle profile check profiles/stm32f405.toml")]
pub(super) enum Verb {
    /// Check that a target profile is sound and its burn order safe
    Check {
        /// The profile, TOML
        file: PathBuf,
    },
}

pub(super) fn run(verb: &Verb) -> Result<Answer, Fault> {
    let Verb::Check { file } = verb;
    let text = String::from_utf8(files::read(file)?).or_fault(Code::ProfileInvalid)?;
    let profile = TargetProfile::parse(&text)?;
    let burns = profile.burns.iter();
    let order: Vec<_> = burns.map(|burn| burn.item.as_str()).collect();
    let words = format!("{}: sound. Burn order: {}", profile.id, order.join(", "));
    Answer::done(words, json!({ "profile": profile.id, "order": order }))
}
