//! What the window asks about releases.

use std::path::PathBuf;

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{ReleaseId, Sha256};
use cradle_procedure::release::Check;
use cradle_records::{Carrier, Component, Release};

use super::Pending;
use crate::two_people::{Second, Settled};

/// Releases on record, and the one in the station's folder.
pub trait Releases {
    /// All on record, newest first.
    fn releases(&self) -> Pending<ReleaseList>;

    /// Verifies the release in the station's folder, check by check.
    fn check_release(&self) -> Pending<ReleaseChecked>;

    /// Verifies it and puts it on record. `REL-09` if two people have not let its key in.
    fn import_release(&self) -> Pending<ReleaseId>;

    /// Lets the pinned release key in, which takes two people. Gives its digest.
    fn trust_release_key(&self, second: Option<Second>) -> Pending<Settled<Sha256>>;

    /// No more units get it.
    fn retire_release(&self, release: ReleaseId) -> Pending<ReleaseId>;

    /// What is inside, by name.
    fn components(&self, release: ReleaseId) -> Pending<Vec<Component>>;

    /// Units that carry a component, by serial number: in any version, or in one older than
    /// `below`.
    fn carriers(&self, component: String, below: Option<String>) -> Pending<Vec<Carrier>>;
}

/// Releases on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseList {
    /// Newest first.
    pub releases: Vec<Release>,
    /// The one that the station's units get until it is started again.
    pub in_use: ReleaseId,
}

/// The release in the station's folder, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseChecked {
    /// Where it is.
    pub folder: PathBuf,
    /// The checks that it passed, in order.
    pub passed: Vec<Check>,
    /// What it is, or why it is refused.
    pub verdict: Result<ReleaseFacts, Fault>,
}

/// What a release says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseFacts {
    /// Its name.
    pub id: ReleaseId,
    /// Anti-rollback counter that devices are raised to.
    pub minimum_version: u32,
    /// Digest of the manifest.
    pub manifest: Sha256,
    /// Digest of the release key.
    pub key: Sha256,
}
