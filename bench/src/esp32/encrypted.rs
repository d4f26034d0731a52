//! Flash that the chip encrypts: the provisioner writes and judges it with a key that only the
//! chip knows. The loader would give what stands in the cells.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Sha256;
use cradle_procedure::profile::TargetProfile;
use cradle_protocol::layout::esp32c3::ENCRYPTED;
use cradle_protocol::limits::MAX_CHUNK;
use cradle_protocol::message::{ProvisionerReply, ProvisionerRequest, Refusal};

use super::efuse::FLASH_KEY;
use crate::conversation::{Answer, taken};
use crate::provisioner::AsksProvisioner;

/// Whether the chip encrypts what is there, once it is made as the profile says.
pub(crate) fn is_encrypted(profile: &TargetProfile, address: u32) -> bool {
    let with_key = profile.burns.iter().any(|burn| burn.item == FLASH_KEY);
    with_key && ENCRYPTED.iter().any(|region| region.holds(address, 1))
}

/// The device makes its key, burns and hides it, and sees that its engine uses it.
pub(crate) fn make_key(device: &mut impl AsksProvisioner) -> Result<(), Fault> {
    match device.answer_of_provisioner(&ProvisionerRequest::MakeFlashKey, done)? {
        Answer::Refused(Refusal::AlreadySet) => Err(Fault::new(
            Code::OtpNotVirgin,
            "BLOCK_KEY2 was begun and can be read",
        )),
        other => taken(other),
    }
}

/// Writes from the start of a sector on. `progress` is told the bytes done so far.
pub(crate) fn program(
    device: &mut impl AsksProvisioner,
    address: u32,
    bytes: &[u8],
    progress: &mut dyn FnMut(u64),
) -> Result<(), Fault> {
    let mut written = 0;
    for (at, chunk) in (address..).step_by(MAX_CHUNK).zip(bytes.chunks(MAX_CHUNK)) {
        let request = ProvisionerRequest::WriteFlash {
            address: at,
            bytes: chunk,
        };
        device.ask_provisioner(&request, done)?;
        written += chunk.len() as u64;
        progress(written);
    }
    Ok(())
}

/// Whether programs on the chip read these bytes there, by a digest.
pub(crate) fn holds(
    device: &mut impl AsksProvisioner,
    start: u32,
    bytes: &[u8],
) -> Result<bool, Fault> {
    let length =
        u32::try_from(bytes.len()).map_err(|_| Fault::new(Code::FlashFailed, "too long"))?;
    let request = ProvisionerRequest::DigestFlash { start, length };
    let digest = device.ask_provisioner(&request, |reply| match reply {
        ProvisionerReply::Digest(digest) => Some(digest),
        _ => None,
    })?;
    Ok(Sha256::from_bytes(digest) == Sha256::of(bytes))
}

fn done(reply: ProvisionerReply<'_>) -> Option<()> {
    (reply == ProvisionerReply::Done).then_some(())
}
