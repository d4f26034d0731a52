//! Releases: a signed manifest that names every file by its hash, and the checks before use.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::boot_signature;
use crate::fault::{Code, Fault, OrFault as _};
use crate::ids::{ProfileId, ReleaseId, Sha256};
use crate::image::{self, ImageTerms};
use crate::named::named;
use crate::ports::{BootSigner, Signer};
use crate::profile::{BANK_A, BOOTLOADER, TargetProfile};
use crate::signature::verifies;

/// File name of the manifest in a release's folder.
pub const MANIFEST_FILE: &str = "manifest.json";
/// File name of the signature over the manifest's bytes: DER, ECDSA P-256 over SHA-256.
pub const SIGNATURE_FILE: &str = "manifest.sig";
/// File name of the signer's public key (PEM). For referees: the station pins its own copy.
pub const PUBLIC_KEY_FILE: &str = "release-key.pem";
/// The only build profile that may reach a device.
pub const PRODUCTION: &str = "production";
/// Manifest format this station understands.
const FORMAT: u32 = 1;
/// Longest manifest in bytes.
const MAX_MANIFEST: usize = 64 * 1024;

/// What a release says of itself. The signature covers its exact bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Format of this manifest: 1.
    pub format: u32,
    /// Product name.
    pub product: String,
    /// Version, `major.minor.patch` with an optional `+build`.
    pub version: String,
    /// `production`, or something that must not leave the laboratory.
    pub build_profile: String,
    /// Target profile it was built for.
    pub target: ProfileId,
    /// Value the device's anti-rollback counter is raised to.
    pub minimum_version: u32,
    /// Bootloader: raw bytes for its region.
    pub bootloader: FileEntry,
    /// What else goes into flash, by the region that it fills.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub components: BTreeMap<String, FileEntry>,
    /// Production firmware: signed image for bank A.
    pub application: FileEntry,
    /// Provisioner: ELF linked to RAM.
    pub provisioner: FileEntry,
    /// Software bill of materials: CycloneDX, JSON.
    pub sbom: FileEntry,
}

/// One file of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Plain file name, no folder.
    pub file: String,
    /// Length in bytes.
    pub size: u64,
    /// SHA-256 of its bytes.
    pub sha256: Sha256,
}

impl FileEntry {
    fn of(file: &str, bytes: &[u8]) -> Self {
        Self {
            file: file.to_owned(),
            size: bytes.len() as u64,
            sha256: Sha256::of(bytes),
        }
    }
}

/// What is needed to make a release.
pub struct ReleaseParts<'a> {
    /// Product name.
    pub product: &'a str,
    /// Version.
    pub version: &'a str,
    /// Build profile, as the build says it.
    pub build_profile: &'a str,
    /// Anti-rollback counter value.
    pub minimum_version: u32,
    /// Bootloader, raw. Where the chip's ROM verifies it, either signed for that already, or
    /// to be signed with the boot key.
    pub bootloader: &'a [u8],
    /// What else goes into flash, by the regions that the profile names as components.
    pub components: BTreeMap<String, Vec<u8>>,
    /// Production firmware, raw: starts with the vector table.
    pub application: &'a [u8],
    /// Provisioner, ELF.
    pub provisioner: &'a [u8],
    /// CycloneDX JSON.
    pub sbom: &'a [u8],
}

/// The keys that a release is signed with.
#[derive(Clone, Copy)]
pub struct ReleaseKeys<'a> {
    /// For image and manifest.
    pub release: &'a dyn Signer,
    /// For the bootloader, where the chip's ROM verifies that and the build does not bring it
    /// signed.
    pub boot: Option<&'a dyn BootSigner>,
}

impl<'a> ReleaseKeys<'a> {
    /// Without a boot key.
    pub fn release_alone(release: &'a dyn Signer) -> Self {
        Self {
            release,
            boot: None,
        }
    }
}

/// Signs a release: the image and the manifest with the release key, the bootloader with the
/// boot key where the profile asks for that. Returns the files of the release's folder as (name,
/// bytes).
///
/// # Errors
/// `CFG-03` the version, `REL-…` the parts, `TOK-…` the keys.
pub fn sign(
    parts: &ReleaseParts<'_>,
    profile: &TargetProfile,
    keys: &ReleaseKeys<'_>,
) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    let key = keys.release;
    let terms = ImageTerms {
        version: image::parse_version(parts.version)?,
        address: profile.runs_at()?,
        security_counter: parts.minimum_version,
    };
    let application = image::sign(parts.application, &terms, key)?;
    let bootloader = match (profile.boot_signature()?, keys.boot) {
        (Some(_), Some(boot)) if boot_signature::check(parts.bootloader).is_err() => {
            boot_signature::sign(parts.bootloader, boot)?
        }
        _ => parts.bootloader.to_vec(),
    };
    let manifest = Manifest {
        format: FORMAT,
        product: parts.product.to_owned(),
        version: parts.version.to_owned(),
        build_profile: parts.build_profile.to_owned(),
        target: profile.id.clone(),
        minimum_version: parts.minimum_version,
        bootloader: FileEntry::of("bootloader.bin", &bootloader),
        components: parts
            .components
            .iter()
            .map(|(region, bytes)| (region.clone(), FileEntry::of(&file_of(region), bytes)))
            .collect(),
        application: FileEntry::of("application.signed.bin", &application),
        provisioner: FileEntry::of("provisioner.elf", parts.provisioner),
        sbom: FileEntry::of("sbom.cdx.json", parts.sbom),
    };
    let mut text = serde_json::to_vec_pretty(&manifest).or_fault(Code::Internal)?;
    text.push(b'\n');
    let signature = key.sign(&text)?;
    let components = parts.components.iter();
    let mut files: Vec<_> = components
        .map(|(region, bytes)| (file_of(region), bytes.clone()))
        .collect();
    files.extend([
        (manifest.bootloader.file, bootloader),
        (manifest.application.file, application),
        (manifest.provisioner.file, parts.provisioner.to_vec()),
        (manifest.sbom.file, parts.sbom.to_vec()),
        (MANIFEST_FILE.to_owned(), text),
        (SIGNATURE_FILE.to_owned(), signature),
    ]);
    Ok(files)
}

/// The file that fills a region.
#[must_use]
pub fn file_of(region: &str) -> String {
    format!("{region}.bin")
}

named! {
    /// One of the checks that a release has to pass, in their order.
    Check {
        /// The manifest is signed by the pinned key.
        Signature = "signature",
        /// It is a production build for this target.
        Manifest = "manifest",
        /// The bootloader is what the manifest says, and fits.
        Bootloader = "bootloader",
        /// Whatever else the target needs is what the manifest says, and fits.
        Components = "components",
        /// The application is what the manifest says, fits, and the device will boot it.
        Application = "application",
        /// The provisioner is what the manifest says.
        Provisioner = "provisioner",
        /// The bill of materials is what the manifest says, and CycloneDX.
        Sbom = "sbom",
    }
}

/// A release whose every byte was vouched for by the pinned key. Only [`verify`] makes one.
#[derive(Debug, Clone)]
pub struct VerifiedRelease {
    manifest: Manifest,
    manifest_bytes: Vec<u8>,
    root_key: Vec<u8>,
    bootloader: Vec<u8>,
    boot_key: Option<Sha256>,
    components: BTreeMap<String, Vec<u8>>,
    application: Vec<u8>,
    application_hash: Sha256,
    provisioner: Vec<u8>,
    sbom: Vec<u8>,
}

impl VerifiedRelease {
    /// What it says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The manifest's exact bytes.
    #[must_use]
    pub fn manifest_bytes(&self) -> &[u8] {
        &self.manifest_bytes
    }

    /// Name and version in one.
    ///
    /// # Errors
    /// `CFG-03` if product or version hold characters a name cannot have.
    pub fn id(&self) -> Result<ReleaseId, Fault> {
        let (product, version) = (&self.manifest.product, &self.manifest.version);
        ReleaseId::new(format!("{product}-{}", version.replace('+', "_")))
    }

    /// SHA-256 of the manifest's bytes.
    #[must_use]
    pub fn manifest_hash(&self) -> Sha256 {
        Sha256::of(&self.manifest_bytes)
    }

    /// What goes into the one-time memory: SHA-256 of the release key's `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn root_key_hash(&self) -> Sha256 {
        Sha256::of(&self.root_key)
    }

    /// Bootloader, raw.
    #[must_use]
    pub fn bootloader(&self) -> &[u8] {
        &self.bootloader
    }

    /// Digest of the key that signed the bootloader, where the chip's ROM verifies it.
    #[must_use]
    pub fn boot_key(&self) -> Option<Sha256> {
        self.boot_key
    }

    /// What else goes into flash: region and bytes.
    pub fn components(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let named = |(region, bytes)| (String::as_str(region), Vec::as_slice(bytes));
        self.components.iter().map(named)
    }

    /// Production firmware, signed image.
    #[must_use]
    pub fn application(&self) -> &[u8] {
        &self.application
    }

    /// The hash that the image names itself by (its SHA-256 TLV).
    #[must_use]
    pub fn application_hash(&self) -> Sha256 {
        self.application_hash
    }

    /// Provisioner, ELF.
    #[must_use]
    pub fn provisioner(&self) -> &[u8] {
        &self.provisioner
    }

    /// CycloneDX JSON.
    #[must_use]
    pub fn sbom(&self) -> &[u8] {
        &self.sbom
    }
}

/// Verifies a release: signature with the pinned key (`SubjectPublicKeyInfo`, DER) first, then
/// what the manifest says, then every file. `read` brings a file of the folder by its plain name.
///
/// # Errors
/// `REL-01` to `REL-07`, `REL-10`.
pub fn verify(
    pinned_key: &[u8],
    profile: &TargetProfile,
    read: &dyn Fn(&str) -> Result<Vec<u8>, Fault>,
) -> Result<VerifiedRelease, Fault> {
    verify_aloud(pinned_key, profile, read, &mut |_| ())
}

/// As [`verify`], telling each check when it is passed.
///
/// # Errors
/// `REL-01` to `REL-07`.
pub fn verify_aloud(
    pinned_key: &[u8],
    profile: &TargetProfile,
    read: &dyn Fn(&str) -> Result<Vec<u8>, Fault>,
    passed: &mut dyn FnMut(Check),
) -> Result<VerifiedRelease, Fault> {
    let manifest_bytes = read(MANIFEST_FILE)?;
    let signature = read(SIGNATURE_FILE)?;
    if manifest_bytes.len() > MAX_MANIFEST {
        return Err(Fault::new(Code::ReleaseUnreadable, "manifest too long"));
    }
    if !verifies(pinned_key, &manifest_bytes, &signature) {
        return Err(Fault::new(Code::ReleaseSignature, ""));
    }
    passed(Check::Signature);
    let manifest: Manifest =
        serde_json::from_slice(&manifest_bytes).or_fault(Code::ReleaseUnreadable)?;
    check_manifest(&manifest, profile)?;
    passed(Check::Manifest);
    let bootloader = fetch(
        &manifest.bootloader,
        profile.region(BOOTLOADER)?.length,
        read,
    )?;
    let boot_key = match profile.boot_signature()? {
        Some(_) => Some(boot_signature::check(&bootloader)?),
        None => None,
    };
    passed(Check::Bootloader);
    let components = check_components(&manifest, profile, read)?;
    passed(Check::Components);
    let application = fetch(&manifest.application, profile.region(BANK_A)?.length, read)?;
    let application_hash = check_application(&application, &manifest, profile, pinned_key)?;
    passed(Check::Application);
    let provisioner = fetch(&manifest.provisioner, u32::MAX, read)?;
    passed(Check::Provisioner);
    let sbom = check_sbom(fetch(&manifest.sbom, u32::MAX, read)?)?;
    passed(Check::Sbom);
    Ok(VerifiedRelease {
        root_key: pinned_key.to_vec(),
        bootloader,
        boot_key,
        components,
        application,
        application_hash,
        provisioner,
        sbom,
        manifest,
        manifest_bytes,
    })
}

fn check_manifest(manifest: &Manifest, profile: &TargetProfile) -> Result<(), Fault> {
    if manifest.format != FORMAT {
        let detail = format!("manifest format {}", manifest.format);
        return Err(Fault::new(Code::ReleaseUnreadable, detail));
    }
    if manifest.build_profile != PRODUCTION {
        let detail = format!("build profile {:?}", manifest.build_profile);
        return Err(Fault::new(Code::ReleaseNotProduction, detail));
    }
    if manifest.target != profile.id {
        let detail = format!("for {}, this batch is for {}", manifest.target, profile.id);
        return Err(Fault::new(Code::ReleaseChip, detail));
    }
    Ok(())
}

fn fetch(
    entry: &FileEntry,
    room: u32,
    read: &dyn Fn(&str) -> Result<Vec<u8>, Fault>,
) -> Result<Vec<u8>, Fault> {
    let name = &entry.file;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if name.starts_with('.') || name.is_empty() || !name.chars().all(plain) {
        return Err(Fault::new(
            Code::ReleaseUnreadable,
            format!("file name {name:?}"),
        ));
    }
    if entry.size > u64::from(room) {
        let detail = format!("{name}: {} bytes, room for {room}", entry.size);
        return Err(Fault::new(Code::ReleaseTooLarge, detail));
    }
    let bytes = read(name)?;
    if bytes.len() as u64 != entry.size || Sha256::of(&bytes) != entry.sha256 {
        return Err(Fault::new(Code::ReleaseAltered, name));
    }
    Ok(bytes)
}

/// The files for the regions that the profile asks for, no more and no less.
fn check_components(
    manifest: &Manifest,
    profile: &TargetProfile,
    read: &dyn Fn(&str) -> Result<Vec<u8>, Fault>,
) -> Result<BTreeMap<String, Vec<u8>>, Fault> {
    let wanted = profile.components()?;
    if let Some(odd) = manifest.components.keys().find(|it| !wanted.contains(it)) {
        let detail = format!("{}: no component for {odd:?}", profile.id);
        return Err(Fault::new(Code::ReleaseUnreadable, detail));
    }
    let mut components = BTreeMap::new();
    for region in wanted {
        let missing = || Fault::new(Code::ReleaseUnreadable, format!("nothing for {region}"));
        let entry = manifest.components.get(&region).ok_or_else(missing)?;
        let bytes = fetch(entry, profile.region(&region)?.length, read)?;
        components.insert(region, bytes);
    }
    Ok(components)
}

fn check_application(
    image: &[u8],
    manifest: &Manifest,
    profile: &TargetProfile,
    key: &[u8],
) -> Result<Sha256, Fault> {
    let refuse = |what: String| Err(Fault::new(Code::ReleaseImage, what));
    let parsed = image::check(image, key)?;
    let bank = profile.runs_at()?;
    if parsed.fixed_at.is_some_and(|address| address != bank) {
        return refuse(format!("linked for another address than {bank:#010x}"));
    }
    if parsed.security_counter < manifest.minimum_version {
        return refuse(format!(
            "its security counter {} is below the release's minimum version {}: the device would \
             refuse to boot it",
            parsed.security_counter, manifest.minimum_version
        ));
    }
    if parsed.version != image::parse_version(&manifest.version)? {
        return refuse("its version is not that of the manifest".to_owned());
    }
    Ok(Sha256::from_bytes(*parsed.digest))
}

fn check_sbom(bytes: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let parsed: serde_json::Value =
        serde_json::from_slice(&bytes).or_fault(Code::ReleaseUnreadable)?;
    if parsed["bomFormat"] != "CycloneDX" {
        return Err(Fault::new(
            Code::ReleaseUnreadable,
            "the SBOM is not CycloneDX",
        ));
    }
    Ok(bytes)
}
