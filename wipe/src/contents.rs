//! What a certificate of sanitization says, short of whether it is complete.
//!
//! The fields are those of SP 800-88 Rev. 1 §4.8 and its sample form (Appendix G), which Rev. 2
//! §4.6 keeps, and what a certificate-bearing device needs on top: identity, revocation, and an
//! outcome for each part.

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{BatchId, OperatorName, Serial, Sha256, Uid};
use cradle_procedure::ports::{HandOver, RevocationReason};
use cradle_procedure::step::Verification;
use serde::{Deserialize, Serialize};

use crate::methods::Method;
use crate::order::{Backup, Classification, Destination, Media, Person, Reason, Tool, Waiver};
use crate::time::utc;

/// The body of the document. Times are ISO 8601 in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Number of this document.
    pub number: String,
    /// When it was made.
    pub issued_at: String,
    /// What its terms mean.
    pub standard: String,
    /// Why the unit was taken out of service.
    pub reason: Reason,
    /// Which unit.
    pub unit: Unit,
    /// The medium.
    pub media: Media,
    /// Confidentiality category before and after, where given.
    pub classification: Classification,
    /// Whether the data was copied before.
    pub backup: Backup,
    /// Weakest class of all erased parts; `None` when the wipe as a whole is not proven.
    pub method: Option<Method>,
    /// What did it.
    pub tool: Tool,
    /// Each part with its own outcome.
    pub parts: Vec<Part>,
    /// What no method reaches, and why it does no harm.
    pub remains: Vec<Remains>,
    /// Evidence that the certificate is revoked.
    pub revocation: Option<RevocationEvidence>,
    /// Registries that confirmed that they forgot the unit.
    pub registries: Vec<RegistryConfirmation>,
    /// Every time the unit changed hands until then, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub custody: Vec<Custody>,
    /// Where the unit goes.
    pub destination: Destination,
    /// Who wiped.
    pub sanitizer: Statement,
    /// Who checked.
    pub verifier: Statement,
    /// A second person's word that stood in for the device's proof of identity.
    pub waiver: Option<Waiver>,
    /// Anything else; may be empty.
    pub notes: String,
    /// The document that this one takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Replaced>,
}

/// An earlier document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// Its number.
    pub number: String,
    /// Its digest.
    pub sha256: Sha256,
}

/// Which unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Serial number on its label.
    pub serial: Serial,
    /// Chip identifier.
    pub uid: Uid,
    /// Product name.
    pub product: String,
    /// Batch it was made in.
    pub batch: BatchId,
    /// Serial number of its certificate, hexadecimal.
    pub certificate: Option<String>,
}

/// What became of one part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Stable name: that of the step, or `deregister:` and the registry.
    pub id: String,
    /// Spoken name.
    pub name: String,
    /// How it ended.
    pub outcome: PartOutcome,
    /// What the erasure is worth; `None` if nothing was erased.
    pub method: Option<Method>,
    /// How it is done.
    pub technique: String,
    /// How the result was verified.
    pub verification: Option<Verification>,
    /// What exactly was found.
    pub detail: String,
    /// Stable code of the fault, unless done.
    pub code: Option<String>,
    /// Start.
    pub started_at: String,
    /// End.
    pub ended_at: String,
}

/// How a part ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartOutcome {
    /// Done and verified as stated.
    Done,
    /// Tried, and not done or not verified.
    Failed,
    /// Not tried, for the reason given.
    NotDone,
}

/// Something that stays on the unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remains {
    /// What.
    pub what: String,
    /// Why it does no harm.
    pub why_harmless: String,
}

/// Evidence of a revocation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationEvidence {
    /// Serial number of the certificate, hexadecimal.
    pub certificate: String,
    /// Reason given to the CA.
    pub reason: RevocationReason,
    /// Number of the CRL that holds it (RFC 5280 §5.2.3), decimal.
    pub crl_number: Option<String>,
    /// When that CRL was issued.
    pub crl_issued_at: String,
    /// SHA-256 of that CRL (DER) as it was read back.
    pub crl_sha256: Sha256,
}

/// A registry's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryConfirmation {
    /// Which registry.
    pub registry: String,
    /// What it answered.
    pub evidence: String,
}

/// One time that the unit changed hands: both people were signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Custody {
    /// When.
    pub at: String,
    /// Who gave it.
    pub giver: Holder,
    /// Who had it from then on.
    pub receiver: Holder,
    /// Where.
    pub place: String,
    /// Seal number, condition, or anything else; may be empty.
    pub note: String,
}

/// Somebody who had the unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Account at the station.
    pub name: OperatorName,
    /// Session in which it was given or taken, as in the audit log.
    pub session: u64,
}

impl From<&HandOver> for Custody {
    fn from(it: &HandOver) -> Self {
        let holder = |name: &OperatorName, session| Holder {
            name: name.clone(),
            session,
        };
        Self {
            at: utc(it.at_ms),
            giver: holder(&it.giver, it.giver_session),
            receiver: holder(&it.receiver, it.receiver_session),
            place: it.place.clone(),
            note: it.note.clone(),
        }
    }
}

/// A person and when they did their part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Who.
    pub person: Person,
    /// When; `None` when there was nothing to do it on.
    pub date: Option<String>,
}

impl Part {
    /// Says that the part ended badly.
    pub(crate) fn spoil(&mut self, outcome: PartOutcome, fault: &Fault) {
        self.outcome = outcome;
        self.detail = fault.to_string();
        self.code = Some(fault.code.id().to_owned());
    }
}
