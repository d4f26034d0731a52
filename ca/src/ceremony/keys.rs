//! The keys of a production line, and which token each belongs on.

use cradle_procedure::curve::Curve;
use cradle_procedure::fault::{Code, Fault};

use crate::token::{Token, TokenStatus};

/// Label of the root CA's key.
pub const ROOT_CA_KEY: &str = "cradle-root-ca";
/// Label of the device issuing CA's key.
pub const ISSUING_CA_KEY: &str = "cradle-issuing-ca";
/// Label of the key that signs releases.
pub const RELEASE_KEY: &str = "cradle-release";
/// Label of the key that signs checkpoints of the audit log.
pub const AUDIT_KEY: &str = "cradle-audit";
/// Label of the key that signs certificates of sanitization.
pub const DOCUMENT_KEY: &str = "cradle-document";
/// Label of the key that orders a device to wipe itself.
pub const WIPE_KEY: &str = "cradle-wipe";
/// Label of the OCSP responder's key.
pub const OCSP_KEY: &str = "cradle-ocsp";

/// Label of the key that signs bootloaders, for products whose chip's ROM verifies them. Not
/// among [`KEYS`]: RSA-3072, and made only where the target profile asks for it.
pub const BOOT_KEY: &str = "cradle-boot";

/// Every key that the ceremony makes, the root CA's first.
pub const KEYS: [&str; 7] = [
    ROOT_CA_KEY,
    ISSUING_CA_KEY,
    RELEASE_KEY,
    AUDIT_KEY,
    DOCUMENT_KEY,
    WIPE_KEY,
    OCSP_KEY,
];

/// The tokens of a production line.
#[derive(Clone, Copy)]
pub struct Tokens<'a> {
    /// What the line works with every day.
    pub line: &'a Token,
    /// Opens the token that holds the root CA's key and nothing else, where there is one. It is
    /// opened only when the root CA has something to sign, and may be locked away otherwise.
    pub root: Option<&'a dyn Fn() -> Result<Token, Fault>>,
}

impl<'a> From<&'a Token> for Tokens<'a> {
    /// One token for everything.
    fn from(line: &'a Token) -> Self {
        Self { line, root: None }
    }
}

impl Tokens<'_> {
    /// The keys that belong on the line's token.
    #[must_use]
    pub fn keys_of_line(&self) -> &'static [&'static str] {
        match self.root {
            Some(_) => &KEYS[1..],
            None => &KEYS,
        }
    }

    /// The token with the root CA's key.
    pub(super) fn open_root(&self) -> Result<Token, Fault> {
        self.root
            .map_or_else(|| Ok(self.line.clone()), |open| open())
    }
}

/// The responder speaks for the CA, so its key is as strong. The other keys' signatures are read by
/// devices and by programs of formats of their own, which know P-256 only.
fn curve_of(label: &str, authorities: Curve) -> Curve {
    match label {
        ROOT_CA_KEY | ISSUING_CA_KEY | OCSP_KEY => authorities,
        _ => Curve::P256,
    }
}

/// Of these keys, those that are not there.
pub(super) fn missing(status: &TokenStatus, keys: &[&'static str]) -> Vec<&'static str> {
    let held = |label: &str| status.keys.iter().any(|key| key.label == label);
    keys.iter().copied().filter(|label| !held(label)).collect()
}

/// Makes those keys, the CAs' on that curve, and refuses the token if any key of a ceremony on it
/// is not sound.
pub(super) fn make(
    token: &Token,
    labels: &[&'static str],
    curve: Curve,
) -> Result<Vec<&'static str>, Fault> {
    let mut made = Vec::new();
    for label in labels {
        if token.ensure_key(label, curve_of(label, curve))? {
            made.push(*label);
        }
    }
    let status = token.status()?;
    for key in status.keys.iter().filter(|key| KEYS.contains(&&*key.label)) {
        if let Some(problem) = key.problems.first() {
            let detail = format!("{}: {problem}", key.label);
            return Err(Fault::new(Code::TokenKey, detail));
        }
    }
    Ok(made)
}
