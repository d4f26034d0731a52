use super::*;
use crate::image::tests::SoftKey;

fn profile() -> TargetProfile {
    TargetProfile::parse(include_str!("../../../profiles/stm32f405.toml")).unwrap()
}

fn parts() -> ReleaseParts<'static> {
    ReleaseParts {
        product: "sensor",
        version: "1.0.0",
        build_profile: PRODUCTION,
        minimum_version: 3,
        bootloader: &[1; 2000],
        components: BTreeMap::new(),
        application: &[2; 3000],
        provisioner: &[3; 500],
        sbom: br#"{"bomFormat":"CycloneDX"}"#,
    }
}

type Folder = BTreeMap<String, Vec<u8>>;

fn signed(parts: &ReleaseParts<'_>) -> Folder {
    let key = SoftKey::new(1);
    let files = sign(parts, &profile(), &ReleaseKeys::release_alone(&key)).unwrap();
    files.into_iter().collect()
}

fn open(folder: &Folder) -> Result<VerifiedRelease, Fault> {
    let read = |name: &str| {
        let file = folder.get(name).cloned();
        file.ok_or_else(|| Fault::new(Code::ReleaseUnreadable, name))
    };
    verify(SoftKey::new(1).public_key(), &profile(), &read)
}

fn code(folder: &Folder) -> Code {
    open(folder).unwrap_err().code
}

/// Signs an edited manifest again, as the vendor might have by mistake.
fn with_manifest(edit: impl Fn(&mut Manifest)) -> Folder {
    let mut folder = signed(&parts());
    let mut manifest: Manifest = serde_json::from_slice(&folder[MANIFEST_FILE]).unwrap();
    edit(&mut manifest);
    let bytes = serde_json::to_vec(&manifest).unwrap();
    let signature = SoftKey::new(1).sign(&bytes).unwrap();
    folder.insert(SIGNATURE_FILE.to_owned(), signature);
    folder.insert(MANIFEST_FILE.to_owned(), bytes);
    folder
}

#[test]
fn a_signed_release_verifies() {
    let release = open(&signed(&parts())).unwrap();
    assert_eq!(release.bootloader(), [1; 2000]);
    assert_eq!(release.id().unwrap().as_str(), "sensor-1.0.0");
}

#[test]
fn every_check_is_told_once_it_is_passed_and_none_after_the_one_that_fails() {
    let told = |folder: &Folder| {
        let read = |name: &str| {
            let file = folder.get(name).cloned();
            file.ok_or_else(|| Fault::new(Code::ReleaseUnreadable, name))
        };
        let mut told = Vec::new();
        let key = SoftKey::new(1);
        let _ = verify_aloud(key.public_key(), &profile(), &read, &mut |c| told.push(c));
        told
    };
    let mut folder = signed(&parts());
    assert_eq!(told(&folder), Check::ALL);
    folder.insert("provisioner.elf".to_owned(), vec![9; 500]);
    assert_eq!(told(&folder), Check::ALL[..5]);
}

#[test]
fn an_unsigned_release_is_refused() {
    let mut folder = signed(&parts());
    folder.remove(SIGNATURE_FILE);
    assert_eq!(code(&folder), Code::ReleaseUnreadable);
    folder.insert(SIGNATURE_FILE.to_owned(), Vec::new());
    assert_eq!(code(&folder), Code::ReleaseSignature);
}

#[test]
fn an_altered_manifest_is_refused() {
    let mut folder = signed(&parts());
    let manifest = folder.get_mut(MANIFEST_FILE).unwrap();
    manifest.push(b' ');
    assert_eq!(code(&folder), Code::ReleaseSignature);
}

#[test]
fn every_altered_file_is_refused() {
    for name in [
        "bootloader.bin",
        "application.signed.bin",
        "provisioner.elf",
        "sbom.cdx.json",
    ] {
        let mut folder = signed(&parts());
        *folder.get_mut(name).unwrap().last_mut().unwrap() ^= 1;
        assert_eq!(code(&folder), Code::ReleaseAltered, "{name}");
    }
}

#[test]
fn a_debug_build_is_refused() {
    let parts = ReleaseParts {
        build_profile: "debug",
        ..parts()
    };
    assert_eq!(code(&signed(&parts)), Code::ReleaseNotProduction);
}

#[test]
fn a_release_for_another_chip_is_refused() {
    let folder = with_manifest(|m| m.target = ProfileId::new("esp32c3").unwrap());
    assert_eq!(code(&folder), Code::ReleaseChip);
}

#[test]
fn an_image_too_large_for_its_bank_is_refused() {
    let large = vec![2; 384 * 1024];
    let parts = ReleaseParts {
        application: &large,
        ..parts()
    };
    assert_eq!(code(&signed(&parts)), Code::ReleaseTooLarge);
}

#[test]
fn an_image_that_the_raised_counter_would_bar_is_refused() {
    let folder = with_manifest(|m| m.minimum_version = 4);
    assert_eq!(code(&folder), Code::ReleaseImage);
}

#[test]
fn a_file_name_with_a_path_is_refused() {
    for name in ["../x", "/etc/passwd", "", ".hidden", "a/b"] {
        let folder = with_manifest(|m| m.sbom.file = name.to_owned());
        assert_eq!(code(&folder), Code::ReleaseUnreadable, "{name:?}");
    }
}
