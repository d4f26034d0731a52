//! Files written whole or not at all, and PEM.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use x509_cert::der::pem::{self, LineEnding};

/// Makes a folder and those above it.
///
/// # Errors
/// `CFG-02`.
pub(crate) fn make_folder(path: &Path) -> Result<(), Fault> {
    named(path, fs::create_dir_all(path))
}

/// Writes a file, readable by all, whole or not at all.
///
/// # Errors
/// `CFG-02`.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    replace(path, bytes, 0o644)
}

/// Writes a file that nobody but its owner can read.
///
/// # Errors
/// `CFG-02`.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    replace(path, bytes, 0o600)
}

/// Reads a file.
///
/// # Errors
/// `CFG-02`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    named(path, fs::read(path))
}

/// A `SubjectPublicKeyInfo` (DER) as PEM.
///
/// # Errors
/// `RUN-02` if it is no DER at all.
pub(crate) fn public_key_pem(spki: &[u8]) -> Result<String, Fault> {
    pem::encode_string("PUBLIC KEY", LineEnding::LF, spki).or_fault(Code::Internal)
}

/// A certificate (DER) as PEM.
///
/// # Errors
/// `RUN-02` as above.
pub(crate) fn certificate_pem(der: &[u8]) -> Result<String, Fault> {
    pem::encode_string("CERTIFICATE", LineEnding::LF, der).or_fault(Code::Internal)
}

/// Reads a PEM file with one `PUBLIC KEY`; gives DER.
///
/// # Errors
/// `CFG-02` it cannot be read or holds something else.
pub(crate) fn read_public_key(path: &Path) -> Result<Vec<u8>, Fault> {
    read_pem(path, "PUBLIC KEY")
}

/// Reads a PEM file with one `CERTIFICATE`; gives DER.
///
/// # Errors
/// As [`read_public_key`].
pub(crate) fn read_certificate(path: &Path) -> Result<Vec<u8>, Fault> {
    read_pem(path, "CERTIFICATE")
}

fn read_pem(path: &Path, wanted: &str) -> Result<Vec<u8>, Fault> {
    let text = read(path)?;
    match pem::decode_vec(&text) {
        Ok((label, der)) if label == wanted => Ok(der),
        Ok((label, _)) => refuse(path, &format!("it holds a {label}")),
        Err(error) => refuse(path, &error.to_string()),
    }
}

fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Fault> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    let temporary = Path::new(&temporary);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(mode);
    let mut file = named(temporary, options.open(temporary))?;
    named(temporary, file.write_all(bytes))?;
    named(temporary, file.sync_all())?;
    named(path, fs::rename(temporary, path))
}

fn named<T>(path: &Path, result: std::io::Result<T>) -> Result<T, Fault> {
    result.map_err(|error| Fault::new(Code::FileFailed, format!("{}: {error}", path.display())))
}

fn refuse<T>(path: &Path, why: &str) -> Result<T, Fault> {
    Err(Fault::new(
        Code::FileFailed,
        format!("{}: {why}", path.display()),
    ))
}
