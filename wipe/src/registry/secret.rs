//! What a registry is shown to let us in: from a file, never from the configuration itself.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use cradle_procedure::fault::{Code, Fault};
use zeroize::Zeroizing;

/// Longest secret, in bytes.
const LENGTH: u64 = 16 * 1024;

/// Reads a secret without the line end after it. `/dev/fd/N` is a file as well.
pub(super) fn read(path: &Path) -> Result<Zeroizing<String>, Fault> {
    let failed = |why: &dyn std::fmt::Display| {
        Fault::new(Code::FileFailed, format!("{}: {why}", path.display()))
    };
    let mut file = File::open(path).map_err(|error| failed(&error))?;
    let mode = file.metadata().map_err(|error| failed(&error))?.mode();
    if mode & 0o077 != 0 {
        return Err(failed(&"others can read it; it must be mode 0600"));
    }
    let mut text = Zeroizing::new(String::with_capacity(LENGTH as usize));
    file.by_ref()
        .take(LENGTH)
        .read_to_string(&mut text)
        .map_err(|error| failed(&error))?;
    let length = text.trim_end_matches(['\n', '\r']).len();
    text.truncate(length);
    if text.is_empty() {
        return Err(failed(&"it is empty"));
    }
    Ok(text)
}
