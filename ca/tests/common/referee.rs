//! Programs that others wrote, asked what they think of our files.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{SystemTime, UNIX_EPOCH};

/// What a program said, and whether it was content.
pub(crate) struct Answer {
    pub(crate) ok: bool,
    pub(crate) text: String,
}

impl Answer {
    /// What it said, if it was content.
    #[track_caller]
    pub(crate) fn accepted(self) -> String {
        assert!(self.ok, "{}", self.text);
        self.text
    }
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        Self {
            ok: output.status.success(),
            text: String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr),
        }
    }
}

/// `openssl` with these arguments, in that directory.
pub(crate) fn openssl(dir: &Path, arguments: &str) -> Answer {
    let mut command = Command::new("openssl");
    command.args(arguments.split(' ')).current_dir(dir);
    command.output().unwrap().into()
}

/// Another program with these arguments, in that directory.
pub(crate) fn program(name: impl AsRef<std::ffi::OsStr>, dir: &Path, arguments: &str) -> Answer {
    let mut command = Command::new(name);
    command.args(arguments.split(' ')).current_dir(dir);
    command.output().unwrap().into()
}

/// A program of the Python environment that `cargo xtask test` makes; `None` outside of it.
pub(crate) fn python_program(name: &str) -> Option<std::path::PathBuf> {
    let python = std::env::var_os("CRADLE_PYTHON")?;
    Some(Path::new(&python).with_file_name(name))
}

/// `pkcs11-tool`, logged in to a token of that SoftHSM2.
pub(crate) fn pkcs11_tool(hsm: &super::SoftHsm, token: &str, arguments: &str) -> Answer {
    let mut command = Command::new("pkcs11-tool");
    command
        .env(cradle_ca::softhsm::CONFIG_VARIABLE, &hsm.config)
        .env("TEST_PIN", super::PIN)
        .arg("--module")
        .arg(&hsm.module)
        .args(["--token-label", token, "--login", "--pin", "env:TEST_PIN"])
        .args(arguments.split(' '));
    command.output().unwrap().into()
}

/// `softhsm2-util` with the usual PINs.
pub(crate) fn softhsm2_util(hsm: &super::SoftHsm, arguments: &str) -> Answer {
    let mut command = Command::new("softhsm2-util");
    command
        .env(cradle_ca::softhsm::CONFIG_VARIABLE, &hsm.config)
        .args(arguments.split(' '))
        .args(["--so-pin", super::SO_PIN, "--pin", super::PIN]);
    command.output().unwrap().into()
}

pub(crate) fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(now.as_millis()).unwrap()
}
