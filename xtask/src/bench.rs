//! `cargo xtask bench`: what the station takes, as ratios against named references.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde::Deserialize;

use crate::display::Display;
use crate::setup::{self, Need};
use crate::{firmware, phase, process, workspace};

/// Measure the station against named references.
///
/// Builds it optimised, measures and prints each ratio beside its target. A missed target is
/// printed as MISSED; the exit code tells only whether the measurement could be made.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Where to write the ratios as JSON [default: target/bench/ratios.json]
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Units in the large database that is asked. It is made once and kept in target/bench; a
    /// million, which the targets are about, takes minutes and 8 GB
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    units: u64,
    /// Only this part: authority, flash, gang, records or window; may be given more than once
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let file = match &arguments.json {
        Some(file) => workspace::absolute(file)?,
        None => workspace::artefacts().join("bench/ratios.json"),
    };
    if let Some(folder) = file.parent() {
        workspace::make_folder(folder)?;
    }

    let mut needs = vec![
        Need::StationBuild,
        Need::Token,
        Need::Openssl,
        Need::OpensslEngine,
        Need::Window,
        Need::Display,
    ];
    needs.extend(firmware::needs());
    setup::ensure(&needs)?;
    let firmware = firmware::ensure()?;
    phase::phase("station, optimised", || {
        process::run(process::cargo().args(CARGO_BUILD))
    })?;
    phase::phase("measurements", || measure(&firmware, &file, arguments))?;
    print_table(&read(&file)?);
    println!("\nwritten to {}", file.display());
    Ok(())
}

const CARGO_BUILD: [&str; 6] = [
    "build",
    "--release",
    "--package",
    "cradle-station",
    "--bin",
    "cradle",
];

fn measure(firmware: &Path, file: &Path, arguments: &Arguments) -> Result<()> {
    let display = Display::start()?;
    let mut command = process::cargo();
    command
        .args([
            "run",
            "--quiet",
            "--release",
            "--package",
            "cradle-station",
            "--bin",
            "cradle",
        ])
        .args(["--", "benchmark", "--out"])
        .arg(file)
        .args(["--units", &arguments.units.to_string()])
        .args(arguments.only.iter().flat_map(|part| ["--only", part]))
        .env("DISPLAY", display.name())
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .env("CRADLE_FIRMWARE", firmware);
    if let Some(module) = setup::softhsm_module() {
        command.env("SOFTHSM2_MODULE", module);
    }
    process::run(&mut command)
}

/// The measurements, as the station writes them.
#[derive(Deserialize)]
struct Report {
    ratios: Vec<Ratio>,
}

#[derive(Deserialize)]
struct Ratio {
    name: String,
    value: f64,
    reference: String,
    target: f64,
    better: Better,
    ok: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Better {
    Lower,
    Higher,
}

fn read(file: &Path) -> Result<Report> {
    let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is no report", file.display()))
}

fn print_table(report: &Report) {
    println!(
        "\n{:<26} {:>10} {:>10}  {:<7} reference",
        "name", "value", "target", ""
    );
    for ratio in &report.ratios {
        println!("{}", line(ratio));
    }
    let missed = report.ratios.iter().filter(|ratio| !ratio.ok).count();
    println!("{} measured, {missed} missed", report.ratios.len());
}

fn line(ratio: &Ratio) -> String {
    let sign = match ratio.better {
        Better::Lower => "\u{2264}",
        Better::Higher => "\u{2265}",
    };
    let verdict = if ratio.ok { "ok" } else { "MISSED" };
    let target = format!("{sign} {}", ratio.target);
    format!(
        "{:<26} {:>10.3} {target:>10}  {verdict:<7} {}",
        ratio.name, ratio.value, ratio.reference
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{"ratios":[
        {"name":"flash_vs_probe_rs","value":1.021,"reference":"bare probe-rs commit","target":1.05,"better":"lower","ok":true},
        {"name":"issue_vs_raw_sign","value":0.5,"reference":"C_Sign","target":0.8,"better":"higher","ok":false}
    ]}"#;

    #[test]
    fn missed_target_is_named_beside_the_reference() {
        let report: Report = serde_json::from_str(REPORT).unwrap();
        let met = line(&report.ratios[0]);
        assert!(
            met.contains("1.021") && met.contains("\u{2264} 1.05") && met.contains("ok"),
            "{met}"
        );
        let missed = line(&report.ratios[1]);
        assert!(
            missed.contains("\u{2265} 0.8") && missed.contains("MISSED"),
            "{missed}"
        );
        assert!(missed.ends_with("C_Sign"));
    }
}
