//! Compile the firmware's programs and find what cargo made.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::toolchain::Toolchain;
use crate::process;
use crate::workspace;

/// One linked program.
pub(super) struct Elf {
    pub(super) path: PathBuf,
    pub(super) content: Vec<u8>,
}

/// All programs of the reference target.
pub(super) struct Elves {
    pub(super) bootloader: Elf,
    /// For boards that keep the device key in internal flash.
    pub(super) internal_flash: Variant,
    /// For boards that keep it in a secure element.
    pub(super) secure_element: Variant,
    /// Of the tests; no part of a release.
    pub(super) second_opinion: Elf,
}

/// The programs that use the device key.
pub(super) struct Variant {
    pub(super) application: Elf,
    /// The same, linked for bank B.
    pub(super) application_b: Elf,
    pub(super) provisioner: Elf,
}

/// The firmware's own workspace: it has another target and another lock file than ours.
pub(crate) fn folder() -> PathBuf {
    workspace::root().join("provisioning-fw/stm32f405")
}

/// The manifest in it.
pub(crate) fn manifest() -> PathBuf {
    folder().join("Cargo.toml")
}

/// Where cargo builds it.
pub(crate) fn build_folder() -> PathBuf {
    workspace::artefacts().join("firmware/build")
}

/// Lets cargo build what changed.
pub(super) fn compile(toolchain: &Toolchain) -> Result<Elves> {
    let mut command = toolchain.cargo_build();
    command
        .args(["--bins", "--message-format=json-render-diagnostics"])
        .arg("--target-dir")
        .arg(build_folder())
        .stdin(Stdio::null());
    let messages = process::output(&mut command)?;
    let programs = executables(&messages)?;
    Ok(Elves {
        bootloader: take(&programs, "bootloader")?,
        internal_flash: variant(&programs, "")?,
        secure_element: variant(&programs, "-se")?,
        second_opinion: take(&programs, "second-opinion")?,
    })
}

fn variant(programs: &[(String, PathBuf)], suffix: &str) -> Result<Variant> {
    let take = |name: &str| take(programs, &format!("{name}{suffix}"));
    Ok(Variant {
        application: take("application")?,
        application_b: take("application-b")?,
        provisioner: take("provisioner")?,
    })
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

fn take(programs: &[(String, PathBuf)], name: &str) -> Result<Elf> {
    let Some((_, path)) = programs.iter().find(|(own, _)| own == name) else {
        bail!("the firmware has no program named {name}");
    };
    Ok(Elf {
        path: path.clone(),
        content: super::read(path)?,
    })
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
