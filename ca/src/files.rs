//! Files that others read while they are replaced: certificates and CRLs.

use std::fs::{self, File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use cradle_procedure::fault::{Code, Fault};
use der::pem::{self, LineEnding};

/// RFC 7468 §5.1.
const CERTIFICATE: &str = "CERTIFICATE";

/// Reads a PEM certificate; `None` if there is no such file. Returns DER.
///
/// # Errors
/// `CFG-02`; `CA-05` the file is not a PEM certificate.
pub(crate) fn read_certificate(path: &Path) -> Result<Option<Vec<u8>>, Fault> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, error)),
    };
    match pem::decode_vec(&text) {
        Ok((CERTIFICATE, der)) => Ok(Some(der)),
        _ => Err(Fault::new(
            Code::CaFileInvalid,
            format!("{}: not a PEM certificate", path.display()),
        )),
    }
}

/// Writes a certificate (DER) as PEM.
///
/// # Errors
/// `CFG-02`.
pub(crate) fn write_certificate(path: &Path, der: &[u8]) -> Result<(), Fault> {
    let text = pem::encode_string(CERTIFICATE, LineEnding::LF, der)
        .map_err(|error| failed(path, error))?;
    replace(path, text.as_bytes())
}

/// Puts the bytes in place of the file. At any time, also after a power cut, the file holds
/// either its old or its new content; the new one once this has returned.
///
/// # Errors
/// `CFG-02`.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    write(path, bytes).map_err(|error| failed(path, error))
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let dir = directory(path);
    fs::create_dir_all(dir)?;
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        // For all to read: that is what it is published for.
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The new name is durable only once its directory is.
    File::open(dir)?.sync_all()
}

/// The directory that holds the file.
pub(crate) fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}

pub(crate) fn failed(path: &Path, error: impl std::fmt::Display) -> Fault {
    Fault::new(Code::FileFailed, format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaced_file_is_readable_by_all_and_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/er/file");
        replace(&path, b"old").unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o644);
        assert_eq!(fs::read_dir(directory(&path)).unwrap().count(), 1);
    }

    #[test]
    fn file_that_is_no_certificate_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        assert_eq!(read_certificate(&path).unwrap(), None);
        fs::write(&path, "-----BEGIN NOTHING-----\n-----END NOTHING-----\n").unwrap();
        assert_eq!(
            read_certificate(&path).unwrap_err().code,
            Code::CaFileInvalid
        );
    }
}
