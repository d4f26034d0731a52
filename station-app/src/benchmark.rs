//! What the station takes, as ratios against named references measured in the same run.

mod ca;
mod flash;
pub(crate) mod frame;
mod gang;
mod issuance;
mod records;
mod serial;
mod window;

use std::fs;
use std::path::Path;

use cradle_ca::softhsm;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use serde::Serialize;
use serde_json::json;

use crate::files;

pub(crate) use window::USABLE;

/// One measurement.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Ratio {
    /// Its stable name.
    pub(crate) name: &'static str,
    /// What was measured.
    pub(crate) value: f64,
    /// Against what.
    pub(crate) reference: &'static str,
    /// What it should be, at most or at least.
    pub(crate) target: f64,
    /// Which way is better.
    pub(crate) better: Better,
}

/// A part of the measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// Token, certificates, revocation.
    Authority,
    /// Programming a chip.
    Flash,
    /// Many slots at once.
    Gang,
    /// The system of record.
    Records,
    /// What people see.
    Window,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Better {
    /// At most the target.
    Lower,
    /// At least the target.
    Higher,
}

impl Ratio {
    fn ok(&self) -> bool {
        match self.better {
            Better::Lower => self.value <= self.target,
            Better::Higher => self.value >= self.target,
        }
    }
}

/// Measures these parts, or all if none is named, the records with so many units in them, and
/// writes the report (JSON) to a file. To be called before the process has other threads.
pub(crate) fn run(
    parts: &[Part],
    firmware: &Path,
    out: &Path,
    units: u64,
) -> Result<Vec<Ratio>, Fault> {
    let wanted = |part| parts.is_empty() || parts.contains(&part);
    let large = out.with_file_name("scale.db");
    let mut ratios = Vec::new();
    // First, while this process has one thread. SoftHSM2 reads its configuration once, so these
    // two share a folder.
    let token = out.with_extension("token");
    if wanted(Part::Gang) {
        softhsm::select(&softhsm::configure(&token)?)?;
        ratios.extend(gang::measure(firmware, &out.with_extension("gang"))?);
    }
    if wanted(Part::Authority) {
        ratios.extend(ca::measure(&token)?);
    } else if wanted(Part::Gang) {
        fs::remove_dir_all(&token).or_fault(Code::FileFailed)?;
    }
    if wanted(Part::Flash) {
        ratios.push(flash::against_probe_rs(firmware)?);
        ratios.push(serial::eight_against_one(firmware)?);
    }
    if wanted(Part::Records) {
        // On the disk that the report goes to: memory would make durability look cheap.
        ratios.extend(records::measure(&out.with_extension("records"))?);
        ratios.extend(records::large(&large, units)?);
    }
    if wanted(Part::Window) {
        records::grow(&large, units)?;
        ratios.extend(window::measure(
            firmware,
            &out.with_extension("line"),
            &large,
        )?);
    }
    let told: Vec<_> = ratios
        .iter()
        .map(|ratio| {
            json!({
                "name": ratio.name, "value": ratio.value, "reference": ratio.reference,
                "target": ratio.target, "better": ratio.better, "ok": ratio.ok(),
            })
        })
        .collect();
    let text = serde_json::to_vec_pretty(&json!({ "ratios": told })).or_fault(Code::Internal)?;
    files::write(out, &text)?;
    Ok(ratios)
}

/// The middle one of an odd number of values.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The value that only one in a hundred exceeds, by nearest rank.
pub(crate) fn p99(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() * 99).div_ceil(100);
    let at = rank.saturating_sub(1);
    values.get(at).copied().unwrap_or(f64::NAN)
}
