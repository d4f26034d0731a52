//! Checking what a device says about itself.

use std::fmt;

use cradle_protocol::attestation::{self as eat, MAX_TO_BE_SIGNED};
use cradle_protocol::message::Nonce;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey as _;
use serde::Serialize;

use crate::chip::ReadProtection;
use crate::fault::{Code, Fault};
use crate::ids::{Sha256, Uid};
use crate::profile::{BOOTLOADER, TargetProfile};
use crate::release::VerifiedRelease;

/// Claims whose signature, key and nonce were checked. Only [`verify`] makes them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
    /// Chip identifier.
    pub uid: Uid,
    /// Name of the firmware.
    pub software_name: String,
    /// Version of the firmware.
    pub software_version: String,
    /// Hash of the running image, as its SHA-256 TLV has it.
    pub image: Sha256,
    /// SHA-256 of the whole bootloader region.
    pub bootloader: Sha256,
    /// What the one-time memory holds as root-key hash.
    pub root_key: Sha256,
    /// Whether that is locked.
    pub root_key_locked: bool,
    /// Anti-rollback counter.
    pub counter: u32,
    /// Read protection.
    pub read_protection: ReadProtection,
    /// Write-protected erase sectors, bit n for sector n.
    pub write_protected: u32,
    /// Index of the bank the image runs from.
    pub bank: usize,
    /// Whether that bank is confirmed.
    pub confirmed: bool,
}

/// Verifies an attestation (tagged COSE_Sign1) with the device's key (`SubjectPublicKeyInfo`,
/// DER) for the challenge that was sent.
///
/// # Errors
/// `DEV-15`, naming what does not hold.
pub fn verify(cose: &[u8], key: &[u8], nonce: &Nonce) -> Result<Claims, Fault> {
    let envelope = eat::open(cose).map_err(|error| refuse(format!("{error:?}")))?;
    let mut room = [0; MAX_TO_BE_SIGNED];
    let signed = eat::to_be_signed(envelope.payload, &mut room)
        .map_err(|error| refuse(format!("{error:?}")))?;
    let key = VerifyingKey::from_public_key_der(key)
        .map_err(|_| refuse("the certificate's key is not P-256"))?;
    let signature = Signature::from_slice(envelope.signature)
        .map_err(|_| refuse("the signature is malformed"))?;
    key.verify(signed, &signature)
        .map_err(|_| refuse("the signature is not by the certified key"))?;
    let claims = eat::decode_claims(envelope.payload).map_err(|e| refuse(format!("{e:?}")))?;
    if claims.nonce != *nonce {
        return Err(refuse("it answers another challenge"));
    }
    Ok(Claims {
        uid: Uid::new(&claims.uid),
        software_name: claims.software_name.to_owned(),
        software_version: claims.software_version.to_owned(),
        image: Sha256::from_bytes(claims.image_sha256),
        bootloader: Sha256::from_bytes(claims.bootloader_sha256),
        root_key: Sha256::from_bytes(claims.root_key_sha256),
        root_key_locked: claims.root_key_locked,
        counter: claims.counter,
        read_protection: read_protection(claims.rdp),
        write_protected: claims.write_protected,
        bank: claims.boot_bank.index(),
        confirmed: claims.bank_confirmed,
    })
}

/// One thing that a unit was asked, and what it should have said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about, in words.
    pub item: String,
    /// As it should be.
    pub expected: String,
    /// As it is.
    pub found: String,
}

impl Finding {
    /// From anything that has a text.
    #[must_use]
    pub fn new(item: &str, expected: &dyn fmt::Display, found: &dyn fmt::Display) -> Self {
        Self {
            item: item.to_owned(),
            expected: expected.to_string(),
            found: found.to_string(),
        }
    }

    /// Whether it is as it should be.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.expected == self.found
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            item,
            expected,
            found,
        } = self;
        match self.holds() {
            true => write!(f, "{item} is {found}"),
            false => write!(f, "{item} is {found}, not {expected}"),
        }
    }
}

/// What a unit must say of itself to be as it was made.
#[derive(Debug, Clone)]
pub struct Expectation<'a> {
    /// Its chip.
    pub uid: &'a Uid,
    /// Hash of its image.
    pub image: Sha256,
    /// Hash of its bootloader region.
    pub bootloader: Sha256,
    /// Its root-key hash.
    pub root_key: Sha256,
    /// Its counter.
    pub counter: u32,
    /// Index of the bank it runs from; `None` if either will do.
    pub bank: Option<usize>,
    /// Where its regions lie.
    pub profile: &'a TargetProfile,
}

impl<'a> Expectation<'a> {
    /// What a chip says that just got this release.
    ///
    /// # Errors
    /// `PLN-01` if the profile has no bootloader region.
    pub fn of(
        release: &VerifiedRelease,
        uid: &'a Uid,
        profile: &'a TargetProfile,
    ) -> Result<Self, Fault> {
        // Erased where the bootloader does not reach.
        let mut region = release.bootloader().to_vec();
        region.resize(profile.region(BOOTLOADER)?.length as usize, 0xFF);
        Ok(Self {
            uid,
            image: release.application_hash(),
            bootloader: Sha256::of(&region),
            root_key: release.root_key_hash(),
            counter: release.manifest().minimum_version,
            bank: Some(0),
            profile,
        })
    }

    /// The same of a unit in service, which updates have moved from bank to bank.
    #[must_use]
    pub fn in_service(self) -> Self {
        Self { bank: None, ..self }
    }

    /// Every claim beside what it should be.
    ///
    /// # Errors
    /// `PLN-01` if the profile lacks a region it protects.
    pub fn compare(&self, claims: &Claims) -> Result<Vec<Finding>, Fault> {
        let protected = sector_mask(self.profile, &self.profile.write_protected())?;
        let hexadecimal = |mask: u32| format!("{mask:#x}");
        Ok(vec![
            Finding::new("chip identifier", &self.uid, &claims.uid),
            Finding::new("image", &self.image, &claims.image),
            Finding::new("bootloader", &self.bootloader, &claims.bootloader),
            Finding::new("root-key hash", &self.root_key, &claims.root_key),
            Finding::new("root-key lock", &true, &claims.root_key_locked),
            Finding::new("counter", &self.counter, &claims.counter),
            Finding::new(
                "read protection",
                &format!("{:?}", self.profile.final_protection()?),
                &format!("{:?}", claims.read_protection),
            ),
            Finding::new("boot bank", &self.bank.unwrap_or(claims.bank), &claims.bank),
            Finding::new("bank confirmed", &true, &claims.confirmed),
            Finding::new(
                "write-protected sectors",
                &hexadecimal(protected),
                &hexadecimal(claims.write_protected),
            ),
        ])
    }

    /// Every claim that is not as expected, in words; empty if all are.
    ///
    /// # Errors
    /// As [`Expectation::compare`].
    pub fn drift(&self, claims: &Claims) -> Result<Vec<String>, Fault> {
        let findings = self.compare(claims)?.into_iter();
        let drift = findings.filter(|finding| !finding.holds());
        Ok(drift.map(|finding| finding.to_string()).collect())
    }
}

/// Erase sectors of the named regions, bit n for sector n.
///
/// # Errors
/// `PLN-01` for a region the profile does not have.
pub fn sector_mask(profile: &TargetProfile, regions: &[String]) -> Result<u32, Fault> {
    let mut mask = 0;
    for name in regions {
        let region = profile.region(name)?;
        let inside = |start: u32| start >= region.start && start - region.start < region.length;
        for (index, (start, _)) in profile.sectors().enumerate().take(32) {
            mask |= u32::from(inside(start)) << index;
        }
    }
    Ok(mask)
}

/// Read-protection byte: 0xAA is open, 0xCC for ever, all else locked. On an STM32 it is the RDP
/// option byte (RM0090 §3.7.3); firmware of other families forms the same.
const fn read_protection(rdp: u8) -> ReadProtection {
    match rdp {
        0xAA => ReadProtection::Open,
        0xCC => ReadProtection::Permanent,
        _ => ReadProtection::Locked,
    }
}

fn refuse(what: impl std::fmt::Display) -> Fault {
    Fault::new(Code::Attestation, what)
}
