//! Many units, taken out of service: as many at a time as there are boards in slots.

use std::sync::{Mutex, PoisonError};
use std::thread;

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::{Serial, SlotId};
use cradle_procedure::ports::{UnitRecord, UnitState};
use cradle_procedure::step::Event;
use cradle_records::Session;
use cradle_wipe::{
    BatchDocument, BatchLine, DestinationKind, LastDocument, Reason, SignedBatch, pdf,
};

use super::retirement::tool;
use super::{Decommissioning, Station, now_ms};
use crate::files;

/// A list of units to take out of service.
pub struct BatchRetirement<'a> {
    /// Who does it.
    pub session: &'a Session,
    /// The list as it was handed in.
    pub list: &'a [u8],
    /// The units on it.
    pub serials: &'a [Serial],
    /// Why.
    pub reason: Reason,
    /// Who checks the results and answers for them: another person, signed in as well.
    pub verifier: &'a Session,
    /// Where the units were in use.
    pub source: String,
    /// Where they go.
    pub destination: DestinationKind,
}

/// What an attempt at a list came to.
pub struct RetiredBatch {
    /// Every unit of the list, as it is on record now.
    pub signed: SignedBatch,
    /// Units that could not even be begun, and why.
    pub refused: Vec<(Serial, Fault)>,
}

impl Station {
    /// Decommissions every unit of the list that is in a slot, whichever slot that is: its chip
    /// tells. Those that are done stay done, those that are not here wait; run it again with the
    /// next boards. One document says what became of all of them.
    ///
    /// # Errors
    /// Before anything is touched: `STO-05` a unit is not on record, `AUT-…`. After: `TOK-…`,
    /// `CFG-02` the document.
    pub fn decommission_batch(
        &self,
        batch: &BatchRetirement<'_>,
        tell: &(dyn Fn(&Serial, Event) + Sync),
    ) -> Result<RetiredBatch, Fault> {
        let units = batch
            .serials
            .iter()
            .map(|serial| Ok(self.store().unit(batch.session, serial)?.unit))
            .collect::<Result<Vec<_>, Fault>>()?;
        let refused = self.retire_all(batch, &self.boards_of(&units), tell)?;
        let lines = units.iter().map(|unit| {
            let last = self.store().last_document(batch.session, &unit.serial)?;
            let last = last.map(|last| LastDocument::open(&last, self.document_key()));
            let last = last.transpose()?;
            let document = last.as_ref().map(LastDocument::document);
            BatchLine::new(unit.serial.clone(), unit.uid.clone(), document)
        });
        let lines = lines.collect::<Result<_, Fault>>()?;
        let name = batch.session.operator().as_str();
        let person = self.config().person(name, "Service technician");
        let document = BatchDocument::new(batch.list, lines, tool(), person, now_ms());
        let signed = document.sign(&self.keys.document)?;
        self.write_batch(&signed)?;
        Ok(RetiredBatch { signed, refused })
    }

    /// Which of the units that are not done yet is in which slot.
    fn boards_of<'u>(&self, units: &'u [UnitRecord]) -> Vec<(SlotId, &'u Serial)> {
        let open = |unit: &&UnitRecord| unit.state != UnitState::Decommissioned;
        let open: Vec<_> = units.iter().filter(open).collect();
        let in_slot = |slot: SlotId| {
            self.products().find_map(|product| {
                let mut device = self.bench.open(slot, &product.profile).ok()?;
                let chip = device.identify().ok()?;
                let unit = open.iter().find(|unit| unit.uid == chip.uid)?;
                Some((slot, &unit.serial))
            })
        };
        self.slots().filter_map(|slot| in_slot(slot.id)).collect()
    }

    /// All boards at once, each on a thread of its own; none hears of another's failure.
    fn retire_all(
        &self,
        batch: &BatchRetirement<'_>,
        boards: &[(SlotId, &Serial)],
        tell: &(dyn Fn(&Serial, Event) + Sync),
    ) -> Result<Vec<(Serial, Fault)>, Fault> {
        let refused = Mutex::new(Vec::new());
        let retire = |slot: SlotId, serial: &Serial| {
            let what = Decommissioning {
                session: batch.session,
                slot: Some(slot),
                serial,
                reason: batch.reason,
                verifier: batch.verifier,
                waiver: None,
                source: batch.source.clone(),
                destination: batch.destination,
            };
            if let Err(fault) = self.decommission(&what, &mut |event| tell(serial, event)) {
                let mut refused = refused.lock().unwrap_or_else(PoisonError::into_inner);
                refused.push((serial.clone(), fault));
            }
        };
        thread::scope(|scope| {
            let retire = &retire;
            let workers = boards.iter().map(|&(slot, serial)| {
                let work = thread::Builder::new().name(format!("slot-{slot}"));
                work.spawn_scoped(scope, move || retire(slot, serial))
            });
            for worker in workers.collect::<Vec<_>>() {
                let ended = worker.or_fault(Code::Internal)?.join();
                ended.map_err(|_| Fault::new(Code::Internal, "a slot's worker died"))?;
            }
            Ok::<_, Fault>(())
        })?;
        Ok(refused.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn write_batch(&self, signed: &SignedBatch) -> Result<(), Fault> {
        let folder = &self.config().documents;
        let number = &signed.document().number;
        files::make_folder(folder)?;
        files::write(&folder.join(format!("{number}.json")), signed.json())?;
        let page = pdf::render_batch(signed).or_fault(Code::Internal)?;
        files::write(&folder.join(format!("{number}.pdf")), &page)
    }
}
