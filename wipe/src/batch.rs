//! One document over many units: what became of each, and which certificate says so.

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::{Serial, Sha256, Uid};
use cradle_procedure::ports::Signer;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::{Document, Status};
use crate::methods::Method;
use crate::order::{Person, Tool};
use crate::signed::{self, Seal};
use crate::time::{utc, utc_compact};

/// Name and version of the format.
const FORMAT: &str = "cradle-batch-of-sanitizations/1";

/// A list of units that were to be taken out of service, and what became of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchDocument {
    format: String,
    /// Number of this document.
    pub number: String,
    /// When it was made: ISO 8601, UTC.
    pub issued_at: String,
    /// SHA-256 of the list as it was handed in.
    pub list_sha256: Sha256,
    /// Each unit of the list, in its order.
    pub units: Vec<BatchLine>,
    /// What did it.
    pub tool: Tool,
    /// Who answers for it.
    pub sanitizer: Person,
}

/// One unit of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchLine {
    /// The unit.
    pub serial: Serial,
    /// Its chip.
    pub uid: Uid,
    /// Its certificate of sanitization; `None`: nothing was done yet.
    pub certificate: Option<BatchCertificate>,
}

/// A certificate of sanitization, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchCertificate {
    /// Number.
    pub number: String,
    /// Digest.
    pub sha256: Sha256,
    /// Whether everything is proven.
    pub status: Status,
    /// Class of the wipe, where it is proven.
    pub method: Option<Method>,
    /// Parts that are missing.
    pub missing: Vec<String>,
}

impl BatchLine {
    /// A unit with its last document, if there is one.
    ///
    /// # Errors
    /// `RUN-02`.
    pub fn new(serial: Serial, uid: Uid, document: Option<&Document>) -> Result<Self, Fault> {
        let certificate = document.map(BatchCertificate::of).transpose()?;
        Ok(Self {
            serial,
            uid,
            certificate,
        })
    }

    /// Whether this unit is out of service for good.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let certificate = self.certificate.as_ref();
        certificate.is_some_and(|it| it.status == Status::Complete)
    }
}

impl BatchCertificate {
    fn of(document: &Document) -> Result<Self, Fault> {
        let missing = document.missing().iter().map(|it| it.part.clone());
        Ok(Self {
            number: document.contents().number.clone(),
            sha256: document.digest()?,
            status: document.status(),
            method: document.contents().method,
            missing: missing.collect(),
        })
    }
}

impl BatchDocument {
    /// The document over a list (its bytes), made at `now_ms`.
    #[must_use]
    pub fn new(
        list: &[u8],
        units: Vec<BatchLine>,
        tool: Tool,
        sanitizer: Person,
        now_ms: u64,
    ) -> Self {
        let list_sha256 = Sha256::of(list);
        let name = list_sha256.to_string();
        Self {
            format: FORMAT.to_owned(),
            number: format!("B-{}-{}", &name[..8], utc_compact(now_ms)),
            issued_at: utc(now_ms),
            list_sha256,
            units,
            tool,
            sanitizer,
        }
    }

    /// How many units are out of service for good.
    #[must_use]
    pub fn complete(&self) -> usize {
        self.units.iter().filter(|unit| unit.is_complete()).count()
    }

    /// Whether all of them are.
    #[must_use]
    pub fn status(&self) -> Status {
        if self.complete() == self.units.len() {
            Status::Complete
        } else {
            Status::Pending
        }
    }

    /// Signs it.
    ///
    /// # Errors
    /// `TOK-…`.
    pub fn sign(&self, signer: &dyn Signer) -> Result<SignedBatch, Fault> {
        let seal = signed::seal(self.to_value()?, signer)?;
        let document = self.clone();
        Ok(SignedBatch { document, seal })
    }

    fn to_value(&self) -> Result<Value, Fault> {
        let mut value = serde_json::to_value(self).or_fault(Code::Internal)?;
        value.sort_all_objects();
        Ok(value)
    }
}

/// A signed batch document and the bytes of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBatch {
    document: BatchDocument,
    seal: Seal,
}

impl SignedBatch {
    /// The document.
    #[must_use]
    pub const fn document(&self) -> &BatchDocument {
        &self.document
    }

    /// SHA-256 of what was signed, as on the PDF and in its QR code.
    #[must_use]
    pub const fn digest(&self) -> Sha256 {
        self.seal.digest
    }

    /// The file.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        &self.seal.json
    }
}

/// Checks a batch document's file against the key that is trusted (`SubjectPublicKeyInfo`, DER).
///
/// # Errors
/// `WIP-03`: not such a file, signed by another key, or altered.
pub fn verify_batch(json: &[u8], trusted_key: &[u8]) -> Result<BatchDocument, Fault> {
    let value = signed::open(json, trusted_key)?;
    let document = BatchDocument::deserialize(&value).or_fault(Code::DocumentInvalid)?;
    if document.format != FORMAT {
        return Err(Fault::new(Code::DocumentInvalid, document.format));
    }
    Ok(document)
}
