//! SoftHSM2, the embedded token for benches without hardware.
//!
//! SoftHSM2 reads the path of its configuration from `SOFTHSM2_CONF`, once, when a process
//! initialises the module. [`configure`] makes a private token directory; then either the
//! process is started with `SOFTHSM2_CONF` set, or it calls [`select`] first thing in `main`.

use std::env;
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use cradle_procedure::fault::{Code, Fault};

/// Variable that names SoftHSM2's configuration.
pub const CONFIG_VARIABLE: &str = "SOFTHSM2_CONF";

/// Variable that names the module where it is not in a usual place.
pub const MODULE_VARIABLE: &str = "SOFTHSM2_MODULE";

/// Debian, Debian multiarch, Fedora, built from source.
const USUAL_PLACES: [&str; 5] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

/// The module: what `SOFTHSM2_MODULE` says, else where it usually is.
///
/// # Errors
/// `TOK-05` if it is in none of the usual places.
pub fn module() -> Result<PathBuf, Fault> {
    if let Some(chosen) = env::var_os(MODULE_VARIABLE) {
        return Ok(PathBuf::from(chosen));
    }
    (USUAL_PLACES.iter().map(PathBuf::from))
        .find(|path| path.is_file())
        .ok_or_else(|| {
            let detail = format!("SoftHSM2 is not installed; or set {MODULE_VARIABLE}");
            Fault::new(Code::TokenModule, detail)
        })
}

/// Writes `softhsm2.conf` into the directory, and makes the token directory `tokens` beside it,
/// both readable by this user only. Returns the path of the configuration. Tokens that are there
/// stay.
///
/// # Errors
/// `CFG-02` the directory cannot be written; `CFG-01` its path cannot stand in the configuration.
pub fn configure(dir: &Path) -> Result<PathBuf, Fault> {
    let failed = |path: &Path, error: std::io::Error| {
        Fault::new(Code::FileFailed, format!("{}: {error}", path.display()))
    };
    let dir = std::path::absolute(dir).map_err(|error| failed(dir, error))?;
    let tokens = dir.join("tokens");
    let text = configuration(&tokens)?;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&tokens)
        .and_then(|()| fs::set_permissions(&tokens, Permissions::from_mode(0o700)))
        .map_err(|error| failed(&tokens, error))?;
    let path = dir.join("softhsm2.conf");
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .and_then(|mut file| {
            file.set_permissions(Permissions::from_mode(0o600))?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .map_err(|error| failed(&path, error))?;
    Ok(path)
}

fn configuration(tokens: &Path) -> Result<String, Fault> {
    match tokens.to_str() {
        // Its format knows no quoting: `#` begins a comment, a line end ends the value.
        Some(path) if !path.contains(['#', '\n', '\r']) => Ok(format!(
            "directories.tokendir = {path}\n\
             objectstore.backend = file\n\
             log.level = ERROR\n\
             slots.removable = false\n"
        )),
        _ => Err(Fault::new(
            Code::ConfigInvalid,
            format!("token directory {tokens:?}: `#` and line ends cannot stand in it"),
        )),
    }
}

/// Makes this process use that configuration of SoftHSM2. To be called first thing in `main`,
/// before any thread is started and any module loaded; does nothing if the process was started
/// with it.
///
/// # Errors
/// `RUN-02` if the process has other threads already.
pub fn select(configuration: &Path) -> Result<(), Fault> {
    if env::var_os(CONFIG_VARIABLE).as_deref() == Some(configuration.as_os_str()) {
        return Ok(());
    }
    if threads()? != 1 {
        let detail = format!("too late to set {CONFIG_VARIABLE}: other threads run");
        return Err(Fault::new(Code::Internal, detail));
    }
    #[allow(unsafe_code)]
    // SAFETY: `set_var` is unsound only while another thread reads or writes the environment.
    // This is the only thread of the process, counted just now, and only it could start another.
    unsafe {
        env::set_var(CONFIG_VARIABLE, configuration);
    }
    Ok(())
}

/// Threads of this process (proc(5), `/proc/self/task`).
fn threads() -> Result<usize, Fault> {
    let tasks = fs::read_dir("/proc/self/task")
        .map_err(|error| Fault::new(Code::Internal, format!("/proc/self/task: {error}")))?;
    Ok(tasks.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn configuration_and_tokens_are_for_this_user_only() {
        let dir = tempfile::tempdir().unwrap();
        let config = configure(&dir.path().join("softhsm")).unwrap();
        assert_eq!(mode(&config), 0o600);
        assert_eq!(mode(&config.with_file_name("tokens")), 0o700);
        let again = configure(&dir.path().join("softhsm")).unwrap();
        assert_eq!(again, config);
    }

    #[test]
    fn path_that_would_be_cut_short_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let fault = configure(&dir.path().join("a#b")).unwrap_err();
        assert_eq!(fault.code, Code::ConfigInvalid);
    }

    #[test]
    fn select_is_refused_once_other_threads_run() {
        // The test runner has its own thread.
        let fault = select(Path::new("/somewhere/else")).unwrap_err();
        assert_eq!(fault.code, Code::Internal);
    }
}
