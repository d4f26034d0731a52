//! `cradle profile`: target profiles, and profiles of certificates.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::profile::TargetProfile;
use serde_json::json;

use super::Answer;
use crate::files;
use crate::station::certificate_terms;

/// Target profiles, and profiles of certificates.
#[derive(Subcommand)]
#[command(after_help = "Example: cradle profile check profiles/stm32f405.toml")]
pub(super) enum Verb {
    /// Check that a target profile is sound and its burn order safe
    Check {
        /// The profile, TOML
        file: PathBuf,
    },
    /// Check that a certificate profile is sound
    CheckCertificate {
        /// The profile, TOML
        file: PathBuf,
    },
}

pub(super) fn run(verb: &Verb) -> Result<Answer, Fault> {
    match verb {
        Verb::Check { file } => check(file),
        Verb::CheckCertificate { file } => check_certificate(file),
    }
}

fn check(file: &Path) -> Result<Answer, Fault> {
    let text = String::from_utf8(files::read(file)?).or_fault(Code::ProfileInvalid)?;
    let profile = TargetProfile::parse(&text)?;
    let burns = profile.burns.iter();
    let order: Vec<_> = burns.map(|burn| burn.item.as_str()).collect();
    let words = format!("{}: sound. Burn order: {}", profile.id, order.join(", "));
    Answer::done(words, json!({ "profile": profile.id, "order": order }))
}

fn check_certificate(file: &Path) -> Result<Answer, Fault> {
    let terms = certificate_terms(file)?;
    let days = terms.validity_days();
    let good = days.map_or("for ever".to_owned(), |days| format!("for {days} days"));
    let words = format!("{}: sound. Certificates are good {good}", terms.id());
    Answer::done(
        words,
        json!({ "profile": terms.id(), "validity_days": days }),
    )
}
