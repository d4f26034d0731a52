//! One shift: units through the slots, then one of them taken out of service.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use cradle_bench::virtual_bench::AnyBoard;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::{BatchId, SlotId};
use cradle_procedure::provision::Conclusion;
use cradle_procedure::step::Verdict;
use cradle_records::Session;
use cradle_wipe::{DestinationKind, Reason, Retirement};

use super::Options;
use super::home::People;
use crate::station::{Decommissioning, Provisioning, Station};
use crate::training::{BoardModel, Training};

/// A unit and the board it is on.
pub(super) struct Unit {
    pub(super) slot: SlotId,
    pub(super) board: AnyBoard,
    pub(super) conclusion: Conclusion,
}

/// What came of the shift.
pub(super) struct Shift {
    pub(super) admin: Session,
    pub(super) units: Vec<Unit>,
    pub(super) retirement: Option<Retirement>,
}

impl Shift {
    /// Every unit passed and the first one is out of service for good.
    pub(super) fn is_as_it_should_be(&self) -> bool {
        let passed = |unit: &Unit| unit.conclusion.verdict == Verdict::Pass;
        let retired = self
            .retirement
            .as_ref()
            .is_some_and(Retirement::is_complete);
        self.units.iter().all(passed) && retired
    }
}

/// Provisions the units on all slots at once and decommissions the first.
pub(super) fn work(station: &Station, people: &People, options: &Options) -> Result<Shift, Fault> {
    let (store, config) = (station.store(), station.config());
    let operator = people.operator.sign_in(store, config)?;
    let units = provision_all(station, people, &operator, options.units)?;
    store.sign_out(&operator)?;

    let technician = people.technician.sign_in(store, config)?;
    let retirement = match units.first() {
        Some(unit) => {
            let verifier = people.verifier.sign_in(store, config)?;
            let retirement = retire(station, &technician, &verifier, unit)?;
            store.sign_out(&verifier)?;
            retirement
        }
        None => None,
    };
    store.sign_out(&technician)?;
    Ok(Shift {
        admin: people.admin.sign_in(store, config)?,
        units,
        retirement,
    })
}

fn provision_all(
    station: &Station,
    people: &People,
    operator: &Session,
    count: u32,
) -> Result<Vec<Unit>, Fault> {
    let training = training(station)?;
    let taken = AtomicU32::new(0);
    let done = Mutex::new(Vec::new());
    let slots: Vec<_> = station.slots().map(|slot| slot.id).collect();
    let work = |slot: SlotId, batch: &BatchId| -> Result<(), Fault> {
        let product = station.product_of_batch(operator, batch);
        let model = BoardModel::of(product.profile());
        while taken.fetch_add(1, Ordering::Relaxed) < count {
            let board = training.insert_next_of(slot, &model)?;
            let what = Provisioning {
                session: operator,
                batch,
                slot,
                scanned: None,
            };
            let conclusion = station.provision(&what, &mut |_| {}, &|| false)?;
            training.pull(slot)?;
            let unit = Unit {
                slot,
                board,
                conclusion,
            };
            done.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(unit);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let work = &work;
        // Slot by slot the next product: a gang may be mixed.
        let batches = people.batches.iter().cycle();
        let spawn = |(slot, batch): (&SlotId, _)| {
            let slot = *slot;
            let name = format!("slot-{slot}");
            thread::Builder::new()
                .name(name)
                .spawn_scoped(scope, move || work(slot, batch))
        };
        let workers: Vec<_> = slots.iter().zip(batches).map(spawn).collect();
        for worker in workers {
            let ended = worker.or_fault(Code::Internal)?.join();
            ended.map_err(|_| Fault::new(Code::Internal, "a slot's worker died"))??;
        }
        Ok(())
    })?;
    let mut units = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    units.sort_by(|a, b| a.conclusion.serial.cmp(&b.conclusion.serial));
    Ok(units)
}

fn retire(
    station: &Station,
    technician: &Session,
    verifier: &Session,
    unit: &Unit,
) -> Result<Option<Retirement>, Fault> {
    let Some(serial) = &unit.conclusion.serial else {
        return Ok(None);
    };
    training(station)?.reinsert(unit.slot, &unit.board)?;
    let what = Decommissioning {
        session: technician,
        slot: Some(unit.slot),
        serial,
        reason: Reason::EndOfLife,
        verifier,
        waiver: None,
        source: station.config().site.clone(),
        destination: DestinationKind::RecyclingFacility,
    };
    station.decommission(&what, &mut |_| {}).map(Some)
}

/// The emulated boards of the demo's station.
pub(super) fn training(station: &Station) -> Result<&Training, Fault> {
    let missing = || Fault::new(Code::Internal, "the demo has no virtual bench");
    station.training().ok_or_else(missing)
}
