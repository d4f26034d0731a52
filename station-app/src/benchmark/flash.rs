//! The flash step.

use std::path::Path;

use cradle_bench::measure::flash_pairs;
use cradle_procedure::fault::Fault;
use cradle_procedure::profile::{BANK_A, TargetProfile};

use super::{Better, Ratio, median};
use crate::files;

const ROUNDS: u32 = 41;
const PROFILE: &str = include_str!("../../../profiles/stm32f405.toml");

/// The driver's flash step against a bare probe-rs commit of the same bytes on the same virtual
/// probe: the median of the ratios, pair by pair.
pub(super) fn against_probe_rs(firmware: &Path) -> Result<Ratio, Fault> {
    let profile = TargetProfile::parse(PROFILE)?;
    let image = files::read(&firmware.join("application.bin"))?;
    let address = profile.region(BANK_A)?.start;
    let pairs = flash_pairs(&profile, address, &image, ROUNDS)?;
    let ratio = |pair: &cradle_bench::measure::FlashPair| {
        pair.driver.as_secs_f64() / pair.bare.as_secs_f64()
    };
    Ok(Ratio {
        name: "flash_vs_probe_rs",
        value: median(pairs.iter().map(ratio).collect()),
        reference: "bare probe-rs commit of the same bytes, same virtual probe",
        target: 1.05,
        better: Better::Lower,
    })
}
