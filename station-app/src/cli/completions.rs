//! `cradle completions`: for the shell.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use cradle_procedure::fault::Fault;
use serde_json::json;

use super::{Answer, Cradle};

/// Print shell completions.
#[derive(Args)]
#[command(after_help = "Example: cradle completions bash > /etc/bash_completion.d/cradle")]
pub(super) struct Arguments {
    /// For which shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Cradle::command(),
        "cradle",
        &mut script,
    );
    let script = String::from_utf8_lossy(&script).into_owned();
    Answer::done(script.clone(), json!({ "script": script }))
}
