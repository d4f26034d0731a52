//! The certificate of sanitization: contents, and a status that only proofs can make complete.

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::Sha256;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contents::Contents;
use crate::proofs::{Open, Proofs};

/// Name and version of the format.
const FORMAT: &str = "cradle-certificate-of-sanitization/1";

/// A certificate of sanitization. `complete` cannot be had without every proof: this crate makes
/// one only from all of them, and [`crate::verify`] gives back only what was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Document {
    format: String,
    status: Status,
    missing: Vec<Missing>,
    #[serde(flatten)]
    contents: Contents,
}

/// Whether everything that has to be proven is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Wiped, checked blank, revoked, and forgotten by every registry.
    Complete,
    /// Something is missing.
    Pending,
}

/// One thing that keeps a document from being complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The part's stable name.
    pub part: String,
    /// Why it is missing.
    pub why: String,
}

impl Document {
    /// Everything is proven.
    pub(crate) fn complete(contents: Contents, _: Proofs) -> Self {
        Self::new(Status::Complete, Vec::new(), contents)
    }

    /// Something is missing.
    pub(crate) fn pending(contents: Contents, open: &[Open]) -> Self {
        let missing = open.iter().map(|open| Missing {
            part: open.part.clone(),
            why: open.fault.to_string(),
        });
        Self::new(Status::Pending, missing.collect(), contents)
    }

    fn new(status: Status, missing: Vec<Missing>, contents: Contents) -> Self {
        Self {
            format: FORMAT.to_owned(),
            status,
            missing,
            contents,
        }
    }

    /// Whether everything is proven.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// What keeps it from being complete.
    #[must_use]
    pub fn missing(&self) -> &[Missing] {
        &self.missing
    }

    /// What it says.
    #[must_use]
    pub const fn contents(&self) -> &Contents {
        &self.contents
    }

    /// The bytes that are hashed and signed: JSON with sorted keys and no white space
    /// (RFC 8785; there are no fractions and only ASCII keys, so sorting is all it takes).
    ///
    /// # Errors
    /// `RUN-02`.
    pub fn canonical(&self) -> Result<Vec<u8>, Fault> {
        serde_json::to_vec(&self.to_value()?).or_fault(Code::Internal)
    }

    /// SHA-256 of [`Self::canonical`].
    ///
    /// # Errors
    /// `RUN-02`.
    pub fn digest(&self) -> Result<Sha256, Fault> {
        Ok(Sha256::of(&self.canonical()?))
    }

    pub(crate) fn to_value(&self) -> Result<Value, Fault> {
        let mut value = serde_json::to_value(self).or_fault(Code::Internal)?;
        value.sort_all_objects();
        Ok(value)
    }

    /// Reads a document back. Whoever calls has verified its signature.
    pub(crate) fn from_verified(value: &Value) -> Result<Self, Fault> {
        let stored: Stored = Stored::deserialize(value).or_fault(Code::DocumentInvalid)?;
        let consistent = match stored.status {
            Status::Complete => stored.missing.is_empty(),
            Status::Pending => !stored.missing.is_empty(),
        };
        if stored.format != FORMAT || !consistent {
            let detail = format!("format {:?}, status {:?}", stored.format, stored.status);
            return Err(Fault::new(Code::DocumentInvalid, detail));
        }
        Ok(Self::new(stored.status, stored.missing, stored.contents))
    }
}

/// The stored form. Private, so that reading text cannot make a [`Document`].
#[derive(Deserialize)]
struct Stored {
    format: String,
    status: Status,
    missing: Vec<Missing>,
    #[serde(flatten)]
    contents: Contents,
}
