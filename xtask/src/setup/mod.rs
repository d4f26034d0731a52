//! What the verbs need from the system, and how it gets there.

mod apt;
mod needs;
mod presence;
mod venv;

use std::fmt;

use anyhow::Result;

pub(crate) use needs::{Need, softhsm_module};
pub(crate) use presence::SYSTEM_RUSTC;
pub(crate) use venv::ensure as ensure_python;

use needs::Package;

/// System packages are missing and this user may not install them.
#[derive(Debug)]
pub(crate) struct MissingPackages {
    advice: String,
}

impl fmt::Display for MissingPackages {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.advice)
    }
}

impl std::error::Error for MissingPackages {}

/// Makes sure that everything the needs name is there, installing it if this user may.
pub(crate) fn ensure(needs: &[Need]) -> Result<()> {
    let missing = missing_of(needs);
    if missing.is_empty() {
        return Ok(());
    }
    println!("These system packages are missing:");
    for package in &missing {
        println!("  {:<24} {}", package.name, package.why);
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    let Some(apt) = apt::Apt::of_this_user() else {
        return Err(refusal(needs, &missing, &names).into());
    };
    apt.install(&names)?;

    let still: Vec<_> = missing_of(needs);
    if still.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = still.iter().map(|package| package.name).collect();
    Err(MissingPackages {
        advice: format!(
            "installed, yet what they should provide is not there: {}",
            names.join(", ")
        ),
    }
    .into())
}

fn missing_of(needs: &[Need]) -> Vec<&'static Package> {
    let mut missing: Vec<&Package> = Vec::new();
    for package in needs.iter().flat_map(|need| need.packages()) {
        let listed = missing.iter().any(|other| other.name == package.name);
        if !listed && !package.provides.is_present() {
            missing.push(package);
        }
    }
    missing
}

fn refusal(needs: &[Need], missing: &[&Package], names: &[&str]) -> MissingPackages {
    let mut advice = format!(
        "system packages are missing; as root, run\n  {}",
        apt::install_line(names)
    );
    let compiler_missing = needs.contains(&Need::FirmwareCompiler)
        && missing.iter().any(|package| {
            needs::FIRMWARE_COMPILER
                .iter()
                .any(|own| own.name == package.name)
        });
    if compiler_missing {
        advice.push_str(
            "\nor, in place of the compiler packages,\n  rustup target add thumbv7em-none-eabi riscv32imc-unknown-none-elf",
        );
    }
    MissingPackages { advice }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_names_the_exact_line_to_run() {
        let refused = refusal(&[Need::Token], &[], &["softhsm2", "opensc"]);
        assert!(
            refused
                .to_string()
                .contains("apt-get install --no-install-recommends softhsm2 opensc"),
            "{refused}"
        );
        assert!(!refused.to_string().contains("rustup"));
    }

    #[test]
    fn refusal_offers_rustup_when_a_compiler_is_missing() {
        let missing: Vec<&Package> = needs::FIRMWARE_COMPILER.iter().collect();
        let refused = refusal(&[Need::FirmwareCompiler], &missing, &["rustc-web"]);
        assert!(
            refused.to_string().contains("rustup target add"),
            "{refused}"
        );
    }
}
