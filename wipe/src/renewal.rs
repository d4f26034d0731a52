//! An attempt after others: what the last document said, and an order to go on from it.

use cradle_procedure::fault::Fault;
use cradle_procedure::ports::SealedDocument;

use crate::contents::Replaced;
use crate::document::{Document, Missing};
use crate::order::{Order, Target, Tool};
use crate::signed::verify;

/// A unit's last document, which stands until a better one takes its place.
#[derive(Debug, Clone)]
pub struct LastDocument {
    document: Document,
    replaced: Replaced,
}

impl LastDocument {
    /// Checks a document from the record with the document key (`SubjectPublicKeyInfo`, DER).
    ///
    /// # Errors
    /// `WIP-03`.
    pub fn open(sealed: &SealedDocument, key: &[u8]) -> Result<Self, Fault> {
        let document = verify(&sealed.json, key)?;
        let replaced = Replaced {
            number: document.contents().number.clone(),
            sha256: document.digest()?,
        };
        Ok(Self { document, replaced })
    }

    /// What it says.
    #[must_use]
    pub const fn document(&self) -> &Document {
        &self.document
    }

    /// The order to go on where it left off. Whoever was named in it stays named.
    #[must_use]
    pub fn go_on(self, target: Target, tool: Tool) -> Order {
        let contents = self.document.contents().clone();
        Order {
            serial: contents.unit.serial,
            reason: contents.reason,
            target,
            media: contents.media,
            classification: contents.classification,
            backup: contents.backup,
            destination: contents.destination,
            tool,
            sanitizer: contents.sanitizer.person,
            verifier: contents.verifier.person,
            waiver: contents.waiver,
            notes: contents.notes,
            replaces: Some(self),
        }
    }

    pub(crate) const fn name(&self) -> &Replaced {
        &self.replaced
    }

    /// Whether one that misses these parts would say nothing new.
    pub(crate) fn misses(&self, parts: &[Missing]) -> bool {
        let own = self.document.missing().iter().map(|it| &it.part);
        own.eq(parts.iter().map(|it| &it.part))
    }
}
