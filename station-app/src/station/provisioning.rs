//! One unit, provisioned in one slot.

use cradle_ca::issue::DeviceAuthority;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{BatchId, Serial, SlotId};
use cradle_procedure::ports::{Device, Signer as _};
use cradle_procedure::provision::{Conclusion, Job, Rehearsal, World, provision, rehearse};
use cradle_procedure::signature;
use cradle_procedure::step::Event;
use cradle_records::Session;

use super::{Station, entropy, now_ms};

/// What to provision, for whom.
pub struct Provisioning<'a> {
    /// Who does it.
    pub session: &'a Session,
    /// The batch it counts against.
    pub batch: &'a BatchId,
    /// Where the board is.
    pub slot: SlotId,
    /// Serial number scanned from the label; `None` takes the next of the batch.
    pub scanned: Option<&'a Serial>,
}

impl Station {
    /// Provisions the unit in a slot. Blocks until it ends; `events` is told how it goes, and
    /// `cancelled` is asked where stopping is safe.
    ///
    /// # Errors
    /// `DEV-17` there is no such slot. Everything later is in the [`Conclusion`].
    pub fn provision(
        &self,
        what: &Provisioning<'_>,
        events: &mut dyn FnMut(Event),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Conclusion, Fault> {
        let mut device = self.driver(what)?;
        self.provision_through(device.as_mut(), what, events, cancelled)
    }

    /// The driver for what is in the slot.
    pub(crate) fn driver(&self, what: &Provisioning<'_>) -> Result<Box<dyn Device>, Fault> {
        let product = self.product_of_batch(what.session, what.batch);
        self.bench.open(what.slot, &product.profile)
    }

    /// [`Station::provision`], through a driver of that slot.
    pub(crate) fn provision_through(
        &self,
        device: &mut dyn Device,
        what: &Provisioning<'_>,
        events: &mut dyn FnMut(Event),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Conclusion, Fault> {
        let product = self.product_of_batch(what.session, what.batch);
        let wipe = signature::public_key(self.keys.wipe.public_key())
            .ok_or_else(|| Fault::new(Code::TokenKey, "the wipe key is not P-256"))?;
        // Whoever may not know it is refused by the ledger.
        let pace = self.store().pace_of_provisioning(what.session, what.batch);
        let mut ledger = self.store().unit_ledger(what.session, what.batch);
        let issuance = self.store().issuance(what.session);
        let mut authority = DeviceAuthority::new(self.authority.clone(), issuance);
        let mut world = World {
            device,
            ledger: &mut ledger,
            authority: &mut authority,
            clock: &now_ms,
            pace: &pace.unwrap_or_default(),
            entropy: &mut entropy,
            events,
            cancelled,
        };
        let job = Job {
            slot: what.slot,
            scanned: what.scanned,
            profile: &product.profile,
            release: &product.release,
            wipe_authority: &wipe,
            issuer: self.authority.ca.certificate(),
        };
        let conclusion = provision(&mut world, &job);
        self.settle(what.slot)?;
        Ok(conclusion)
    }

    /// What [`Station::provision`] would burn, and what the chip would hold then. Changes nothing.
    ///
    /// # Errors
    /// `DEV-17` there is no such slot; as [`rehearse`].
    pub fn rehearse(&self, what: &Provisioning<'_>) -> Result<Rehearsal, Fault> {
        let product = self.product_of_batch(what.session, what.batch);
        let mut device = self.driver(what)?;
        let mut ledger = self.store().unit_ledger(what.session, what.batch);
        let (profile, release) = (&product.profile, &product.release);
        let rehearsal = rehearse(device.as_mut(), &mut ledger, profile, release);
        self.settle(what.slot)?;
        rehearsal
    }
}
