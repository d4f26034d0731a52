//! What can be asked for, and who may ask and approve.

use std::fmt;
use std::str::FromStr;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::role::Permission;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// A larger quota of a batch. Terms: `{"quota": N}`; in force with the approval.
    RaiseQuota,
    /// To retire a unit that cannot authenticate itself, or whose wipe cannot be proven.
    WipeWaiver,
    /// To make or replace keys on a token.
    KeyCeremony,
    /// To trust another release key.
    ImportReleaseKey,
    /// To make, promote, let in again or give a new way in to an account that can stand in as
    /// second person.
    ChangePerson,
    /// To revoke a certificate by hand, with no unit taken out of service.
    RevokeCertificate,
}

impl RequestKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::RaiseQuota,
        Self::WipeWaiver,
        Self::KeyCeremony,
        Self::ImportReleaseKey,
        Self::ChangePerson,
        Self::RevokeCertificate,
    ];

    /// Stored and spoken text.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::RaiseQuota => "raise-quota",
            Self::WipeWaiver => "wipe-waiver",
            Self::KeyCeremony => "key-ceremony",
            Self::ImportReleaseKey => "import-release-key",
            Self::ChangePerson => "change-person",
            Self::RevokeCertificate => "revoke-certificate",
        }
    }

    /// What asking for it needs, and what approving it needs.
    #[must_use]
    pub const fn needs(self) -> (&'static [Permission], &'static [Permission]) {
        match self {
            Self::RaiseQuota => (&[Permission::Approve], &[Permission::Approve]),
            Self::WipeWaiver => (
                &[Permission::Decommission],
                &[Permission::WitnessDecommission],
            ),
            Self::KeyCeremony => (&[Permission::ManageAuthority], &[Permission::Approve]),
            Self::ImportReleaseKey => (&[Permission::ImportRelease], &[Permission::Approve]),
            Self::ChangePerson => (&[Permission::ManagePeople], &[Permission::ConfirmPeople]),
            Self::RevokeCertificate => (&[Permission::ManageAuthority], &[Permission::Approve]),
        }
    }
}

impl fmt::Display for RequestKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl FromStr for RequestKind {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self, Fault> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.text() == text)
            .ok_or_else(|| Fault::new(Code::InputInvalid, format!("request: {text:?}")))
    }
}
