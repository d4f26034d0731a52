//! Compile the firmware's programs and find what cargo made.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::chip::Chip;
use super::toolchain::Toolchain;
use crate::process;
use crate::workspace;

/// One linked program.
pub(super) struct Elf {
    pub(super) path: PathBuf,
    pub(super) content: Vec<u8>,
}

/// Where cargo builds it.
pub(crate) fn build_folder() -> PathBuf {
    workspace::artefacts().join("firmware/build")
}

/// The linked programs of a chip.
pub(super) struct Programs(Vec<(String, PathBuf)>);

/// Lets cargo build what changed.
pub(super) fn compile(toolchain: &Toolchain, chip: Chip) -> Result<Programs> {
    let mut command = toolchain.cargo_build(chip);
    command
        .args(["--bins", "--message-format=json-render-diagnostics"])
        .arg("--target-dir")
        .arg(build_folder())
        .stdin(Stdio::null());
    let messages = process::output(&mut command)?;
    executables(&messages).map(Programs)
}

impl Programs {
    /// The program of that name.
    pub(super) fn take(&self, name: &str) -> Result<Elf> {
        let Some((_, path)) = self.0.iter().find(|(own, _)| own == name) else {
            bail!("the firmware has no program named {name}");
        };
        Ok(Elf {
            path: path.clone(),
            content: super::read(path)?,
        })
    }
}

/// The part we read of cargo's `compiler-artifact` message.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// Name and file of each program that cargo reports.
fn executables(messages: &str) -> Result<Vec<(String, PathBuf)>> {
    let mut programs = Vec::new();
    for line in messages.lines().filter(|line| line.starts_with('{')) {
        let message: Message =
            serde_json::from_str(line).context("cannot read cargo's build messages")?;
        if let (Some(executable), Some(target)) = (message.executable, message.target) {
            programs.push((target.name, executable));
        }
    }
    Ok(programs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_among_other_messages() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"p256"},"executable":null}"#,
            "\nplain text\n",
            r#"{"reason":"compiler-artifact","target":{"name":"bootloader"},"executable":"/t/b"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        let programs = executables(messages).unwrap();
        assert_eq!(programs, [("bootloader".to_owned(), PathBuf::from("/t/b"))]);
    }
}
