//! Batches: how many units of which release may be made, until when, and who answered for it.

mod approve;
mod load;
mod quota;
mod report;
mod request;
mod serials;
pub(crate) mod ticket;

use std::fmt;
use std::str::FromStr;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{BatchId, OperatorName, ProfileId, ReleaseId, Sha256};

pub(crate) use load::{load, load_uncounted, product_and_release};
pub(crate) use quota::raise as raise_quota;
pub use report::BatchReport;
pub(crate) use report::report;
pub use serials::SerialScheme;

/// What is asked for. Product, profile and manifest are those of the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchRequest {
    /// The batch's name.
    pub id: BatchId,
    /// Release on record that the units get.
    pub release: ReleaseId,
    /// How many units.
    pub quota: u32,
    /// Serial numbers for units whose label is not scanned.
    pub serials: SerialScheme,
    /// Last moment at which a unit may be made, in milliseconds since 1970-01-01 UTC.
    pub valid_until_ms: u64,
    /// Where they are made.
    pub site: String,
}

/// A batch on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its name.
    pub id: BatchId,
    /// Product name.
    pub product: String,
    /// Target profile.
    pub profile: ProfileId,
    /// Release its units get.
    pub release: ReleaseId,
    /// Digest of that release's manifest.
    pub manifest: Sha256,
    /// How many units.
    pub quota: u32,
    /// Units that got their certificate.
    pub used: u32,
    /// Units that passed (and were not decommissioned since).
    pub provisioned: u32,
    /// Units begun and not finished.
    pub in_progress: u32,
    /// Units set aside.
    pub quarantined: u32,
    /// Units out of the line to be mended.
    pub in_repair: u32,
    /// Serial numbers.
    pub serials: SerialScheme,
    /// Last moment at which a unit may be made, in milliseconds since 1970-01-01 UTC.
    pub valid_until_ms: u64,
    /// Where they are made.
    pub site: String,
    /// How far it has come.
    pub state: BatchState,
    /// Who asked for it.
    pub requested_by: OperatorName,
    /// Whether that was a security admin, whose name counts.
    pub requester_counts: bool,
    /// Who approved it, in order.
    pub approved_by: Vec<OperatorName>,
}

impl Batch {
    /// Units left in the quota.
    #[must_use]
    pub const fn left(&self) -> u32 {
        self.quota.saturating_sub(self.used)
    }

    /// Security admins who put their name to it.
    #[must_use]
    pub fn names(&self) -> usize {
        self.approved_by.len() + usize::from(self.requester_counts)
    }

    pub(crate) fn require_state(&self, state: BatchState) -> Result<(), Fault> {
        if self.state == state {
            return Ok(());
        }
        Err(Fault::new(
            Code::BatchState,
            format!("{} is {}, not {state}", self.id, self.state),
        ))
    }

    pub(crate) fn require_valid(&self, now_ms: u64) -> Result<(), Fault> {
        if now_ms <= self.valid_until_ms {
            return Ok(());
        }
        Err(Fault::new(Code::BatchExpired, &self.id))
    }
}

/// How far a batch has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchState {
    /// Asked for.
    Draft,
    /// Two security admins put their name to it.
    Approved,
    /// Units are made of it.
    Open,
    /// For now no units are made of it.
    Paused,
    /// Over.
    Closed,
}

impl BatchState {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [
        Self::Draft,
        Self::Approved,
        Self::Open,
        Self::Paused,
        Self::Closed,
    ];

    /// Stored and spoken text.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved => "approved",
            Self::Open => "open",
            Self::Paused => "paused",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for BatchState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl FromStr for BatchState {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self, Fault> {
        Self::ALL
            .into_iter()
            .find(|state| state.text() == text)
            .ok_or_else(|| Fault::new(Code::InputInvalid, format!("batch state: {text:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_text_reads_back() {
        for state in BatchState::ALL {
            assert_eq!(state.text().parse::<BatchState>().unwrap(), state);
        }
    }
}
