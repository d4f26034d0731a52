//! The signature of the bootloader: ours before espsecure, and espsecure's before us.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ports::{BootSigner, Signer};
use cradle_procedure::release::{self, PRODUCTION, ReleaseKeys, ReleaseParts, VerifiedRelease};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey as _;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PSS_SHA256, RsaKeyPair};

use crate::board::succeed;
use crate::{firmware, profile};

/// A key that espsecure made, used by another library.
struct BootKey {
    pair: RsaKeyPair,
    modulus: Vec<u8>,
}

impl BootKey {
    fn new(folder: &Path) -> Self {
        let scheme = ["--version", "2", "--scheme", "rsa3072"];
        let all = [&["generate-signing-key"], &scheme[..], &["key.pem"]].concat();
        succeed("espsecure", &all, folder);
        let pem = fs::read_to_string(folder.join("key.pem")).unwrap();
        let (label, der) = x509_cert::der::pem::decode_vec(pem.as_bytes()).unwrap();
        let pair = match label {
            "PRIVATE KEY" => RsaKeyPair::from_pkcs8(&der),
            _ => RsaKeyPair::from_der(&der),
        };
        let pair = pair.unwrap();
        let public: PublicKeyComponents<Vec<u8>> = pair.public().into();
        Self {
            modulus: public.n,
            pair,
        }
    }
}

impl BootSigner for BootKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut signature = vec![0; 384];
        let random = SystemRandom::new();
        self.pair
            .sign(&RSA_PSS_SHA256, &random, message, &mut signature)
            .or_fault(Code::TokenFailed)?;
        Ok(signature)
    }

    fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    fn exponent(&self) -> u32 {
        65_537
    }
}

struct ReleaseKey(SigningKey, Vec<u8>);

impl ReleaseKey {
    fn new() -> Self {
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let spki = key.verifying_key().to_public_key_der().unwrap();
        Self(key, spki.as_bytes().to_vec())
    }
}

impl Signer for ReleaseKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let signature: Signature = self.0.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }

    fn public_key(&self) -> &[u8] {
        &self.1
    }
}

type Folder = BTreeMap<String, Vec<u8>>;

fn sign(bootloader: &[u8], boot: Option<&dyn BootSigner>) -> Folder {
    let table = firmware("partition-table.bin");
    let parts = ReleaseParts {
        product: "sensor",
        version: "1.0.0",
        build_profile: PRODUCTION,
        minimum_version: 3,
        bootloader,
        components: [("partition-table".to_owned(), table)].into(),
        application: &firmware("application.bin"),
        provisioner: &firmware("provisioner.elf"),
        sbom: br#"{"bomFormat":"CycloneDX"}"#,
    };
    let release = ReleaseKey::new();
    let keys = ReleaseKeys {
        release: &release,
        boot,
    };
    release::sign(&parts, &profile(), &keys)
        .unwrap()
        .into_iter()
        .collect()
}

fn verify(folder: &Folder) -> Result<VerifiedRelease, Fault> {
    let read = |name: &str| {
        let file = folder.get(name).cloned();
        file.ok_or_else(|| Fault::new(Code::ReleaseUnreadable, name))
    };
    release::verify(ReleaseKey::new().public_key(), &profile(), &read)
}

#[test]
fn espsecure_accepts_our_signature_and_names_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let key = BootKey::new(folder.path());
    let files = sign(&firmware("bootloader.bin"), Some(&key));
    let release = verify(&files).unwrap();
    fs::write(folder.path().join("signed"), &files["bootloader.bin"]).unwrap();
    let check = ["--version", "2", "--keyfile", "key.pem", "signed"];
    let all = [&["verify-signature"], &check[..]].concat();
    succeed("espsecure", &all, folder.path());
    let digest = ["--keyfile", "key.pem", "--output", "digest"];
    let all = [&["digest-sbv2-public-key"], &digest[..]].concat();
    succeed("espsecure", &all, folder.path());
    let theirs = fs::read(folder.path().join("digest")).unwrap();
    assert_eq!(release.boot_key().unwrap().bytes()[..], theirs);
}

#[test]
fn esptool_reads_our_bootloader_as_an_image_for_the_chip_signed_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let key = BootKey::new(folder.path());
    let plain = firmware("bootloader.bin");
    let signed = sign(&plain, Some(&key)).remove("bootloader.bin").unwrap();
    for bytes in [&plain, &signed] {
        fs::write(folder.path().join("image"), bytes).unwrap();
        let told = succeed("esptool", &["image-info", "image"], folder.path());
        for line in [
            "Detected image type: ESP32-C3",
            "Checksum: ",
            "Validation hash: ",
        ] {
            assert!(told.contains(line), "{line}: {told}");
        }
        assert_eq!(told.matches("(valid)").count(), 2, "{told}");
    }
}

#[test]
fn a_bootloader_that_espsecure_signed_is_taken_and_a_flipped_bit_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let _ = BootKey::new(folder.path());
    fs::write(folder.path().join("image"), firmware("bootloader.bin")).unwrap();
    let sign_data = [
        "--version",
        "2",
        "--keyfile",
        "key.pem",
        "--output",
        "signed",
    ];
    let all = [&["sign-data"], &sign_data[..], &["image"]].concat();
    succeed("espsecure", &all, folder.path());
    let signed = fs::read(folder.path().join("signed")).unwrap();
    let release = verify(&sign(&signed, None)).unwrap();
    assert_eq!(release.bootloader(), signed);
    // In the image, its digest, the key, what is derived from it, the signature, the checksum.
    let sector = signed.len() - 4096;
    for place in [
        100,
        sector + 10,
        sector + 50,
        sector + 430,
        sector + 900,
        sector + 1197,
    ] {
        let mut broken = signed.clone();
        broken[place] ^= 4;
        let fault = verify(&sign(&broken, None)).unwrap_err();
        assert_eq!(fault.code, Code::ReleaseBootSignature, "byte {place}");
    }
}

#[test]
fn a_release_without_a_signed_bootloader_is_refused() {
    let fault = verify(&sign(&firmware("bootloader.bin"), None)).unwrap_err();
    assert_eq!(fault.code, Code::ReleaseBootSignature);
}

#[test]
fn a_release_that_misses_a_component_or_has_one_too_many_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let key = BootKey::new(folder.path());
    let files = sign(&firmware("bootloader.bin"), Some(&key));
    let mut without = files.clone();
    without.remove("partition-table.bin");
    assert_eq!(verify(&without).unwrap_err().code, Code::ReleaseUnreadable);
    let mut altered = files;
    altered.insert("partition-table.bin".to_owned(), vec![0; 4096]);
    assert_eq!(verify(&altered).unwrap_err().code, Code::ReleaseAltered);
}
