//! What a release for the ESP32-C3 consists of; `espsecure` signs the bootloader for the ROM.

#[path = "../driver_support/signed.rs"]
pub mod signed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

use cradle_procedure::profile::TargetProfile;

pub fn profile() -> TargetProfile {
    TargetProfile::parse(include_str!("../../../profiles/esp32c3.toml")).unwrap()
}

/// A file of the firmware that was built for this chip; the bootloader with its signature.
pub fn firmware(name: &str) -> Vec<u8> {
    match name {
        "bootloader.bin" => boot().bootloader.clone(),
        _ => fs::read(folder().join(name)).unwrap(),
    }
}

pub fn components() -> BTreeMap<String, Vec<u8>> {
    let table = firmware("partition-table.bin");
    BTreeMap::from([("partition-table".to_owned(), table)])
}

/// What has to be in the block of the boot key.
pub fn boot_key_digest() -> Vec<u8> {
    boot().digest.clone()
}

fn folder() -> PathBuf {
    let reference = env::var_os("CRADLE_FIRMWARE").expect("CRADLE_FIRMWARE");
    Path::new(&reference).with_file_name("esp32c3")
}

struct Boot {
    bootloader: Vec<u8>,
    digest: Vec<u8>,
}

fn boot() -> &'static Boot {
    static BOOT: OnceLock<Boot> = OnceLock::new();
    BOOT.get_or_init(|| {
        let work = tempfile::tempdir().unwrap();
        let espsecure = |arguments: &[&str]| {
            let python = env::var_os("CRADLE_PYTHON").expect("CRADLE_PYTHON");
            let mut command = Command::new(python);
            command.args(["-m", "espsecure"]).args(arguments);
            let output = command.current_dir(work.path()).output().unwrap();
            assert!(output.status.success(), "{arguments:?}: {output:?}");
        };
        fs::copy(folder().join("bootloader.bin"), work.path().join("plain")).unwrap();
        let rsa = ["--version", "2", "--scheme", "rsa3072"];
        espsecure(&[&["generate-signing-key"], &rsa[..], &["key"]].concat());
        let sign = ["sign-data", "--version", "2", "--keyfile", "key"];
        espsecure(&[&sign[..], &["--output", "signed", "plain"]].concat());
        let digest = ["digest-sbv2-public-key", "--keyfile", "key"];
        espsecure(&[&digest[..], &["--output", "digest"]].concat());
        Boot {
            bootloader: fs::read(work.path().join("signed")).unwrap(),
            digest: fs::read(work.path().join("digest")).unwrap(),
        }
    })
}
