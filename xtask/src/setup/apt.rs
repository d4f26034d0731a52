//! Debian's package manager.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{find, probe, run};

/// `apt-get`, with the rights to install.
pub(super) struct Apt {
    /// What stands before `apt-get`: nothing for root.
    prefix: &'static [&'static str],
}

/// Never asks, waits for another installation to finish, and refuses to remove anything that
/// somebody else put here.
const INSTALL: &[&str] = &[
    "-o",
    "DPkg::Lock::Timeout=300",
    "install",
    "--yes",
    "--no-install-recommends",
    "--no-remove",
];

impl Apt {
    /// `None` where there is no apt-get or this user may not install.
    pub(super) fn of_this_user() -> Option<Self> {
        find("apt-get")?;
        if is_root() {
            return Some(Self { prefix: &[] });
        }
        // -n: fail rather than ask for a password.
        probe("sudo", &["-n", "true"]).map(|_| Self {
            prefix: &["sudo", "-n"],
        })
    }

    /// Installs the packages in one go.
    pub(super) fn install(&self, names: &[&str]) -> Result<()> {
        let mut updated = false;
        if !names.iter().all(|name| has_candidate(name)) {
            self.update()?;
            updated = true;
        }
        let outcome = self.try_install(names);
        // Old package lists name files that the archive has since replaced.
        if outcome.is_err() && !updated {
            self.update()?;
            return self.try_install(names);
        }
        outcome
    }

    fn update(&self) -> Result<()> {
        let mut command = self.command();
        command.args(["-o", "DPkg::Lock::Timeout=300", "-q", "update"]);
        announce_and_run(&mut command, "refresh the package lists")
    }

    fn try_install(&self, names: &[&str]) -> Result<()> {
        let mut command = self.command();
        command.arg("-q").args(INSTALL).args(names);
        announce_and_run(&mut command, &format!("install {}", names.join(" ")))
    }

    fn command(&self) -> Command {
        let words: Vec<&str> = self
            .prefix
            .iter()
            .copied()
            .chain(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
            .collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]);
        command
    }
}

/// What a person types as root to get these packages.
pub(super) fn install_line(names: &[&str]) -> String {
    format!(
        "apt-get update && apt-get install --no-install-recommends {}",
        names.join(" ")
    )
}

fn announce_and_run(command: &mut Command, what: &str) -> Result<()> {
    println!("apt-get: {what}");
    run(command).with_context(|| format!("apt-get could not {what}"))
}

fn is_root() -> bool {
    // The owner of our own process's folder is the effective user.
    Path::new("/proc/self")
        .metadata()
        .is_ok_and(|process| process.uid() == 0)
}

/// Whether apt's lists, as they are now, offer the package.
fn has_candidate(name: &str) -> bool {
    probe("apt-cache", &["policy", name]).is_some_and(|policy| offers_candidate(&policy))
}

fn offers_candidate(policy: &str) -> bool {
    policy
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Candidate: "))
        .any(|version| version != "(none)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_package_has_no_candidate() {
        assert!(!offers_candidate(""));
        assert!(!offers_candidate(
            "x:\n  Installed: (none)\n  Candidate: (none)\n"
        ));
        assert!(offers_candidate(
            "x:\n  Installed: (none)\n  Candidate: 1.2-3\n"
        ));
    }
}
