//! What a ceremony leaves behind, for the record of it.

use cradle_procedure::fault::Fault;
use cradle_procedure::ports::Signer as _;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{ROOT_CA_KEY, Tokens};
use crate::token::TokenIdentity;

/// What a ceremony left behind. Serialised, it holds nothing but public values: digests and names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ceremony {
    /// Labels of the keys that were made now. The others were there.
    pub keys_made: Vec<&'static str>,
    /// All keys of the line.
    pub keys: Vec<CeremonyKey>,
    /// The tokens that took part: the line's, and the root CA's if it has its own and signed.
    pub tokens: Vec<TokenIdentity>,
    /// Root CA certificate, DER.
    #[serde(skip)]
    pub root: Vec<u8>,
    /// Device issuing CA certificate, DER.
    #[serde(skip)]
    pub issuing: Vec<u8>,
    /// SHA-256 of the root CA certificate, hexadecimal.
    pub root_sha256: String,
    /// SHA-256 of the issuing CA certificate, hexadecimal.
    pub issuing_sha256: String,
}

/// One key of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CeremonyKey {
    /// Its label.
    pub label: &'static str,
    /// SHA-256 of its `SubjectPublicKeyInfo`, hexadecimal.
    pub spki_sha256: String,
}

impl Ceremony {
    pub(super) fn new(
        tokens: Tokens<'_>,
        identities: Vec<TokenIdentity>,
        keys_made: Vec<&'static str>,
        root: Vec<u8>,
        issuing: Vec<u8>,
        root_spki: &[u8],
    ) -> Result<Self, Fault> {
        let key = |label: &'static str, spki: &[u8]| CeremonyKey {
            label,
            spki_sha256: sha256(spki),
        };
        let mut keys = vec![key(ROOT_CA_KEY, root_spki)];
        let line = tokens.keys_of_line().iter();
        for label in line.filter(|label| **label != ROOT_CA_KEY) {
            keys.push(key(label, tokens.line.key(label)?.public_key()));
        }
        Ok(Self {
            keys_made,
            keys,
            tokens: identities,
            root_sha256: sha256(&root),
            issuing_sha256: sha256(&issuing),
            root,
            issuing,
        })
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
