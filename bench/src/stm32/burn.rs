//! What cannot be taken back.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::plan::BurnItem;
use cradle_procedure::ports::ReadProtection;
use cradle_procedure::profile::TargetProfile;
use cradle_protocol::layout::stm32f405::{COUNTER_MAX, OTP, OTP_ROOT_KEY_BLOCK};
use cradle_protocol::message::{ProvisionerReply, ProvisionerRequest, Refusal};
use probe_rs::MemoryInterface;

use super::link::Link;
use super::option_bytes::{self, Level, OptionBytes, WITHOUT_ERASE};
use super::{otp, provisioner};
use crate::conversation::{Answer, Ids};

/// Burns or protects one item. One-time memory is burnt by the provisioner, words that hold
/// their value already are left alone; option bytes are written by the debugger.
pub(crate) fn burn(
    link: &mut Link,
    ids: &mut Ids,
    profile: &TargetProfile,
    item: &BurnItem,
) -> Result<(), Fault> {
    match item {
        BurnItem::RootKeyHash(hash) => {
            let words: Vec<_> = otp::hash_words(hash.bytes()).collect();
            burn_words(link, ids, otp::ROOT_KEY_WORD, &words)
        }
        BurnItem::LockRootKey => lock_root_key(link, ids),
        BurnItem::Counter(value) if *value > COUNTER_MAX => {
            let detail = format!("counter {value} is above {COUNTER_MAX}");
            Err(Fault::new(Code::PlanUnsafe, detail))
        }
        BurnItem::Counter(value) => {
            let words: Vec<_> = otp::counter_words(*value).collect();
            burn_words(link, ids, otp::COUNTER_WORD, &words)
        }
        BurnItem::WriteProtect(regions) => write_protect(link, profile, regions),
        BurnItem::ReadProtect => read_protect(link),
        BurnItem::BootKey(_) | BurnItem::Act { .. } => {
            let detail = format!("this chip has no {item}");
            Err(Fault::new(Code::PlanUnsafe, detail))
        }
    }
}

fn burn_words(link: &mut Link, ids: &mut Ids, first: u16, words: &[u32]) -> Result<(), Fault> {
    provisioner::must_run(link)?;
    let mut held = vec![0; words.len()];
    let address = u64::from(OTP.start) + u64::from(first) * 4;
    link.with_core(Code::LinkLost, |core| core.read_32(address, &mut held))?;
    let missing = || (first..).zip(held.iter().zip(words));
    if let Some((index, (held, wanted))) =
        missing().find(|(_, (held, wanted))| *held & *wanted != **wanted)
    {
        let detail = format!("word {index} holds {held:#010x}, {wanted:#010x} is out of reach");
        return Err(Fault::new(Code::BurnFailed, detail));
    }
    for (index, (held, wanted)) in missing() {
        if held != wanted {
            let request = ProvisionerRequest::BurnOtpWord {
                index,
                value: *wanted,
            };
            burn_one(link, ids, &request, *wanted)?;
        }
    }
    Ok(())
}

fn lock_root_key(link: &mut Link, ids: &mut Ids) -> Result<(), Fault> {
    provisioner::must_run(link)?;
    let block = OTP_ROOT_KEY_BLOCK as u8;
    burn_one(link, ids, &ProvisionerRequest::LockOtpBlock { block }, 0)
}

/// The provisioner answers with what it read back.
fn burn_one(
    link: &mut Link,
    ids: &mut Ids,
    request: &ProvisionerRequest<'_>,
    wanted: u32,
) -> Result<(), Fault> {
    link.connection()?.otp = None;
    let answer = provisioner::ask(link, ids, request, |reply| match reply {
        ProvisionerReply::Word(value) => Some(value),
        _ => None,
    })?;
    let failed = |why: String| Err(Fault::new(Code::BurnFailed, format!("{request:?}: {why}")));
    match answer {
        Answer::Is(value) if value == wanted => Ok(()),
        Answer::Is(value) => failed(format!("reads {value:#010x}")),
        Answer::Refused(Refusal::Storage(status)) => failed(format!("FLASH_SR {status:#x}")),
        Answer::Refused(why) => failed(format!("{why:?}")),
        Answer::Odd => failed("an answer to something else".to_owned()),
    }
}

fn write_protect(
    link: &mut Link,
    profile: &TargetProfile,
    regions: &[String],
) -> Result<(), Fault> {
    let mut sectors = 0;
    for name in regions {
        sectors |= option_bytes::sectors_under(profile, profile.region(name)?);
    }
    protect(link, |held| held.with_protected(sectors))
}

/// One-time memory is read before it is hidden, so that what it holds can still be told.
fn read_protect(link: &mut Link) -> Result<(), Fault> {
    if link.connection()?.otp.is_none() {
        let bytes = link.with_core(Code::LinkLost, |core| {
            let open = option_bytes::read(core)?.read_protection() == ReadProtection::Open;
            open.then(|| otp::read(core)).transpose()
        })?;
        link.connection()?.otp = bytes;
    }
    protect(link, |held| match held.read_protection() {
        ReadProtection::Open => held.with_level(Level::Locked),
        ReadProtection::Locked | ReadProtection::Permanent => held,
    })
}

fn protect(link: &mut Link, change: impl Fn(OptionBytes) -> OptionBytes) -> Result<(), Fault> {
    let held = link.with_core(Code::ProtectFailed, option_bytes::read)?;
    let wanted = change(held);
    if wanted == held {
        return Ok(());
    }
    option_bytes::write(link, wanted, WITHOUT_ERASE)
}
