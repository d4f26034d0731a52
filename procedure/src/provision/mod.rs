//! The first journey: from a virgin chip to a unit that has proven what it is.
//!
//! [`provision`] is the whole of it, top to bottom. Each step is a function in [`steps`] that
//! returns a proof of what it did; the next step takes that proof, and a PASS takes them all.

mod certificate;
mod proof;
mod rehearsal;
mod run;
mod steps;
mod vouch;

use cradle_protocol::message::PublicKey;

use crate::fault::{Code, Fault};
use crate::ids::{Serial, SlotId, Uid};
use crate::pace::Pace;
use crate::ports::{Authority, Clock, Device, History, IssuedCertificate, Ledger, ReadProtection};
use crate::profile::TargetProfile;
use crate::release::VerifiedRelease;
use crate::step::{Event, StepId, StepReport, Verdict};

pub use proof::Pass;
pub use rehearsal::{Rehearsal, rehearse};
use run::Run;

/// Everything a journey acts on.
pub struct World<'a> {
    /// The chip in the slot.
    pub device: &'a mut dyn Device,
    /// The record, for the session and batch at hand.
    pub ledger: &'a mut dyn Ledger,
    /// The certificate authority.
    pub authority: &'a mut dyn Authority,
    /// Wall clock.
    pub clock: Clock<'a>,
    /// How long the steps took units before.
    pub pace: &'a Pace,
    /// Fills a buffer with random bytes from the system.
    pub entropy: &'a mut dyn FnMut(&mut [u8]) -> Result<(), Fault>,
    /// Told everything that happens.
    pub events: &'a mut dyn FnMut(Event),
    /// Whether someone asked to stop. Heeded only where stopping is safe.
    pub cancelled: &'a dyn Fn() -> bool,
}

/// What is to be made of the chip.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// Fixture position.
    pub slot: SlotId,
    /// Serial number scanned from the label; `None` takes the next of the batch.
    pub scanned: Option<&'a Serial>,
    /// What the chip is.
    pub profile: &'a TargetProfile,
    /// What goes onto it.
    pub release: &'a VerifiedRelease,
    /// The key that may order its wipe one day.
    pub wipe_authority: &'a PublicKey,
    /// The certificate (DER) of the CA that certifies it.
    pub issuer: &'a [u8],
}

/// How it ended.
#[derive(Debug, Clone)]
pub struct Conclusion {
    /// Serial number, once it was bound.
    pub serial: Option<Serial>,
    /// Chip identifier, once it was read.
    pub uid: Option<Uid>,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, unless it passed.
    pub fault: Option<Fault>,
    /// The certificate, if the unit passed.
    pub certificate: Option<IssuedCertificate>,
    /// Every step that was begun, in order.
    pub steps: Vec<StepReport>,
}

/// Provisions the unit in one slot, from wherever its chip is now.
///
/// Never returns early without a verdict: faults end in [`Conclusion::fault`], and the verdict
/// is on record before this returns (or the fault says that the record failed).
pub fn provision(world: &mut World<'_>, job: &Job<'_>) -> Conclusion {
    let mut run = Run::new(world, *job);
    let result = journey(&mut run);
    run.conclude(result)
}

fn journey(run: &mut Run<'_, '_>) -> Result<Pass, Fault> {
    let authorized = steps::authorize(run)?;
    let identified = steps::identify(run, &authorized)?;
    let finished = run.job.profile.final_protection()?;
    match identified.chip.read_protection {
        ReadProtection::Open if !flash_is_barred(run, &identified)? => {
            make(run, &authorized, &identified)
        }
        held if (held == finished || held == ReadProtection::Open)
            && was_about_to_lock(&identified.history) =>
        {
            let certified = steps::certificate_on_record(run)?;
            let locked = steps::finish_lock(run, &certified)?;
            let attested = steps::attest(run, &identified, &certified)?;
            Ok(Pass::resumed(certified, locked, attested))
        }
        _ => Err(Fault::new(
            Code::AlreadyLocked,
            "and the record does not say that we locked it",
        )),
    }
}

/// The whole way on an open chip. Nothing in here waits for a person, and nobody can stop it
/// between the first burn and the lock.
fn make(
    run: &mut Run<'_, '_>,
    authorized: &proof::Authorized,
    identified: &proof::Identified,
) -> Result<Pass, Fault> {
    let plan = steps::plan(run, identified)?;
    let writable = steps::make_flash_key(run, &plan)?;
    let flashed = steps::flash(run, identified, &writable)?;
    let ready = steps::start_provisioner(run, &flashed)?;
    let vouched = vouch::check_element(run, identified, &ready)?;
    let key = steps::make_key(run, &vouched)?;
    run.stop_if_asked(StepId::BurnRootKey)?;
    let burnt = steps::burn(run, &plan, &key)?;
    let certified = steps::issue(run, authorized, identified, &key, &burnt)?;
    let locked = steps::lock(run, &plan, &certified)?;
    let attested = steps::attest(run, identified, &certified)?;
    Ok(Pass::complete(flashed, burnt, certified, locked, attested))
}

/// An open chip whose encrypted flash can no longer be judged was about to be locked, and only
/// its firmware can tell the rest.
fn flash_is_barred(run: &Run<'_, '_>, identified: &proof::Identified) -> Result<bool, Fault> {
    let fuses = identified.chip.fuses.as_ref();
    fuses.map_or(Ok(false), |fuses| run.job.profile.bars_flash(&fuses.acts))
}

fn was_about_to_lock(history: &History) -> bool {
    let lock = [
        StepId::WriteProtect,
        StepId::SecureBoot,
        StepId::ReadProtect,
    ];
    matches!(history, History::Begun(steps) if steps.iter().any(|step| lock.contains(step)))
}
