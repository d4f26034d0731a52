//! Whose make a secure element is, asked through the driver and the real firmware, and judged by
//! OpenSSL, and by what Microchip's own library built, beside our own verifier.
#![allow(clippy::panic, clippy::unwrap_used)]

mod driver_support;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cradle_bench::virtual_bench::{BoardConfig, Counterfeit, ElementPreset};
use cradle_procedure::element::{Chain, ElementFiles, Root};
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Sha256;
use cradle_protocol::message::Nonce;
use driver_support::element::{element_profile, provisioner};
use driver_support::{Setup, code, setup_for};

/// 2026-11-21.
const NOW_MS: u64 = 1_795_219_200_000;
const NONCE: Nonce = [0x42; 32];
const ROOT_PEM: &str = include_str!("../src/virtual_bench/secure_element/training-root.pem");

fn root() -> Root {
    Root::from_pem(ROOT_PEM).unwrap()
}

/// A board with that element, and the provisioner on it.
fn board(index: u32, preset: ElementPreset) -> Setup {
    let config = BoardConfig {
        entropy_seed: Some(index.into()),
        ..BoardConfig::genuine(index).with_element(preset)
    };
    let mut setup = setup_for(config, &element_profile());
    provisioner(&mut setup);
    setup
}

/// What the step of the procedure does.
fn check(setup: &mut Setup) -> Result<(ElementFiles, Chain), Fault> {
    let uid = setup.board.config().uid;
    let files = setup.device.element_files()?;
    let chain = Chain::verify(&files, &root(), NOW_MS)?;
    let signature = setup.device.prove_element(&NONCE)?;
    files.proves(&uid, &NONCE, &signature)?;
    Ok((files, chain))
}

#[test]
fn an_element_of_its_maker_is_vouched_for_and_shows_its_key() {
    let mut setup = board(90, ElementPreset::Configured);
    let (files, chain) = check(&mut setup).unwrap();
    assert_eq!(
        (files.serial[..2].to_vec(), files.serial[8]),
        (vec![1, 0x23], 0xEE)
    );
    assert_eq!(chain.signer_name, "Crypto Authentication Signer 0001");
    let uid = setup.board.config().uid;
    let signature = setup.device.prove_element(&NONCE).unwrap();
    let refused = |uid, nonce| code(files.proves(uid, nonce, &signature));
    assert_eq!(refused(&uid, &[0; 32]), Code::ElementForeign);
    assert_eq!(refused(&[0; 12], &NONCE), Code::ElementForeign);
}

#[test]
fn each_counterfeit_is_refused_for_its_own_reason() {
    for (kind, reason) in [
        (Counterfeit::NoCertificates, "no certificate of kind 1"),
        (Counterfeit::ForeignRoot, "the pinned root did not certify"),
        (
            Counterfeit::CopiedCertificates,
            "its signer did not certify",
        ),
        (Counterfeit::AlteredDate, "its signer did not certify"),
        (Counterfeit::Impostor, "does not have the private key"),
    ] {
        let mut setup = board(91, ElementPreset::Counterfeit(kind));
        let fault = check(&mut setup).unwrap_err();
        assert_eq!(fault.code, Code::ElementForeign, "{kind}");
        assert!(fault.detail.contains(reason), "{kind}: {}", fault.detail);
    }
}

#[test]
fn a_board_without_an_element_has_nothing_to_show() {
    let mut setup = setup_for(BoardConfig::genuine(92), &element_profile());
    provisioner(&mut setup);
    assert_eq!(code(setup.device.element_files()), Code::SecureElement);
}

struct Papers {
    folder: tempfile::TempDir,
}

impl Papers {
    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

fn openssl(arguments: &[&str], files: &[&Path]) -> (bool, String) {
    let output = Command::new("openssl").args(arguments).args(files).output();
    let output = output.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn openssl_verifies_the_rebuilt_chain_up_to_the_pinned_root() {
    let (files, chain) = check(&mut board(93, ElementPreset::Configured)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let papers = Papers { folder };
    let root = papers.put("root.pem", ROOT_PEM.as_bytes());
    let pem = |name: &str, der: &[u8]| {
        let der = papers.put("one.der", der);
        let (_, text) = openssl(&["x509", "-inform", "DER", "-in"], &[&der]);
        papers.put(name, text.as_bytes())
    };
    let signer = pem("signer.pem", &chain.signer);
    let device = pem("device.pem", &chain.device);
    let mut altered = chain.device.clone();
    let serial = altered.windows(2).position(|two| two == b"sn").unwrap();
    altered[serial + 8] ^= 1;
    let altered = pem("altered.pem", &altered);
    let verdict = |device: &Path| {
        let root = root.to_str().unwrap();
        let signer = signer.to_str().unwrap();
        let start = ["verify", "-x509_strict", "-check_ss_sig", "-CAfile", root];
        openssl(&[&start[..], &["-untrusted", signer]].concat(), &[device])
    };
    let (accepted, said) = verdict(&device);
    assert!(accepted, "{said}");
    assert!(!verdict(&altered).0);
    let (_, text) = openssl(&["x509", "-noout", "-subject", "-in"], &[&device]);
    assert!(
        text.contains(&format!("sn{}", files.serial_text())),
        "{text}"
    );
}

/// `atcacert` of CryptoAuthLib (20260505, with its definitions of Trust&GO) made these of the same
/// slots: signer and device.
const BUILT_BY_MICROCHIPS_LIBRARY: [&str; 2] = [
    "6151b392669b251d160b7d74f2412e477eeb84faad42c2f6d91cf6fbc9d0b253",
    "918fb497a078aada2e0dda6d871c5ca75f26de696ab1c39b7265174578038813",
];

#[test]
fn rebuilt_certificates_are_those_that_microchips_library_built() {
    let (files, chain) = check(&mut board(94, ElementPreset::Configured)).unwrap();
    let rebuilt = [&chain.signer, &chain.device].map(|der| Sha256::of(der).to_string());
    assert_eq!(rebuilt, BUILT_BY_MICROCHIPS_LIBRARY);
    // Its licence is the reader's concern: see CONTRIBUTING.md.
    if let Some(python) = std::env::var_os("CRADLE_CRYPTOAUTHLIB") {
        let built = built_by_microchips_library(&python, &files);
        assert_eq!(built, [chain.signer, chain.device]);
    }
}

fn built_by_microchips_library(python: &OsStr, files: &ElementFiles) -> [Vec<u8>; 2] {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("serial", &files.serial[..]),
        ("eui48", &files.eui48),
        ("public_key", &files.public_key),
        ("device", &files.device),
        ("signer_key", &files.signer_key),
        ("signer", &files.signer),
        ("root_key", &root().public_key()[27..]),
    ] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let output = Command::new(python)
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/rebuild_with_cryptoauthlib.py"
        ))
        .arg(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "it cannot judge:\n{said}");
    ["signer.der", "device.der"].map(|name| fs::read(folder.path().join(name)).unwrap())
}
