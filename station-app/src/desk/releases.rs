//! Releases: what is on record, and the one in the station's folder.

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{ReleaseId, Sha256};
use cradle_procedure::release::{Check, VerifiedRelease};
use cradle_procedure::role::Permission;
use cradle_records::{Carrier, Component, Session};

use super::{Desk, Shared};
use crate::gui::backend::{Pending, ReleaseChecked, ReleaseFacts, ReleaseList, Releases};
use crate::two_people::{Second, Settled, settle};
use crate::{files, release_folder};

impl Releases for Desk {
    fn releases(&self) -> Pending<ReleaseList> {
        self.ask(&self.reader, |desk, session| {
            Ok(ReleaseList {
                releases: desk.station.store().releases(session)?,
                in_use: desk.station.release().id()?,
            })
        })
    }

    fn check_release(&self) -> Pending<ReleaseChecked> {
        self.ask(&self.clerk, |desk, session| {
            session.role().require(Permission::ReadRecords)?;
            let mut passed = Vec::new();
            let verdict = desk.folder_release(&mut |check| passed.push(check));
            Ok(ReleaseChecked {
                folder: desk.station.config().release.folder.clone(),
                verdict: verdict.and_then(|release| facts(&release)),
                passed,
            })
        })
    }

    fn import_release(&self) -> Pending<ReleaseId> {
        self.ask(&self.clerk, |desk, session| {
            let release = desk.folder_release(&mut |_| ())?;
            let release = release_folder::for_the_record(&release)?;
            let id = release.id.clone();
            desk.station.store().import_release(session, release)?;
            Ok(id)
        })
    }

    fn trust_release_key(&self, second: Option<Second>) -> Pending<Settled<Sha256>> {
        self.ask(&self.clerk, move |desk, session| {
            desk.trust_release_key(session, second.as_ref())
        })
    }

    fn retire_release(&self, release: ReleaseId) -> Pending<ReleaseId> {
        self.ask(&self.clerk, move |desk, session| {
            desk.station.store().retire_release(session, &release)?;
            Ok(release)
        })
    }

    fn components(&self, release: ReleaseId) -> Pending<Vec<Component>> {
        self.ask(&self.reader, move |desk, session| {
            desk.station.store().components(session, &release)
        })
    }

    fn carriers(&self, component: String, below: Option<String>) -> Pending<Vec<Carrier>> {
        self.ask(&self.reader, move |desk, session| {
            let store = desk.station.store();
            store.carriers(session, &component, below.as_deref())
        })
    }
}

impl Shared {
    /// The release in the station's folder, as it is there now.
    fn folder_release(&self, passed: &mut dyn FnMut(Check)) -> Result<VerifiedRelease, Fault> {
        let section = &self.station.config().release;
        let key = files::read_public_key(&section.key)?;
        release_folder::verify_aloud(&section.folder, &key, self.station.profile(), passed)
    }

    fn trust_release_key(
        &self,
        session: &Session,
        second: Option<&Second>,
    ) -> Result<Settled<Sha256>, Fault> {
        let store = self.station.store();
        let key = files::read_public_key(&self.station.config().release.key)?;
        let asked = store.ask_to_trust_key(session, &key)?;
        let here = || self.begin(second);
        settle(self.station.as_ref(), asked, here, || {
            store.trust_release_key(session, &key)
        })
    }
}

fn facts(release: &VerifiedRelease) -> Result<ReleaseFacts, Fault> {
    Ok(ReleaseFacts {
        id: release.id()?,
        minimum_version: release.manifest().minimum_version,
        manifest: release.manifest_hash(),
        key: release.root_key_hash(),
    })
}
