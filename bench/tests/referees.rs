//! Programs that share nothing with ours judge images and attestations. `cargo xtask test` brings
//! them; `CRADLE_PYTHON` names another Python that has cbor2, cryptography and imgtool.
#![allow(clippy::panic, clippy::unwrap_used)]

mod driver_support;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cradle_procedure::ports::Device;
use cradle_protocol::message::DeviceState;
use driver_support::element::{ready_for_a_key, wipe_authority, with_element};
use driver_support::signed::{Key, certificate, device_spki};
use driver_support::unit::{COUNTER, board_with, root};
use driver_support::{Setup, firmware};

fn python() -> PathBuf {
    std::env::var_os("CRADLE_PYTHON")
        .unwrap_or_else(|| "python3".into())
        .into()
}

/// Runs `arguments` under that Python; it must be able to start.
fn judge(arguments: &[OsString]) -> Output {
    let output = Command::new(python()).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !said.contains("No module named"),
        "{} cannot judge; `cargo xtask test` brings what it needs:\n{said}",
        python().display()
    );
    output
}

fn imgtool(arguments: &[&str], files: &[&Path]) -> Output {
    let start = ["-c", "from imgtool.main import imgtool; imgtool()"];
    let all = start.iter().chain(arguments).map(OsString::from);
    judge(
        &all.chain(files.iter().map(|file| file.as_os_str().to_owned()))
            .collect::<Vec<_>>(),
    )
}

fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr]
        .map(String::from_utf8_lossy)
        .concat()
}

fn put(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn imgtool_accepts_our_image_and_refuses_it_altered_or_under_another_key() {
    let folder = tempfile::tempdir().unwrap();
    let image = root().image(&firmware("application.bin"), COUNTER);
    let good = put(&folder, "good.bin", &image);
    let mut bytes = image;
    bytes[0x1234] ^= 1;
    let altered = put(&folder, "altered.bin", &bytes);
    let key = put(&folder, "key.pem", root().public_pem().as_bytes());
    let other = Key::new(0x77).public_pem();
    let other = put(&folder, "other.pem", other.as_bytes());
    let verdict = |key: &Path, image: &Path| {
        let key = key.to_str().unwrap();
        imgtool(&["verify", "--key", key], &[image])
    };
    let accepted = verdict(&key, &good);
    assert!(accepted.status.success(), "{}", said(&accepted));
    assert!(said(&accepted).contains("1.2.3"), "{}", said(&accepted));
    assert!(!verdict(&key, &altered).status.success());
    assert!(!verdict(&other, &good).status.success());
}

/// As a product team signs: `imgtool sign` with the whole public key in the image.
#[test]
fn our_bootloader_boots_what_imgtool_signed() {
    let folder = tempfile::tempdir().unwrap();
    let payload = put(&folder, "application.bin", &firmware("application.bin"));
    let key = put(&folder, "key.pem", root().private_pem().as_bytes());
    let signed = folder.path().join("signed.bin");
    let counter = COUNTER.to_string();
    let key = key.to_str().unwrap();
    let arguments = [
        "sign",
        "--key",
        key,
        "--public-key-format",
        "full",
        "--version",
        "1.2.3+4",
        "--header-size",
        "0x200",
        "--pad-header",
        "--align",
        "4",
        "--slot-size",
        "0x60000",
        "--rom-fixed",
        "0x08020000",
        "--security-counter",
        &counter,
    ];
    let output = imgtool(&arguments, &[&payload, &signed]);
    assert!(output.status.success(), "{}", said(&output));
    let mut setup = board_with(41, &fs::read(signed).unwrap(), COUNTER);
    setup.device.run().unwrap();
    let (_, state) = setup.device.ask_identity().unwrap();
    assert_eq!(state, DeviceState::Operational);
}

/// A unit with a key and a certificate, and the key.
fn unit() -> (Setup, Vec<u8>) {
    let image = root().image(&firmware("application.bin"), COUNTER);
    let mut setup = board_with(42, &image, COUNTER);
    let device: &mut dyn Device = &mut *setup.device;
    device
        .start_provisioner(&firmware("provisioner.elf"))
        .unwrap();
    let key = device.make_key().unwrap();
    let wipe = Key::new(0x22).public();
    device.store_credentials(&certificate(&key), &wipe).unwrap();
    device.run().unwrap();
    device.ask_identity().unwrap();
    (setup, device_spki(&key))
}

fn attestation_verdict(key: &Path, nonce: &str, statement: &Path) -> Output {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tools/attestation_verify.py"
    );
    let arguments = [
        script.into(),
        "--key".into(),
        key.into(),
        "--nonce".into(),
        nonce.into(),
        statement.into(),
    ];
    judge(&arguments)
}

#[test]
fn a_foreign_cbor_reader_verifies_what_a_secure_element_signed() {
    let folder = tempfile::tempdir().unwrap();
    let mut setup = ready_for_a_key(with_element(43));
    let device = &mut *setup.device;
    let key = device.make_key().unwrap();
    device
        .store_credentials(&certificate(&key), &wipe_authority().public())
        .unwrap();
    device.run().unwrap();
    device.ask_identity().unwrap();
    let statement = put(&folder, "statement", &device.attest(&[0x42; 32]).unwrap());
    let own = put(&folder, "key.der", &device_spki(&key));
    let other = put(&folder, "other.der", &Key::new(0x77).spki());
    let nonce = "42".repeat(32);
    let accepted = attestation_verdict(&own, &nonce, &statement);
    assert!(accepted.status.success(), "{}", said(&accepted));
    let refused = attestation_verdict(&other, &nonce, &statement);
    assert!(!refused.status.success());
}

#[test]
fn a_foreign_cbor_reader_verifies_what_a_unit_attests() {
    let folder = tempfile::tempdir().unwrap();
    let (mut setup, spki) = unit();
    let nonce = [0x42; 32];
    let statement = setup.device.attest(&nonce).unwrap();
    let key = put(&folder, "key.der", &spki);
    let other = put(&folder, "other.der", &Key::new(0x77).spki());
    let good = put(&folder, "good", &statement);
    let mut bytes = statement;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let altered = put(&folder, "altered", &bytes);
    let verdict = attestation_verdict;
    let nonce = "42".repeat(32);
    let accepted = verdict(&key, &nonce, &good);
    assert!(accepted.status.success(), "{}", said(&accepted));
    let claims = said(&accepted);
    for claim in [
        format!("\"10\": \"{nonce}\""),
        "\"271\": [\"1.2.3\",".to_owned(),
        format!("\"-65540\": \"{}\"", root().hash()),
        format!("\"-65542\": {COUNTER}"),
        "\"-65546\": true".to_owned(),
    ] {
        assert!(claims.contains(&claim), "{claim} is not in {claims}");
    }
    assert!(!verdict(&key, &nonce, &altered).status.success());
    assert!(!verdict(&other, &nonce, &good).status.success());
    assert!(!verdict(&key, &"43".repeat(32), &good).status.success());
}
