//! A provisioning told before it is done: what it would burn, and what the chip would hold then.

use super::steps;
use crate::fault::{Code, Fault};
use crate::plan::{self, BurnPlan};
use crate::ports::{ChipState, Device, Forecast, Ledger};
use crate::profile::TargetProfile;
use crate::release::VerifiedRelease;

/// What would become of the chip in a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsal {
    /// The chip as it is.
    pub chip: ChipState,
    /// What would be burnt, proven for this chip.
    pub plan: BurnPlan,
    /// What each part of its one-time memory holds, and would hold in the end; empty where the
    /// driver knows no finer parts than those of the plan.
    pub forecast: Vec<Forecast>,
}

/// Reads the chip, proves the plan for it, and foretells its end. Changes nothing, neither on the
/// chip nor on record; so it does not tell whether the record would admit the chip.
///
/// # Errors
/// As the first steps of [`super::provision`]: `BAT-…`, `AUT-…`, `DEV-01` to `DEV-04`, `DEV-21`,
/// `PLN-02`; `DEV-05` the chip is locked.
pub fn rehearse(
    device: &mut dyn Device,
    ledger: &mut dyn Ledger,
    profile: &TargetProfile,
    release: &VerifiedRelease,
) -> Result<Rehearsal, Fault> {
    steps::terms(ledger, profile, release)?;
    let chip = device.identify()?;
    steps::check_silicon(&chip, profile)?;
    let locked = || Fault::new(Code::AlreadyLocked, "there is nothing left to burn");
    let fuses = chip.fuses.as_ref().ok_or_else(locked)?;
    let plan = plan::prove(profile, fuses, &steps::goal(release))?;
    let forecast = device.forecast(plan.items())?;
    Ok(Rehearsal {
        chip,
        plan,
        forecast,
    })
}
