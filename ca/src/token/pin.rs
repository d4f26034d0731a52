//! A PIN: taken once, never shown, wiped when dropped.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use cradle_procedure::fault::{Code, Fault};
use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

/// Longest PIN taken, in bytes.
const MAX_BYTES: usize = 255;

/// A token's PIN.
#[derive(Clone)]
pub struct Pin(Arc<Zeroizing<Box<str>>>);

impl Pin {
    /// Takes a PIN that was prompted for or read from the environment. The text is wiped.
    ///
    /// # Errors
    /// `CFG-03` if it is empty or longer than 255 bytes.
    pub fn new(text: String) -> Result<Self, Fault> {
        let text = Zeroizing::new(text);
        if text.is_empty() || text.len() > MAX_BYTES {
            return Err(Fault::new(Code::InputInvalid, "PIN: empty or too long"));
        }
        Ok(Self(Arc::new(Zeroizing::new(text.as_str().into()))))
    }

    /// Reads the PIN from a file; one line end after it is not part of it.
    ///
    /// # Errors
    /// `CFG-02` the file cannot be read, or others than its owner can; `CFG-03` as
    /// [`Pin::new`].
    pub fn from_file(path: &Path) -> Result<Self, Fault> {
        let unusable = |why: &dyn fmt::Display| {
            Fault::new(
                Code::FileFailed,
                format!("PIN file {}: {why}", path.display()),
            )
        };
        let file = File::open(path).map_err(|error| unusable(&error))?;
        let mode = file
            .metadata()
            .map_err(|error| unusable(&error))?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            let mode = mode & 0o777;
            return Err(unusable(&format!(
                "others can read it (mode {mode:04o}); chmod 600 it"
            )));
        }
        // Room for the longest file taken, so that the buffer never grows and leaves a copy.
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * MAX_BYTES));
        file.take(MAX_BYTES as u64 + 3)
            .read_to_end(&mut bytes)
            .map_err(|error| unusable(&error))?;
        Self::new(first_line(&bytes)?.to_owned())
    }

    /// For one call into the module; wiped when dropped, as this is.
    pub(crate) fn auth(&self) -> AuthPin {
        AuthPin::from((**self.0).clone())
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(redacted)")
    }
}

/// The text without one line end.
fn first_line(bytes: &[u8]) -> Result<&str, Fault> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| Fault::new(Code::InputInvalid, "PIN: not UTF-8"))?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    Ok(line.strip_suffix('\r').unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn debug_never_shows_the_pin() {
        let pin = Pin::new("20261120".into()).unwrap();
        let config = super::super::TokenConfig::new("module.so".into(), "token".into(), pin);
        assert!(!format!("{config:?} {config:#?}").contains("20261120"));
    }

    #[test]
    fn file_that_others_can_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pin");
        fs::write(&path, "2026\n").unwrap();
        for (mode, good) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let read = Pin::from_file(&path);
            assert_eq!(read.is_ok(), good, "{mode:o}");
            if let Err(fault) = read {
                assert_eq!(fault.code, Code::FileFailed);
            }
        }
    }

    #[test]
    fn one_line_end_is_not_part_of_the_pin() {
        for text in ["2026", "2026\n", "2026\r\n"] {
            assert_eq!(first_line(text.as_bytes()).unwrap(), "2026");
        }
        assert_eq!(first_line(b"2026\n\n").unwrap(), "2026\n");
    }

    #[test]
    fn empty_and_overlong_pins_are_refused() {
        for text in [String::new(), "1".repeat(MAX_BYTES + 1)] {
            assert_eq!(Pin::new(text).unwrap_err().code, Code::InputInvalid);
        }
    }
}
