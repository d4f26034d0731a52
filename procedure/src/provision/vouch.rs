//! Is the board's secure element one of its maker's? Asked before it makes a key.

use cradle_protocol::message::{ChipUid, NONCE_LENGTH};

use super::proof::{Identified, Ready, Vouched};
use super::run::Run;
use crate::element::{Chain, Root};
use crate::fault::{Code, Fault};
use crate::ids::{Sha256, Uid};
use crate::journal::{Done, Journaled as _};
use crate::step::{StepId, Verification};

/// Nothing to check where the profile says of no element.
pub(super) fn check_element(
    run: &mut Run<'_, '_>,
    identified: &Identified,
    _: &Ready,
) -> Result<Vouched, Fault> {
    let Some(element) = &run.job.profile.element else {
        return Ok(Vouched(()));
    };
    run.look(StepId::CheckElement, |run| match &element.root {
        Some(root) => {
            let detail = vouched_by(run, root, &identified.chip.uid)?;
            Ok(Done::new(Vouched(()), Verification::Signature, detail))
        }
        None => Ok(Done::not_asked(
            Vouched(()),
            "the profile pins no root for secure elements",
        )),
    })
}

/// Says what was found, in words.
fn vouched_by(run: &mut Run<'_, '_>, root: &Root, uid: &Uid) -> Result<String, Fault> {
    let files = run.world.device.element_files()?;
    let chain = Chain::verify(&files, root, (run.world.clock)())?;
    let mut nonce = [0; NONCE_LENGTH];
    (run.world.entropy)(&mut nonce)?;
    let signature = run.world.device.prove_element(&nonce)?;
    files.proves(&chip_uid(uid)?, &nonce, &signature)?;
    Ok(format!(
        "element {}, certified by {} of {} (certificate SHA-256 {}); it signed a fresh challenge",
        files.serial_text(),
        chain.signer_name,
        root.organization(),
        Sha256::of(&chain.device),
    ))
}

/// What an element signs is defined for 96-bit identifiers.
fn chip_uid(uid: &Uid) -> Result<ChipUid, Fault> {
    let bytes = uid.bytes().try_into();
    bytes.map_err(|_| {
        Fault::new(
            Code::Internal,
            format!("no element statement for chip {uid}"),
        )
    })
}
