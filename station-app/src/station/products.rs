//! The products of a station: which of them a batch or a unit is.

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{BatchId, Serial};
use cradle_procedure::profile::TargetProfile;
use cradle_procedure::release::VerifiedRelease;
use cradle_records::Session;

use super::Station;
use crate::config::{Config, ProductSection};
use crate::{files, release_folder};

/// A chip, and what goes onto it.
pub struct Product {
    pub(super) profile: TargetProfile,
    pub(super) release: VerifiedRelease,
}

impl Product {
    fn open(section: &ProductSection) -> Result<Self, Fault> {
        let profile = super::read_profile(&section.profile)?;
        let key = files::read_public_key(&section.release.key)?;
        let release = release_folder::verify(&section.release.folder, &key, &profile)?;
        Ok(Self { profile, release })
    }

    /// What its units' chip is.
    #[must_use]
    pub fn profile(&self) -> &TargetProfile {
        &self.profile
    }

    /// The release that its units get.
    #[must_use]
    pub fn release(&self) -> &VerifiedRelease {
        &self.release
    }
}

/// Opens every product of the configuration, the main one first.
///
/// # Errors
/// `CFG-02`, `PLN-01`, `REL-…`.
pub(super) fn open(config: &Config) -> Result<Vec<Product>, Fault> {
    config.products().iter().map(Product::open).collect()
}

impl Station {
    /// All of them, the main one first.
    pub fn products(&self) -> impl Iterator<Item = &Product> {
        self.products.iter()
    }

    /// That of a batch: the one with its release, or at least its chip; else the main one, which
    /// the journey then refuses.
    pub fn product_of_batch(&self, session: &Session, batch: &BatchId) -> &Product {
        let Ok(batch) = self.store().batch(session, batch) else {
            return self.main_product();
        };
        let released = |product: &&Product| product.release.manifest_hash() == batch.manifest;
        let same_chip = |product: &&Product| product.profile.id == batch.profile;
        let found = self.products().find(released);
        let found = found.or_else(|| self.products().find(same_chip));
        found.unwrap_or_else(|| self.main_product())
    }

    /// That of a unit on record.
    pub(super) fn product_of_unit(&self, session: &Session, serial: &Serial) -> &Product {
        match self.store().unit(session, serial) {
            Ok(history) => self.product_of_batch(session, &history.unit.batch),
            Err(_) => self.main_product(),
        }
    }
}
