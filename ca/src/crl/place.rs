//! The files that relying parties fetch.

use std::fs::{self, File, OpenOptions};
use std::path::Path;

use cradle_procedure::fault::Fault;

use crate::files;

/// Waits for its turn to publish that CRL, among all threads and processes. The turn ends when
/// the file is dropped.
///
/// # Errors
/// `CFG-02`.
pub(crate) fn lock(path: &Path) -> Result<File, Fault> {
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    let lock = Path::new(&lock);
    let taken = fs::create_dir_all(files::directory(path)).and_then(|()| {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(lock)?;
        file.lock()?;
        Ok(file)
    });
    taken.map_err(|error| files::failed(lock, error))
}

/// Puts the list in its place and returns it as a relying party gets it.
///
/// # Errors
/// `CFG-02` it cannot be written, or what is read back differs.
pub(crate) fn publish(path: &Path, list: &[u8]) -> Result<Vec<u8>, Fault> {
    files::replace(path, list)?;
    let published = fs::read(path).map_err(|error| files::failed(path, error))?;
    if published != list {
        return Err(files::failed(
            path,
            "what was read back is not what was written",
        ));
    }
    Ok(published)
}
