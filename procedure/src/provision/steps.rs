//! The steps, in the order of the journey. Each takes the proofs it builds upon.

use cradle_protocol::message::{DeviceState, NONCE_LENGTH};
use cradle_protocol::metadata::{self, Bank};

use super::certificate;
use super::proof::{
    Attested, Authorized, Burnt, Certified, Flashed, Identified, KeyMade, Locked, Planned, Ready,
    Vouched, Writable,
};
use super::run::Run;
use crate::attestation::{self, Expectation};
use crate::fault::{Code, Fault};
use crate::ids::Sha256;
use crate::journal::{Done, Journaled as _};
use crate::pki::certificate_key;
use crate::plan::{self, BurnItem, Goal};
use crate::ports::{
    Authorization, ChipState, Device, Fuses, History, IssuedCertificate, Ledger, Subject,
};
use crate::profile::{BANK_A, BOOTLOADER, METADATA, METADATA_OTHER, NVS, TargetProfile};
use crate::release::VerifiedRelease;
use crate::step::{StepId, Verification};

pub(super) fn authorize(run: &mut Run<'_, '_>) -> Result<Authorized, Fault> {
    run.look(StepId::Authorize, |run| {
        let terms = terms(run.world.ledger, run.job.profile, run.job.release)?;
        let detail = format!("batch {}, {} left", terms.batch, terms.left);
        Ok(Done::new(
            Authorized { terms },
            Verification::Signature,
            detail,
        ))
    })
}

/// What the batch allows, if it is for this release and chip.
pub(super) fn terms(
    ledger: &mut dyn Ledger,
    profile: &TargetProfile,
    release: &VerifiedRelease,
) -> Result<Authorization, Fault> {
    let terms = ledger.authorize()?;
    if terms.manifest != release.manifest_hash() {
        let detail = format!("batch {} is approved for {}", terms.batch, terms.release);
        return Err(Fault::new(Code::BatchMismatch, detail));
    }
    if release.manifest().target != profile.id {
        return Err(Fault::new(Code::BatchMismatch, "target profile"));
    }
    Ok(terms)
}

pub(super) fn identify(run: &mut Run<'_, '_>, _: &Authorized) -> Result<Identified, Fault> {
    run.look(StepId::Identify, |run| {
        let chip = run.world.device.identify()?;
        run.saw(&chip.uid);
        check_silicon(&chip, run.job.profile)?;
        let (slot, scanned) = (run.job.slot, run.job.scanned);
        let admission = run.world.ledger.admit(slot, &chip.uid, scanned)?;
        run.bind(&admission.serial, &chip.uid);
        let detail = format!(
            "UID {}, device {:#05x} revision {:#06x}, {} KiB",
            chip.uid, chip.device_id, chip.revision, chip.flash_kib
        );
        let proof = Identified {
            serial: admission.serial,
            history: admission.history,
            chip,
        };
        Ok(Done::new(proof, Verification::ReadBack, detail))
    })
}

pub(super) fn check_silicon(chip: &ChipState, profile: &TargetProfile) -> Result<(), Fault> {
    if chip.device_id != profile.device_id {
        let detail = format!(
            "device id {:#05x}, the profile says {:#05x}",
            chip.device_id, profile.device_id
        );
        return Err(Fault::new(Code::WrongChip, detail));
    }
    if chip.flash_kib != profile.flash_kib {
        let detail = format!(
            "{} KiB, the profile says {}",
            chip.flash_kib, profile.flash_kib
        );
        return Err(Fault::new(Code::WrongFlashSize, detail));
    }
    let virgin_uid = chip
        .uid
        .bytes()
        .iter()
        .all(|byte| *byte == 0xFF || *byte == 0);
    if virgin_uid {
        return Err(Fault::new(
            Code::WrongChip,
            "the chip has no unique identifier",
        ));
    }
    profile.genuine.check(chip)
}

pub(super) fn plan(run: &mut Run<'_, '_>, identified: &Identified) -> Result<Planned, Fault> {
    run.look(StepId::Plan, |run| {
        let hidden = || Fault::new(Code::Contradiction, "open chip, hidden one-time memory");
        let fuses = identified.chip.fuses.as_ref().ok_or_else(hidden)?;
        if !fuses.write_protected.is_empty() && identified.history == History::New {
            let detail = format!("write-protected: {}", fuses.write_protected.join(", "));
            return Err(Fault::new(Code::OtpNotVirgin, detail));
        }
        if identified.history == History::New && !untouched(run.job.profile, fuses) {
            return Err(Fault::new(
                Code::OtpNotVirgin,
                "burnt before, and not by us",
            ));
        }
        let plan = plan::prove(run.job.profile, fuses, &goal(run.job.release))?;
        let detail = plan.to_string();
        Ok(Done::new(Planned { plan }, Verification::ReadBack, detail))
    })
}

pub(super) fn goal(release: &VerifiedRelease) -> Goal {
    Goal {
        root_key: release.root_key_hash(),
        counter: release.manifest().minimum_version,
        boot_key: release.boot_key(),
    }
}

/// Whether the one-time memory is as it left the chip maker.
fn untouched(profile: &TargetProfile, fuses: &Fuses) -> bool {
    let virgin = profile.one_time.virgin_byte;
    fuses.root_key.iter().all(|byte| *byte == virgin)
        && !fuses.root_key_locked
        && fuses.counter == 0
        && fuses.boot_key.is_none_or(|key| key == [virgin; 32])
        && fuses.acts.is_empty()
}

/// Before flash is written, where it is to be encrypted: the device makes the key, burns it and
/// hides it. Nobody else ever knows it.
pub(super) fn make_flash_key(run: &mut Run<'_, '_>, planned: &Planned) -> Result<Writable, Fault> {
    let Some(item) = planned.plan.flash_key() else {
        return Ok(Writable(()));
    };
    run.stop_if_asked(StepId::MakeFlashKey)?;
    let detail = "XTS-AES-128, by the device";
    run.act(StepId::MakeFlashKey, detail, |run| {
        let done = Done::new(Writable(()), Verification::ControllerStatus, detail);
        let provisioner = run.job.release.provisioner();
        if item.holds(&run.world.device.fuses()?) {
            run.world.device.start_provisioner(provisioner)?;
            return Ok(done.already());
        }
        run.world.device.start_provisioner(provisioner)?;
        run.world.device.burn(item)?;
        match item.holds(&run.world.device.fuses()?) {
            true => Ok(done),
            false => Err(Fault::new(
                Code::BurnFailed,
                format!("{item}: reads otherwise"),
            )),
        }
    })
}

pub(super) fn flash(
    run: &mut Run<'_, '_>,
    identified: &Identified,
    _: &Writable,
) -> Result<Flashed, Fault> {
    let profile = run.job.profile;
    let release = run.job.release;
    let initial = metadata::initial(Bank::A);
    write(
        run,
        StepId::FlashBootloader,
        BOOTLOADER,
        release.bootloader(),
        identified,
    )?;
    write(
        run,
        StepId::FlashApplication,
        BANK_A,
        release.application(),
        identified,
    )?;
    for (region, bytes) in release.components() {
        write(run, StepId::FlashComponents, region, bytes, identified)?;
    }
    if !began(identified, StepId::MakeKey) {
        // What an earlier owner left in the key store or the metadata must not be believed.
        for name in [NVS, METADATA_OTHER] {
            let region = profile.region(name)?;
            run.world.device.erase(region.start, region.length)?;
        }
    }
    write(run, StepId::FlashMetadata, METADATA, &initial, identified)?;
    Ok(Flashed(()))
}

/// Writes an image and reads it back. A unit that was begun before may hold it already.
fn write(
    run: &mut Run<'_, '_>,
    step: StepId,
    region: &str,
    image: &[u8],
    identified: &Identified,
) -> Result<(), Fault> {
    run.stop_if_asked(step)?;
    let wanted = Sha256::of(image);
    let start = run.job.profile.region(region)?.start;
    let intent = format!("{region}: {} bytes, SHA-256 {wanted}", image.len());
    run.act(step, &intent, |run| {
        let seen_by = match run.world.device.encrypts(start) {
            true => Verification::Digest,
            false => Verification::ReadBack,
        };
        let done = Done::new((), seen_by, intent.as_str());
        if began(identified, step) && run.world.device.holds(start, image, &mut |_| {})? {
            return Ok(done.already());
        }
        // First, so that an image that reads back equal has nothing behind it.
        erase_behind(run, region, image.len() as u32)?;
        let length = image.len() as u64;
        let (device, mut progress) = run.metered(step, 2 * length);
        device.program(start, image, &mut progress)?;
        let mut progress = |read| progress(length + read);
        if device.holds(start, image, &mut progress)? {
            return Ok(done);
        }
        Err(Fault::new(Code::VerifyFailed, region))
    })
}

/// Erases the sectors of a region that an image of that length does not reach: the bootloader
/// accepts a bank only if nothing follows the image.
fn erase_behind(run: &mut Run<'_, '_>, region: &str, length: u32) -> Result<(), Fault> {
    let region = run.job.profile.region(region)?;
    let (written, end) = (region.start + length, region.start + region.length);
    let behind = run
        .job
        .profile
        .sectors()
        .find(|(start, _)| *start >= written);
    match behind {
        Some((start, _)) if start < end => run.world.device.erase(start, end - start),
        _ => Ok(()),
    }
}

fn began(identified: &Identified, step: StepId) -> bool {
    matches!(&identified.history, History::Begun(steps) if steps.contains(&step))
}

pub(super) fn start_provisioner(run: &mut Run<'_, '_>, _: &Flashed) -> Result<Ready, Fault> {
    run.stop_if_asked(StepId::StartProvisioner)?;
    run.look(StepId::StartProvisioner, |run| {
        run.world
            .device
            .start_provisioner(run.job.release.provisioner())?;
        Ok(Done::new(
            Ready(()),
            Verification::ControllerStatus,
            "hardware check passed",
        ))
    })
}

pub(super) fn make_key(run: &mut Run<'_, '_>, _: &Vouched) -> Result<KeyMade, Fault> {
    run.act(StepId::MakeKey, "P-256, by the device", |run| {
        let key = run.world.device.make_key()?;
        let digest = Sha256::of(&key.to_sec1());
        let detail = format!("SHA-256 of the public point {digest}");
        Ok(Done::new(
            KeyMade { key },
            Verification::ControllerStatus,
            detail,
        ))
    })
}

pub(super) fn burn(run: &mut Run<'_, '_>, planned: &Planned, _: &KeyMade) -> Result<Burnt, Fault> {
    let rest = |batch: &&[BurnItem]| batch.first() != planned.plan.flash_key();
    for batch in planned.plan.batches().filter(rest) {
        let missing = |device: &mut dyn Device| {
            let held = device.fuses()?;
            Ok(batch.iter().filter(|item| !item.holds(&held)).collect())
        };
        burn_missing(run, batch, missing)?;
    }
    Ok(Burnt(()))
}

pub(super) fn lock(
    run: &mut Run<'_, '_>,
    planned: &Planned,
    _: &Certified,
) -> Result<Locked, Fault> {
    protect(run, planned.plan.locks())
}

/// For a unit whose lock was begun before: what is missing of it. An interrupted change of the
/// option bytes leaves them at level 1, with other protections lost (RM0090 §3.7.3: any value but
/// two reads as level 1).
pub(super) fn finish_lock(run: &mut Run<'_, '_>, _: &Certified) -> Result<Locked, Fault> {
    let locks = plan::locks(run.job.profile, &goal(run.job.release))?;
    protect(run, &locks)
}

fn protect(run: &mut Run<'_, '_>, locks: &[BurnItem]) -> Result<Locked, Fault> {
    for item in locks {
        let item = std::slice::from_ref(item);
        let missing = |device: &mut dyn Device| {
            let on = device.protections()?;
            Ok(item.iter().filter(|item| !item.protects(&on)).collect())
        };
        burn_missing(run, item, missing)?;
    }
    Ok(Locked(()))
}

/// Burns of these items what the chip does not hold, and reads the chip to see that it holds all
/// of them now.
fn burn_missing<'b>(
    run: &mut Run<'_, '_>,
    batch: &'b [BurnItem],
    missing: impl Fn(&mut dyn Device) -> Result<Vec<&'b BurnItem>, Fault>,
) -> Result<(), Fault> {
    let Some(first) = batch.first() else {
        return Ok(());
    };
    let intent = told(batch);
    run.act(first.step(), &intent, |run| {
        let done = Done::new((), Verification::ReadBack, intent.as_str());
        let wanted = missing(run.world.device)?;
        if wanted.is_empty() {
            return Ok(done.already());
        }
        run.world.device.burn_together(&wanted)?;
        match missing(run.world.device)?[..] {
            [] => Ok(done),
            [item, ..] => Err(Fault::new(
                Code::BurnFailed,
                format!("{item}: reads otherwise"),
            )),
        }
    })
}

fn told(batch: &[BurnItem]) -> String {
    let items: Vec<_> = batch.iter().map(ToString::to_string).collect();
    items.join(", ")
}

pub(super) fn issue(
    run: &mut Run<'_, '_>,
    authorized: &Authorized,
    identified: &Identified,
    made: &KeyMade,
    _: &Burnt,
) -> Result<Certified, Fault> {
    let subject = Subject {
        batch: authorized.terms.batch.clone(),
        serial: identified.serial.clone(),
        uid: identified.chip.uid.clone(),
        public_key: made.key.into(),
    };
    let certified = run.act(StepId::Issue, "device certificate", |run| {
        let info = run.world.authority.prepare_request(&subject)?;
        let signature = run.world.device.sign_request(&info)?;
        let issued = run.world.authority.issue(&subject, &info, &signature)?;
        let detail = format!("certificate {}", issued.serial_number);
        let certified = certificate::prove(run.job.issuer, &subject.serial, issued)?;
        let certified = certified.of_key(&subject.public_key)?;
        Ok(Done::new(certified, Verification::Signature, detail))
    })?;
    store(run, &certified.certificate)?;
    Ok(certified)
}

fn store(run: &mut Run<'_, '_>, certificate: &IssuedCertificate) -> Result<(), Fault> {
    run.act(
        StepId::StoreCertificate,
        &certificate.serial_number,
        |run| {
            let wipe = run.job.wipe_authority;
            run.world.device.store_credentials(&certificate.der, wipe)?;
            let detail = format!("{} bytes", certificate.der.len());
            Ok(Done::new((), Verification::ControllerStatus, detail))
        },
    )
}

/// For a unit that was locked before: the certificate it was issued then.
pub(super) fn certificate_on_record(run: &mut Run<'_, '_>) -> Result<Certified, Fault> {
    run.look(StepId::Issue, |run| {
        let serial = run.named()?;
        let certificate = run.world.ledger.certificate(&serial)?;
        let missing = || Fault::new(Code::Contradiction, "locked, but no certificate on record");
        let certificate = certificate.ok_or_else(missing)?;
        let detail = format!("certificate {}", certificate.serial_number);
        let certified = certificate::prove(run.job.issuer, &serial, certificate)?;
        Ok(Done::new(certified, Verification::Record, detail).already())
    })
}

pub(super) fn attest(
    run: &mut Run<'_, '_>,
    identified: &Identified,
    certified: &Certified,
) -> Result<Attested, Fault> {
    run.look(StepId::Attest, |run| {
        run.world.device.run()?;
        let (uid, state) = run.world.device.ask_identity()?;
        if uid != identified.chip.uid {
            return Err(Fault::new(
                Code::Contradiction,
                format!("chip {uid} answers"),
            ));
        }
        if state != DeviceState::Operational {
            return Err(Fault::new(
                Code::Attestation,
                format!("it answers as {state:?}"),
            ));
        }
        let mut nonce = [0; NONCE_LENGTH];
        (run.world.entropy)(&mut nonce)?;
        let statement = run.world.device.attest(&nonce)?;
        let key = certificate_key(&certified.certificate.der)?;
        let claims = attestation::verify(&statement, &key, &nonce)?;
        let release = run.job.release;
        let expected = Expectation::of(release, &identified.chip.uid, run.job.profile)?;
        let drift = expected.drift(&claims)?;
        if !drift.is_empty() {
            return Err(Fault::new(Code::Attestation, drift.join("; ")));
        }
        let detail = format!(
            "{} {}, image {}, counter {}, read-protected, bank A confirmed",
            claims.software_name, claims.software_version, claims.image, claims.counter
        );
        Ok(Done::new(
            Attested { claims },
            Verification::Attested,
            detail,
        ))
    })
}
