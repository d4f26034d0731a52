//! Is the device in the slot the unit of the order? Nothing is erased before that is answered.

use cradle_procedure::attestation;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Uid;
use cradle_procedure::journal::Done;
use cradle_procedure::pki::certificate_key;
use cradle_procedure::ports::{ChipState, UnitRecord};
use cradle_procedure::step::{StepId, StepReport, Verification};
use cradle_protocol::message::DeviceState;

use crate::order::{Order, Reason};
use crate::run::{Run, no_board};
use crate::time::utc;

/// Proof that the device holds the private key of the certificate on record, and is its chip.
#[derive(Debug)]
pub(crate) struct Identified(());

/// Leave to erase the chip of this run's unit.
#[derive(Debug)]
pub(crate) struct Permit(());

/// Lets the device prove who it is. One that did so before, and was ordered to wipe since, cannot
/// any more: then its chip has to be the same.
pub(crate) fn prove(run: &mut Run<'_, '_>) -> Result<Identified, Fault> {
    let before = run.earlier.done(StepId::ProveIdentity).cloned();
    if run.order.reason == Reason::Lost || run.world.device.is_none() {
        return from_record(run, before.as_ref());
    }
    match before {
        Some(proof) if run.earlier.was_begun(StepId::WipeKeys) => {
            let seen = run.device()?.identify();
            match seen {
                Err(fault) if was_silenced(run, &fault) => mute(run, &proof, fault),
                seen => recognise(run, &proof, seen),
            }
        }
        _ => attested(run),
    }
}

/// Without a device only the record can speak for it.
fn from_record(run: &mut Run<'_, '_>, before: Option<&StepReport>) -> Result<Identified, Fault> {
    match before {
        Some(proof) => {
            run.take_over(proof);
            Ok(Identified(()))
        }
        None if run.order.reason == Reason::Lost => {
            let why = Fault::new(Code::NoDevice, "declared lost");
            run.pass_over(StepId::ProveIdentity, why)
        }
        None => run.pass_over(StepId::ProveIdentity, no_board()),
    }
}

fn recognise(
    run: &mut Run<'_, '_>,
    proof: &StepReport,
    seen: Result<ChipState, Fault>,
) -> Result<Identified, Fault> {
    let proven = utc(proof.started_ms);
    run.step(StepId::ProveIdentity, "chip identifier", |run| {
        let chip = seen?;
        same_chip(&run.unit, &chip.uid)?;
        // Its firmware may still be there and finish what it began.
        run.device()?.run().ok();
        let detail = format!("chip {}, which proved who it is on {proven}", chip.uid);
        Ok(Done::new(Identified(()), Verification::Record, detail))
    })
}

/// Whether the chip is one that only its firmware can name, and an erase was begun on it.
fn was_silenced(run: &Run<'_, '_>, fault: &Fault) -> bool {
    fault.code == Code::SecureDownload && run.earlier.was_begun(StepId::MassErase)
}

/// The board in the slot may be the unit, erased, or any other that is locked and erased. Where
/// the unit's flash was found blank before, the board is not needed. Else only a person can say
/// that it is the same.
fn mute(run: &mut Run<'_, '_>, proof: &StepReport, fault: Fault) -> Result<Identified, Fault> {
    if run.earlier.done(StepId::BlankCheck).is_some() {
        run.world.device = None;
        return from_record(run, Some(proof));
    }
    let proven = utc(proof.started_ms);
    let vouched_for = run.order.waiver.is_some();
    run.step(StepId::ProveIdentity, "a second person's word", |run| {
        if !vouched_for {
            return Err(fault);
        }
        run.vouched_for = true;
        let detail = format!(
            "proved who it is on {proven}; says nothing since the erase that was begun then, so \
             a second person stands for it that the board is the same"
        );
        Ok(Done::new(Identified(()), Verification::Record, detail))
    })
}

fn attested(run: &mut Run<'_, '_>) -> Result<Identified, Fault> {
    run.step(StepId::ProveIdentity, "fresh nonce", |run| {
        run.device()?.run()?;
        let (uid, state) = run.device()?.ask_identity()?;
        same_chip(&run.unit, &uid)?;
        if state != DeviceState::Operational {
            let detail = format!("state {state:?}: it cannot prove who it is");
            return Err(Fault::new(Code::Attestation, detail));
        }
        let nonce = run.nonce()?;
        let answer = run.device()?.attest(&nonce)?;
        let claims = attestation::verify(&answer, &recorded_key(&run.unit)?, &nonce)?;
        same_chip(&run.unit, &claims.uid)?;
        let detail = format!(
            "chip {uid}, running {} {}, holds the key of its certificate",
            claims.software_name, claims.software_version
        );
        Ok(Done::new(Identified(()), Verification::Attested, detail))
    })
}

/// Decides whether this chip may be erased: it proved who it is, or a second person waived that
/// and the debugger reads the identifier on record.
pub(crate) fn permit(
    run: &mut Run<'_, '_>,
    identified: &Result<Identified, Fault>,
) -> Result<Permit, Fault> {
    match identified {
        Ok(Identified(())) if run.world.device.is_some() => Ok(Permit(())),
        Ok(Identified(())) => Err(no_board()),
        Err(_) if run.order.reason != Reason::Lost && run.order.waiver.is_some() => {
            let chip = run.device()?.identify()?;
            same_chip(&run.unit, &chip.uid)?;
            // Its firmware may still wipe the keys. If it does not start, that step says so.
            run.device()?.run().ok();
            Ok(Permit(()))
        }
        Err(fault) => Err(Fault::new(
            fault.code,
            "not tried: the unit's identity is not proven",
        )),
    }
}

/// Why certificate and registry entries must stay for now: the chip in the slot is known to be
/// another unit, so the order itself is in doubt, and revocation cannot be taken back. Not so if
/// the order does not depend on the chip at hand, or a second person stands for it.
pub(crate) fn doubt(order: &Order, identified: &Result<Identified, Fault>) -> Option<Fault> {
    let contradicted = matches!(identified, Err(fault) if fault.code == Code::Contradiction);
    let vouched = order.reason.is_urgent() || order.waiver.is_some();
    let why = "not tried: another unit is in the slot";
    (contradicted && !vouched).then(|| Fault::new(Code::Contradiction, why))
}

/// Holds a chip identifier against the record.
pub(crate) fn same_chip(unit: &UnitRecord, uid: &Uid) -> Result<(), Fault> {
    if *uid == unit.uid {
        return Ok(());
    }
    let detail = format!("chip {uid} is not {}, chip {}", unit.serial, unit.uid);
    Err(Fault::new(Code::Contradiction, detail))
}

fn recorded_key(unit: &UnitRecord) -> Result<Vec<u8>, Fault> {
    let certificate = unit
        .certificate
        .as_ref()
        .ok_or_else(|| Fault::new(Code::NotIssued, format!("{} has none", unit.serial)))?;
    certificate_key(&certificate.der)
}
