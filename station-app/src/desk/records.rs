//! Units and batches, asked of the records on workers.

use std::path::PathBuf;

use cradle_ca::ceremony::DOCUMENT_KEY;
use cradle_procedure::attestation::Finding;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::{BatchId, Serial, SlotId};
use cradle_records::{
    Batch, BatchExport, BatchRequest, NewRequest, RequestKind, SerialScheme, Session, UnitHistory,
};
use serde_json::json;

use super::{Desk, Shared};
use crate::gui::backend::{BatchList, BatchPage, BatchStep, BatchTerms, Batches, Pending, Units};
use crate::office::Office;
use crate::station::{Inspection, now_ms};
use crate::two_people::{Second, Settled};
use crate::{batch_report, files, two_people};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Digits of a serial number.
const SERIAL_WIDTH: u8 = 6;

impl Units for Desk {
    fn unit(&self, serial: Serial) -> Pending<UnitHistory> {
        self.ask(&self.reader, move |desk, session| {
            desk.station.store().unit(session, &serial)
        })
    }

    fn export_unit(&self, serial: Serial) -> Pending<PathBuf> {
        self.ask(&self.clerk, move |desk, session| {
            let history = desk.station.store().unit(session, &serial)?;
            let folder = desk.export_folder(serial.as_str())?;
            write_unit(&folder, &history)?;
            Ok(folder)
        })
    }

    fn inspect_unit(&self, serial: Serial, slot: SlotId) -> Pending<Vec<Finding>> {
        self.ask(&self.clerk, move |desk, session| {
            desk.state().occupy(slot)?;
            let inspected = desk.station.inspect(&Inspection {
                session,
                slot,
                label: Some(&serial),
                release: None,
            });
            desk.state().busy.remove(&slot);
            inspected.map(|inspected| inspected.findings)
        })
    }
}

impl Batches for Desk {
    fn batches(&self) -> Pending<BatchList> {
        self.ask(&self.reader, |desk, session| {
            Ok(BatchList {
                batches: desk.station.store().batches(session)?,
                release: desk.station.release().id()?,
            })
        })
    }

    fn batch(&self, id: BatchId) -> Pending<BatchPage> {
        self.ask(&self.reader, move |desk, session| {
            let store = desk.station.store();
            Ok(BatchPage {
                report: store.batch_report(session, &id)?,
                units: store.units(session, &id)?,
            })
        })
    }

    fn request_batch(&self, terms: BatchTerms) -> Pending<Batch> {
        self.ask(&self.clerk, move |desk, session| {
            let request = BatchRequest {
                id: terms.id,
                release: desk.station.release().id()?,
                quota: terms.quota,
                serials: SerialScheme {
                    prefix: terms.prefix,
                    width: SERIAL_WIDTH,
                    first: terms.first,
                    check: false,
                },
                valid_until_ms: now_ms() + u64::from(terms.days) * DAY_MS,
                site: desk.station.config().site.clone(),
            };
            desk.station.store().request_batch(session, request)
        })
    }

    fn move_batch(&self, id: BatchId, step: BatchStep) -> Pending<Batch> {
        self.ask(&self.clerk, move |desk, session| {
            let moved = desk.move_batch(session, &id, step);
            desk.refresh();
            moved
        })
    }

    fn raise_quota(
        &self,
        id: BatchId,
        quota: u32,
        second: Option<Second>,
    ) -> Pending<Settled<Batch>> {
        self.ask(&self.clerk, move |desk, session| {
            let request = NewRequest {
                kind: RequestKind::RaiseQuota,
                subject: id.to_string(),
                terms: json!({ "quota": quota }),
                expires_ms: now_ms() + DAY_MS,
            };
            let store = desk.station.store();
            let asked = store.ask(session, request)?;
            let begin = || desk.begin(second.as_ref());
            let office = desk.station.as_ref();
            let raised =
                two_people::settle(office, Some(asked), begin, || store.batch(session, &id));
            desk.refresh();
            raised
        })
    }

    fn export_batch(&self, id: BatchId) -> Pending<PathBuf> {
        self.ask(&self.clerk, move |desk, session| {
            let office: &Office = desk.station.as_ref();
            let key = office.token().key(DOCUMENT_KEY)?;
            let files = |export: &BatchExport| batch_report::files(export, &key);
            let exported = desk.station.store().export_batch(session, &id, files)?;
            let folder = desk.export_folder(id.as_str())?;
            for file in &exported {
                files::write(&folder.join(&file.name), &file.bytes)?;
            }
            Ok(folder.join(format!("{id}.pdf")))
        })
    }
}

impl Shared {
    fn move_batch(&self, session: &Session, id: &BatchId, step: BatchStep) -> Result<Batch, Fault> {
        let store = self.station.store();
        match step {
            BatchStep::Approve => store.approve_batch(session, id, self.station.audit_key()),
            BatchStep::Open => store.open_batch(session, id),
            BatchStep::Pause => store.pause_batch(session, id),
            BatchStep::Resume => store.resume_batch(session, id),
            BatchStep::Close => store.close_batch(session, id),
        }
    }

    /// A new folder for an export, beside the documents.
    pub(super) fn export_folder(&self, what: &str) -> Result<PathBuf, Fault> {
        let folder = self.station.config().documents.join("exports");
        let folder = folder.join(format!("{what}-{}", now_ms()));
        files::make_folder(&folder)?;
        Ok(folder)
    }
}

/// `unit.json` and one PEM file for each certificate.
fn write_unit(folder: &std::path::Path, history: &UnitHistory) -> Result<(), Fault> {
    let runs = history.runs.iter().map(|run| {
        json!({
            "journey": run.journey, "slot": run.slot, "operator": run.operator,
            "station": run.station, "started_ms": run.started_ms, "ended_ms": run.ended_ms,
            "verdict": run.verdict, "code": run.code, "detail": run.detail, "steps": run.steps,
        })
    });
    let certificates = history.certificates.iter().map(|certificate| {
        let (revoked_ms, reason) = certificate.revoked.unzip();
        json!({
            "serial_number": certificate.serial_number, "issued_ms": certificate.issued_ms,
            "revoked_ms": revoked_ms, "reason": reason,
        })
    });
    let unit = &history.unit;
    let data = json!({
        "serial": unit.serial, "uid": unit.uid, "product": unit.product, "batch": unit.batch,
        "state": unit.state, "release": history.release, "bound_ms": history.bound_ms,
        "runs": runs.collect::<Vec<_>>(), "certificates": certificates.collect::<Vec<_>>(),
    });
    let text = serde_json::to_vec_pretty(&data).or_fault(Code::Internal)?;
    files::write(&folder.join("unit.json"), &text)?;
    for certificate in &history.certificates {
        let pem = files::certificate_pem(&certificate.der)?;
        let name = format!("{}.pem", certificate.serial_number);
        files::write(&folder.join(name), pem.as_bytes())?;
    }
    Ok(())
}
