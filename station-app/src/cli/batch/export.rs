//! `cradle batch export`: what became of a batch, as files.

use std::path::PathBuf;

use clap::Args;
use cradle_ca::ceremony::DOCUMENT_KEY;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::{BatchId, Sha256};
use cradle_records::BatchExport;
use serde_json::json;

use super::super::people::SignIn;
use super::super::{Answer, Shared};
use crate::{batch_report, files};

#[derive(Args)]
pub(in crate::cli) struct Arguments {
    /// Batch
    batch: BatchId,
    /// Folder for the report (PDF), its data (JSON, with a signature) and the list of units (CSV)
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    sign_in: SignIn,
}

pub(super) fn run(arguments: &Arguments, shared: &Shared) -> Result<Answer, Fault> {
    let office = shared.office()?;
    let key = office.token().key(DOCUMENT_KEY)?;
    let exported = arguments.sign_in.with(&office, |session| {
        let render = |export: &BatchExport| batch_report::files(export, &key);
        office
            .store()
            .export_batch(session, &arguments.batch, render)
    })?;
    std::fs::create_dir_all(&arguments.out).or_fault(Code::FileFailed)?;
    let mut digests = serde_json::Map::new();
    for file in &exported {
        files::write(&arguments.out.join(&file.name), &file.bytes)?;
        let digest = Sha256::of(&file.bytes).to_string();
        digests.insert(file.name.clone(), digest.into());
    }
    let words = format!("{} files in {}", exported.len(), arguments.out.display());
    Answer::done(words, json!({ "files": digests }))
}
