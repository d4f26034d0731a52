//! The chip erases its flash, and every byte of it is read to see that it did.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::journal::Done;
use cradle_procedure::ports::ReadProtection;
use cradle_procedure::step::{Outcome, StepId, Verification};
use cradle_protocol::message::KeyFate;

use crate::contents::PartOutcome;
use crate::identity::{Permit, same_chip};
use crate::keys::{KeysWiped, is_lost};
use crate::methods::BlankEvidence;
use crate::run::Run;

/// Bytes read at a time: small enough to show progress, large enough not to matter.
const CHUNK: u32 = 64 * 1024;

/// Proof that the chip reported a mass erase.
#[derive(Debug)]
pub(crate) struct MassErased(());

/// Proof that every byte of flash read 0xFF with read protection open; or, where nothing can be
/// read any more, that the ROM found an erased flash after the controller reported the erase.
#[derive(Debug)]
pub(crate) struct BlankChecked(());

/// Lifts the read protection, which erases the flash. Not while the firmware is still needed: a
/// key in a secure element is out of reach without it, which tries again at each start, and one in
/// flash that cannot be read back is only gone if it says so.
pub(crate) fn mass_erase(
    run: &mut Run<'_, '_>,
    permit: Result<Permit, Fault>,
    keys_wiped: &Result<KeysWiped, Fault>,
) -> Result<MassErased, Fault> {
    if let Err(why) = permit {
        return done_before(run, StepId::MassErase, why).map(MassErased);
    }
    let in_element = run.methods.key.fate != KeyFate::Zeroized;
    let unseen = in_element || run.methods.blank == BlankEvidence::RomFindsNothing;
    if let Err(fault) = keys_wiped
        && run.order.waiver.is_none()
        && (unseen && is_lost(fault.code.id()) || in_element && fault.code == Code::WipeFailed)
    {
        let why = "not tried: the firmware is still needed to say what became of the key";
        return run.pass_over(StepId::MassErase, Fault::new(fault.code, why));
    }
    run.step(StepId::MassErase, "lift read protection", |run| {
        if !run.vouched_for {
            let chip = run.device()?.identify()?;
            same_chip(&run.unit, &chip.uid)?;
        }
        run.device()?.mass_erase()?;
        let (proof, how) = (MassErased(()), Verification::ControllerStatus);
        let detail = "the flash controller reported the erase done";
        Ok(Done::new(proof, how, detail))
    })
}

/// Reads the whole flash. Changes nothing, so it is worth trying whatever the erase said; not
/// where no chip may be touched.
pub(crate) fn blank_check(
    run: &mut Run<'_, '_>,
    refused: Option<Fault>,
) -> Result<BlankChecked, Fault> {
    if let Some(why) = refused {
        return done_before(run, StepId::BlankCheck, why).map(BlankChecked);
    }
    if run.methods.blank == BlankEvidence::RomFindsNothing {
        return rom_finds_nothing(run);
    }
    run.step(StepId::BlankCheck, "read all flash", |run| {
        is_open_and_whole(run)?;
        let bytes = reads_blank(run)?;
        let detail = format!("{bytes} bytes read, all 0xFF; read protection open");
        Ok(Done::new(BlankChecked(()), Verification::ReadBack, detail))
    })
}

/// What is left where the loader reads nothing. It says nothing of the flash behind the first
/// word, so the erase itself must have been reported done.
fn rom_finds_nothing(run: &mut Run<'_, '_>) -> Result<BlankChecked, Fault> {
    let erased = run
        .parts
        .iter()
        .any(|part| part.id == StepId::MassErase.text() && part.outcome == PartOutcome::Done);
    if !erased {
        let why = Fault::new(Code::NotBlank, "not tried: the erase is not proven");
        return run.pass_over(StepId::BlankCheck, why);
    }
    run.step(StepId::BlankCheck, "restart from the erased flash", |run| {
        let words = run.device()?.starts_nothing()?;
        let (proof, how) = (BlankChecked(()), Verification::ControllerStatus);
        let detail = format!("read protection is for ever; the ROM says: {words}");
        Ok(Done::new(proof, how, detail))
    })
}

/// Takes the last result from the record, if it was good and no board is at hand to look again;
/// else the step is not tried, for the reason given.
fn done_before(run: &mut Run<'_, '_>, step: StepId, why: Fault) -> Result<(), Fault> {
    let last = run.earlier.last(step).cloned();
    match last {
        Some(report) if run.world.device.is_none() && report.outcome == Outcome::Done => {
            run.take_over(&report);
            Ok(())
        }
        _ => run.pass_over(step, why),
    }
}

/// What is behind a lock, or beyond the profile, cannot be said to be blank.
fn is_open_and_whole(run: &mut Run<'_, '_>) -> Result<(), Fault> {
    let chip = run.device()?.identify()?;
    same_chip(&run.unit, &chip.uid)?;
    if chip.read_protection != ReadProtection::Open {
        let detail = format!("read protection: {:?}", chip.read_protection);
        return Err(Fault::new(Code::NotBlank, detail));
    }
    let length = run.order.target.flash_length;
    if u64::from(chip.flash_kib) * 1024 != u64::from(length) {
        let detail = format!("{} KiB, profile {length} bytes", chip.flash_kib);
        return Err(Fault::new(Code::WrongFlashSize, detail));
    }
    Ok(())
}

fn reads_blank(run: &mut Run<'_, '_>) -> Result<u32, Fault> {
    let (start, total) = (run.order.target.flash_start, run.order.target.flash_length);
    let (device, mut progress) = run.metered(StepId::BlankCheck, total.into())?;
    let mut done = 0;
    while done < total {
        let address = start.saturating_add(done);
        let length = CHUNK.min(total - done);
        let bytes = device.read(address, length)?;
        check_chunk(address, length, &bytes)?;
        done += length;
        progress(done.into());
    }
    Ok(done)
}

fn check_chunk(address: u32, length: u32, bytes: &[u8]) -> Result<(), Fault> {
    if u32::try_from(bytes.len()) != Ok(length) {
        let detail = format!("{} of {length} bytes at {address:#010x}", bytes.len());
        return Err(Fault::new(Code::LinkLost, detail));
    }
    match bytes.iter().zip(address..).find(|(byte, _)| **byte != 0xFF) {
        None => Ok(()),
        Some((byte, at)) => Err(Fault::new(
            Code::NotBlank,
            format!("{byte:#04x} at {at:#010x}"),
        )),
    }
}
