//! A release as a folder of files.

use std::fs;
use std::path::Path;

use cradle_ca::ceremony::{BOOT_KEY, RELEASE_KEY};
use cradle_ca::token::Token;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ports::{BootSigner, Signer as _};
use cradle_procedure::profile::TargetProfile;
use cradle_procedure::release::{
    self, Check, PUBLIC_KEY_FILE, ReleaseKeys, ReleaseParts, VerifiedRelease, file_of,
};

use cradle_records::NewRelease;

use crate::files;

/// What the build left behind, and what the release shall say.
pub(crate) struct Build<'a> {
    /// Folder with `bootloader.bin`, `application.bin`, `provisioner.elf`, `sbom.cdx.json` and
    /// the components that the profile asks for.
    pub(crate) folder: &'a Path,
    /// Product name.
    pub(crate) product: &'a str,
    /// Version.
    pub(crate) version: &'a str,
    /// Build profile.
    pub(crate) build_profile: &'a str,
    /// Anti-rollback counter.
    pub(crate) minimum_version: u32,
}

/// Signs a build into a release folder with the token's release key, and its boot key where the
/// profile asks for one. The public release key goes beside it for referees.
///
/// # Errors
/// `REL-01` a file of the build is missing, `CFG-02` the folder cannot be written, and whatever
/// [`release::sign`] refuses.
pub(crate) fn sign(
    build: &Build<'_>,
    profile: &TargetProfile,
    token: &Token,
    into: &Path,
) -> Result<(), Fault> {
    let read = |name: &str| read_file(build.folder, name);
    let key = token.key(RELEASE_KEY)?;
    let boot = match profile.boot_signature()? {
        Some(_) if token.holds(BOOT_KEY)? => Some(token.boot_key(BOOT_KEY)?),
        _ => None,
    };
    let keys = ReleaseKeys {
        release: &key,
        boot: boot.as_ref().map(|key| key as &dyn BootSigner),
    };
    let components = profile.components()?.into_iter();
    let components = components.map(|region| {
        let bytes = read(&file_of(&region))?;
        Ok((region, bytes))
    });
    let parts = ReleaseParts {
        product: build.product,
        version: build.version,
        build_profile: build.build_profile,
        minimum_version: build.minimum_version,
        bootloader: &read("bootloader.bin")?,
        components: components.collect::<Result<_, Fault>>()?,
        application: &read("application.bin")?,
        provisioner: &read("provisioner.elf")?,
        sbom: &read("sbom.cdx.json")?,
    };
    let signed = release::sign(&parts, profile, &keys)?;
    files::make_folder(into)?;
    for (name, bytes) in signed {
        files::write(&into.join(name), &bytes)?;
    }
    files::write(
        &into.join(PUBLIC_KEY_FILE),
        files::public_key_pem(key.public_key())?.as_bytes(),
    )
}

/// Verifies the release in a folder with the pinned key (`SubjectPublicKeyInfo`, DER).
///
/// # Errors
/// `REL-…`.
pub(crate) fn verify(
    folder: &Path,
    pinned_key: &[u8],
    profile: &TargetProfile,
) -> Result<VerifiedRelease, Fault> {
    verify_aloud(folder, pinned_key, profile, &mut |_| ())
}

/// As [`verify`], telling each check when it is passed.
///
/// # Errors
/// `REL-…`.
pub(crate) fn verify_aloud(
    folder: &Path,
    pinned_key: &[u8],
    profile: &TargetProfile,
    passed: &mut dyn FnMut(Check),
) -> Result<VerifiedRelease, Fault> {
    release::verify_aloud(pinned_key, profile, &|name| read_file(folder, name), passed)
}

/// A verified release as the record keeps it.
///
/// # Errors
/// `CFG-03` product or version cannot stand in a name.
pub(crate) fn for_the_record(release: &VerifiedRelease) -> Result<NewRelease, Fault> {
    let manifest = release.manifest();
    Ok(NewRelease {
        id: release.id()?,
        product: manifest.product.clone(),
        version: manifest.version.clone(),
        profile: manifest.target.clone(),
        root_key: release.root_key_hash(),
        manifest: release.manifest_bytes().to_vec(),
        sbom: release.sbom().to_vec(),
    })
}

fn read_file(folder: &Path, name: &str) -> Result<Vec<u8>, Fault> {
    let path = folder.join(name);
    let named = |error| format!("{}: {error}", path.display());
    fs::read(&path)
        .map_err(named)
        .or_fault(Code::ReleaseUnreadable)
}
