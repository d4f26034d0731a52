//! The device forgets its keys on a signed command, says so, and is then asked to use them.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Uid;
use cradle_procedure::journal::Done;
use cradle_procedure::ports::Earlier;
use cradle_procedure::signature::der_to_raw;
use cradle_procedure::step::{StepId, Verification};
use cradle_protocol::message::{ChipUid, DeviceState, KeyFate, WipeReport, wipe_statement};

use crate::flash::BlankChecked;
use crate::identity::{Identified, Permit, same_chip};
use crate::methods::BlankEvidence;
use crate::run::Run;

/// Proof that the firmware found its key gone, read its NVS back as erased and attests no more.
#[derive(Debug)]
pub(crate) struct KeysWiped(());

/// Orders the wipe and checks what became of it.
pub(crate) fn wipe(
    run: &mut Run<'_, '_>,
    permit: &Result<Permit, Fault>,
) -> Result<KeysWiped, Fault> {
    if let Some(before) = run.earlier.done(StepId::WipeKeys).cloned() {
        run.take_over(&before);
        return Ok(KeysWiped(()));
    }
    if let Err(why) = permit {
        return run.pass_over(StepId::WipeKeys, why.clone());
    }
    if run.earlier.done(StepId::BlankCheck).is_some() {
        let why = "not tried: the flash was blank before, no firmware is left to order";
        return run.pass_over(StepId::WipeKeys, Fault::new(Code::DeviceSilent, why));
    }
    run.step(StepId::WipeKeys, "signed wipe command", |run| {
        let told_when = order_wipe(run)?;
        refuses_to_attest(run)?;
        let method = &run.methods.key;
        let detail = format!("{}{told_when}", method.finding);
        Ok(Done::new(KeysWiped(()), method.verification, detail))
    })
}

/// Where the order went to a device that had proven who it is, and what became of it was lost (a
/// power cut, a cable), the erased flash says it: key and configuration lie in it.
pub(crate) fn heal(
    run: &mut Run<'_, '_>,
    wiped: Result<KeysWiped, Fault>,
    identified: &Result<Identified, Fault>,
    blank: &Result<BlankChecked, Fault>,
) -> Result<KeysWiped, Fault> {
    let Err(now) = &wiped else { return wiped };
    let in_flash =
        run.methods.key.fate == KeyFate::Zeroized && run.methods.blank == BlankEvidence::ReadBack;
    let proven = identified.is_ok() && blank.is_ok();
    if !in_flash || !proven || !was_lost(&run.earlier, now) {
        return wiped;
    }
    run.parts.retain(|part| part.id != StepId::WipeKeys.text());
    run.step(StepId::WipeKeys, "key cells in the blank flash", |_| {
        let detail = "the order broke off before its answer; key cells and NVS lie in main \
                      flash, which reads blank";
        Ok(Done::new(KeysWiped(()), Verification::ReadBack, detail))
    })
}

/// Why a wiped key cannot be told from one that was not, though the order may have arrived.
pub(crate) fn is_lost(code: &str) -> bool {
    [Code::NoDevice, Code::LinkLost, Code::DeviceSilent]
        .iter()
        .any(|lost| lost.id() == code)
}

/// Whether the first order broke off, so that the later ones may have found the device wiped; and
/// none of them was answered by a wipe that failed or was not allowed.
fn was_lost(earlier: &Earlier, now: &Fault) -> bool {
    let tries = earlier.tries(StepId::WipeKeys);
    let answers = tries.map(|ended| ended.and_then(|report| report.code.clone()));
    let mut answers = answers.chain([Some(now.code.id().to_owned())]);
    let lost = |answer: &Option<String>| answer.as_deref().is_none_or(is_lost);
    let refused = |answer: &Option<String>| answer.as_deref() == Some(Code::DeviceRefused.id());
    answers.next().as_ref().is_some_and(lost) && answers.all(|it| lost(&it) || refused(&it))
}

/// Says, in words, when the device obeyed if that was not now.
fn order_wipe(run: &mut Run<'_, '_>) -> Result<&'static str, Fault> {
    let uid = chip_uid(&run.unit.uid)?;
    // A challenge is asked for once only: a device that was just switched on would not hear it.
    let (answers, state) = run.device()?.ask_identity()?;
    same_chip(&run.unit, &answers)?;
    if state == DeviceState::Wiped && run.earlier.was_begun(StepId::WipeKeys) {
        // It obeyed before, and was not heard. The firmware remembers what came of it.
        let report = run.device()?.wipe_report()?;
        is_whole(run, &report)?;
        return Ok("; obeyed an earlier order and told now, for that answer was lost");
    }
    let challenge = run.device()?.request_wipe()?;
    let signature = run
        .world
        .wipe_signer
        .sign(&wipe_statement(&uid, &challenge))?;
    let signature = der_to_raw(&signature)
        .ok_or_else(|| Fault::new(Code::TokenFailed, "wipe key: not an ECDSA signature"))?;
    let report = run.device()?.wipe(&signature)?;
    is_whole(run, &report)?;
    Ok("")
}

fn is_whole(run: &Run<'_, '_>, report: &WipeReport) -> Result<(), Fault> {
    let everything = WipeReport {
        key: run.methods.key.fate,
        nvs_erased: true,
    };
    match *report == everything {
        true => Ok(()),
        false => Err(Fault::new(Code::WipeFailed, format!("{report:?}"))),
    }
}

/// A report of success is the device's word; this is the test of it.
fn refuses_to_attest(run: &mut Run<'_, '_>) -> Result<(), Fault> {
    let (uid, state) = run.device()?.ask_identity()?;
    same_chip(&run.unit, &uid)?;
    if state != DeviceState::Wiped {
        return Err(Fault::new(
            Code::WipeFailed,
            format!("state {state:?} after the wipe"),
        ));
    }
    let nonce = run.nonce()?;
    match run.device()?.attest(&nonce) {
        Err(fault) if fault.code == Code::DeviceRefused => Ok(()),
        Err(fault) => Err(fault),
        Ok(_) => Err(Fault::new(Code::WipeFailed, "the device still attests")),
    }
}

/// The wipe command is defined for 96-bit identifiers.
fn chip_uid(uid: &Uid) -> Result<ChipUid, Fault> {
    uid.bytes()
        .try_into()
        .map_err(|_| Fault::new(Code::WipeFailed, format!("no wipe command for chip {uid}")))
}
