//! Document and signature in one file, checked without anything else but the public key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::Sha256;
use cradle_procedure::ports::{SealedDocument, Signer};
use cradle_procedure::signature::verifies;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::Document;

/// ECDSA P-256 with SHA-256 (RFC 7518 §3.4 name). The value is DER, as OpenSSL takes it.
const ALGORITHM: &str = "ES256";
/// A document of this size is not one of ours.
const MAX_BYTES: usize = 1 << 20;

/// A signed document and the bytes of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedDocument {
    document: Document,
    seal: Seal,
}

/// What signing gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seal {
    /// Of what was signed.
    pub(crate) digest: Sha256,
    /// The file.
    pub(crate) json: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    document: Value,
    signature: Signature,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    algorithm: String,
    /// `SubjectPublicKeyInfo` DER, base64.
    public_key: String,
    /// Over [`Document::canonical`], base64.
    value: String,
}

impl Document {
    /// Signs the document.
    ///
    /// # Errors
    /// `TOK-…` from the signer, or if what it gave does not verify.
    pub fn sign(&self, signer: &dyn Signer) -> Result<SignedDocument, Fault> {
        let seal = seal(self.to_value()?, signer)?;
        let document = self.clone();
        Ok(SignedDocument { document, seal })
    }
}

/// Signs a value with sorted keys.
pub(crate) fn seal(document: Value, signer: &dyn Signer) -> Result<Seal, Fault> {
    let message = serde_json::to_vec(&document).or_fault(Code::Internal)?;
    let signature = signer.sign(&message)?;
    if !verifies(signer.public_key(), &message, &signature) {
        let detail = "document key: the signature does not verify";
        return Err(Fault::new(Code::TokenFailed, detail));
    }
    let file = File {
        document,
        signature: Signature {
            algorithm: ALGORITHM.to_owned(),
            public_key: STANDARD.encode(signer.public_key()),
            value: STANDARD.encode(signature),
        },
    };
    Ok(Seal {
        digest: Sha256::of(&message),
        json: file.to_bytes()?,
    })
}

impl File {
    /// The one way to write it.
    fn to_bytes(&self) -> Result<Vec<u8>, Fault> {
        let mut json = serde_json::to_vec_pretty(self).or_fault(Code::Internal)?;
        json.push(b'\n');
        Ok(json)
    }
}

impl SignedDocument {
    /// One from the record, as it was signed (key as `SubjectPublicKeyInfo`, DER).
    ///
    /// # Errors
    /// `WIP-03`.
    pub fn from_record(sealed: SealedDocument, trusted_key: &[u8]) -> Result<Self, Fault> {
        let document = verify(&sealed.json, trusted_key)?;
        let seal = Seal {
            digest: document.digest()?,
            json: sealed.json,
        };
        Ok(Self { document, seal })
    }

    /// The document.
    #[must_use]
    pub const fn document(&self) -> &Document {
        &self.document
    }

    /// SHA-256 of [`Document::canonical`], as in the record, on the PDF and in its QR code.
    #[must_use]
    pub const fn digest(&self) -> Sha256 {
        self.seal.digest
    }

    /// As the record keeps it.
    #[must_use]
    pub fn sealed(&self) -> SealedDocument {
        SealedDocument {
            sha256: self.seal.digest,
            json: self.seal.json.clone(),
        }
    }

    /// The file: `SERIAL.json`.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        &self.seal.json
    }
}

/// Checks a document file against the key that is trusted (`SubjectPublicKeyInfo`, DER). Needs
/// no network and no station.
///
/// # Errors
/// `WIP-03`: not such a file, signed by another key, or altered.
pub fn verify(json: &[u8], trusted_key: &[u8]) -> Result<Document, Fault> {
    Document::from_verified(&open(json, trusted_key)?)
}

/// What was signed, if it was signed by the key that is trusted and not altered since.
pub(crate) fn open(json: &[u8], trusted_key: &[u8]) -> Result<Value, Fault> {
    if json.len() > MAX_BYTES {
        return Err(invalid("too large"));
    }
    let mut file: File = serde_json::from_slice(json).or_fault(Code::DocumentInvalid)?;
    file.document.sort_all_objects();
    // Two readers must not see two documents, as with a key given twice.
    if file.to_bytes()? != json {
        return Err(invalid("not written the way it was signed"));
    }
    if file.signature.algorithm != ALGORITHM {
        return Err(invalid("signature algorithm"));
    }
    if STANDARD.decode(&file.signature.public_key).ok().as_deref() != Some(trusted_key) {
        return Err(invalid("signed by a key that is not trusted"));
    }
    let signature = STANDARD
        .decode(&file.signature.value)
        .or_fault(Code::DocumentInvalid)?;
    let message = serde_json::to_vec(&file.document).or_fault(Code::DocumentInvalid)?;
    if !verifies(trusted_key, &message, &signature) {
        return Err(invalid("the signature does not verify"));
    }
    Ok(file.document)
}

fn invalid(detail: &str) -> Fault {
    Fault::new(Code::DocumentInvalid, detail)
}
