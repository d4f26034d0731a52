//! What is asked for, by whom, and what is said about the unit that no device can tell.

use std::str::FromStr;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{ProfileId, Serial};
use cradle_procedure::ports::RevocationReason;
use cradle_procedure::profile::TargetProfile;
use serde::{Deserialize, Serialize};

use crate::renewal::LastDocument;

/// An order to decommission one unit.
#[derive(Debug, Clone)]
pub struct Order {
    /// The unit, as on its label.
    pub serial: Serial,
    /// Why it is taken out of service.
    pub reason: Reason,
    /// Where its flash lies.
    pub target: Target,
    /// What the document says of the medium.
    pub media: Media,
    /// Sensitivity of what it held, where that is stated.
    pub classification: Classification,
    /// Whether its data was copied before.
    pub backup: Backup,
    /// Where it goes afterwards.
    pub destination: Destination,
    /// The program that does it.
    pub tool: Tool,
    /// Who wipes.
    pub sanitizer: Person,
    /// Who checks the result and answers for it.
    pub verifier: Person,
    /// A second person's word where the device cannot prove who it is.
    pub waiver: Option<Waiver>,
    /// Anything else the document should say; may be empty.
    pub notes: String,
    /// The document of the attempt before this one.
    pub replaces: Option<LastDocument>,
}

/// Why a unit is taken out of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It has served its time.
    EndOfLife,
    /// It came back for repair and leaves with a new identity, or not at all.
    RepairReturn,
    /// Its key may be known to others.
    Compromised,
    /// Nobody knows where it is: nothing can be wiped, only revoked.
    Lost,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::EndOfLife,
        Self::RepairReturn,
        Self::Compromised,
        Self::Lost,
    ];

    /// Stored and spoken text.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::EndOfLife => "end-of-life",
            Self::RepairReturn => "repair-return",
            Self::Compromised => "compromised",
            Self::Lost => "lost",
        }
    }

    /// What the CRL will give as the reason (RFC 5280 §5.3.1). The key of a lost unit may be in
    /// anybody's hands.
    #[must_use]
    pub const fn revocation(self) -> RevocationReason {
        match self {
            Self::EndOfLife | Self::RepairReturn => RevocationReason::CessationOfOperation,
            Self::Compromised | Self::Lost => RevocationReason::KeyCompromise,
        }
    }

    /// Whether the order is about the certificate first, whichever chip is at hand.
    pub(crate) const fn is_urgent(self) -> bool {
        matches!(self, Self::Compromised | Self::Lost)
    }
}

impl FromStr for Reason {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self, Fault> {
        let found = Self::ALL.into_iter().find(|reason| reason.text() == text);
        found.ok_or_else(|| Fault::new(Code::InputInvalid, format!("reason: {text:?}")))
    }
}

/// The chip family and the extent of its flash, from the target profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The profile; names the methods.
    pub profile: ProfileId,
    /// First address of main flash.
    pub flash_start: u32,
    /// Bytes of main flash.
    pub flash_length: u32,
}

impl From<&TargetProfile> for Target {
    fn from(profile: &TargetProfile) -> Self {
        Self {
            profile: profile.id.clone(),
            flash_start: profile.flash.start,
            flash_length: profile.flash_kib.saturating_mul(1024),
        }
    }
}

/// The medium (SP 800-88 Rev. 1 §4.8 and Appendix G).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Who made the unit.
    pub manufacturer: String,
    /// Its model.
    pub model: String,
    /// Number the owner gave it, if any.
    pub property_number: Option<String>,
    /// Kind of medium, such as `embedded NOR flash, 1 MiB`.
    pub media_type: String,
    /// Where it was in use: the user, site or system it came from.
    pub source: String,
}

/// Confidentiality category before and after, where the owner states one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classification {
    /// Of what it held.
    pub before: Option<String>,
    /// Of what it holds now.
    pub after: Option<String>,
}

/// Whether the data was copied before the wipe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "place")]
pub enum Backup {
    /// Yes, to this place.
    Kept(String),
    /// No.
    None,
    /// Nobody knows.
    Unknown,
}

/// Where the unit goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// What kind of place.
    pub kind: DestinationKind,
    /// Which one; may be empty.
    pub details: String,
}

/// Kinds of places a unit may go (SP 800-88 Rev. 1 Appendix G).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DestinationKind {
    /// Used again by the owner.
    InternalReuse,
    /// Used again by somebody else.
    ExternalReuse,
    /// Recycling.
    RecyclingFacility,
    /// Back to who made it.
    Manufacturer,
    /// Said in the details.
    Other,
}

/// A program and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
}

/// A person who answers for something in the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Name.
    pub name: String,
    /// Position or title.
    pub title: String,
    /// Organisation.
    pub organisation: String,
    /// Where it was done.
    pub place: String,
    /// Telephone, mail or other contact.
    pub contact: String,
}

/// A second person lets the work go on though the device cannot prove who it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// Who says so.
    pub person: Person,
    /// On what grounds.
    pub grounds: String,
}
