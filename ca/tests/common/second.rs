//! The tests over another PKCS#11 module than SoftHSM2: `docs/pkcs11.md` says how to choose one.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cradle_ca::token::TokenConfig;

use super::{PIN, pin};

const MODULE: &str = "CRADLE_TEST_MODULE";
const TOKEN: &str = "CRADLE_TEST_TOKEN";
const USER_PIN: &str = "CRADLE_TEST_PIN";
const ARGUMENTS: &str = "CRADLE_TEST_ARGUMENTS";

/// The token that the environment names; else, in the binary `second_module`, one of NSS; else
/// none: SoftHSM2 it is. In the binary `p384` always, because the keys that a token for all tests
/// holds are on P-256.
pub(crate) fn token() -> Option<TokenConfig> {
    if module_path!().starts_with("p384") {
        return None;
    }
    match env::var_os(MODULE) {
        Some(module) => Some(named(module.into())),
        None if module_path!().starts_with("second_module") => Some(nss()),
        None => None,
    }
}

fn named(module: PathBuf) -> TokenConfig {
    let told =
        |name: &str| env::var(name).unwrap_or_else(|_| panic!("{MODULE} is set, {name} is not"));
    let mut config = TokenConfig::new(module, told(TOKEN), pin(&told(USER_PIN)));
    config.arguments = env::var(ARGUMENTS).ok();
    config
}

/// A database of NSS for this process. Its module takes arguments, has its own way to log in, and
/// shares no code with SoftHSM2.
fn nss() -> TokenConfig {
    let own = format!("nss-{}", std::process::id());
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(own);
    if !dir.exists() {
        make_nss_database(&dir);
    }
    let module = nss_module().expect("libsoftokn3.so (package libnss3) is nowhere to be found");
    let mut config = TokenConfig::new(module, "cradle-nss".to_owned(), pin(PIN));
    config.arguments = Some(format!(
        "configdir='sql:{}' certPrefix='' keyPrefix='' secmod='secmod.db' flags= \
         dbTokenDescription='cradle-nss' dbSlotDescription='cradle-nss'",
        dir.display()
    ));
    config
}

/// Several threads may come here at once: each makes one, the first to be done is the one.
fn make_nss_database(dir: &Path) {
    let making = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let password = making.path().join("password");
    fs::write(&password, PIN).unwrap();
    let mut certutil = Command::new("certutil");
    certutil.arg("-N").arg("-f").arg(&password);
    certutil
        .arg("-d")
        .arg(format!("sql:{}", making.path().display()));
    let done = certutil.output().expect("certutil (package libnss3-tools)");
    assert!(done.status.success(), "{done:?}");
    fs::remove_file(&password).unwrap();
    // Fails if another thread was first.
    let _ = fs::rename(making.path(), dir);
}

fn nss_module() -> Option<PathBuf> {
    let triplet = format!("/usr/lib/{}-linux-gnu", env::consts::ARCH);
    let places = [triplet.as_str(), "/usr/lib64", "/usr/lib"];
    let files = places.map(|place| Path::new(place).join("libsoftokn3.so"));
    files.into_iter().find(|file| file.exists())
}
