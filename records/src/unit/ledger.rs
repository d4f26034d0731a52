//! The ledger of a provisioning: one session, one batch, one unit after the other.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{BatchId, Serial, SlotId, Uid};
use cradle_procedure::ports::{
    Admission, Authorization, IssuedCertificate, Ledger, StepLog, UnitState,
};
use cradle_procedure::role::Permission;
use cradle_procedure::step::{StepId, StepReport, Verdict};
use serde_json::json;

use super::admission;
use super::at_work::Claim;
use super::journal::{self, Journey};
use super::life;
use super::row::UnitRow;
use crate::act::{Act, Attempt};
use crate::batch::{Batch, ticket};
use crate::certificate;
use crate::people::{Hold, Session};
use crate::store::Store;
use crate::store::sql::sql_fault;

/// The system of record as provisioning sees it. Works on one unit at a time: use one per slot.
pub struct UnitLedger {
    store: Store,
    session: Session,
    batch: BatchId,
    claim: Option<Claim>,
    _hold: Hold,
}

impl Store {
    /// The ledger for making units of a batch in a session.
    #[must_use]
    pub fn unit_ledger(&self, session: &Session, batch: &BatchId) -> UnitLedger {
        UnitLedger {
            store: self.clone(),
            session: session.clone(),
            batch: batch.clone(),
            claim: None,
            _hold: self.hold(session),
        }
    }
}

impl UnitLedger {
    fn act<T: Send + 'static>(
        &self,
        what: &'static str,
        subject: &str,
        job: impl FnOnce(&Act<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let attempt = Attempt {
            what,
            subject,
            needs: &[Permission::Provision],
        };
        self.store.act(&self.session, &attempt, job)
    }

    /// What an open batch allows now.
    fn in_open_batch<T: Send + 'static>(
        &self,
        what: &'static str,
        subject: &str,
        job: impl FnOnce(&Act<'_>, Batch) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (id, key) = (self.batch.clone(), self.store.options().audit_key.clone());
        self.act(what, subject, move |act| {
            let batch = ticket::open_batch(act.tx, &id, key.as_deref(), act.now_ms)?;
            job(act, batch)
        })
    }
}

impl Ledger for UnitLedger {
    fn authorize(&mut self) -> Result<Authorization, Fault> {
        let subject = self.batch.to_string();
        self.in_open_batch("authorize", &subject, |act, batch| {
            // Units that have their certificate are counted and may still be finished.
            if batch.left() == 0 && unfinished_and_counted(act, &batch.id)? == 0 {
                return Err(Fault::new(Code::BatchExhausted, &batch.id));
            }
            Ok(Authorization {
                left: batch.left(),
                batch: batch.id,
                release: batch.release,
                manifest: batch.manifest,
            })
        })
    }

    fn admit(
        &mut self,
        slot: SlotId,
        uid: &Uid,
        scanned: Option<&Serial>,
    ) -> Result<Admission, Fault> {
        self.claim = None;
        let claim = self.store.at_work().claim(uid, slot);
        let (uid, scanned, subject) = (uid.clone(), scanned.cloned(), uid.to_string());
        let (claim, admission) = self.in_open_batch("admit", &subject, move |act, batch| {
            Ok((claim?, admission::admit(act, &batch, slot, &uid, scanned)?))
        })?;
        self.claim = Some(claim);
        Ok(admission)
    }

    fn certificate(&mut self, serial: &Serial) -> Result<Option<IssuedCertificate>, Fault> {
        self.store
            .look(&self.session, &[Permission::Provision], |tx| {
                certificate::in_force(tx, serial)
            })
    }

    fn conclude(
        &mut self,
        serial: &Serial,
        verdict: Verdict,
        fault: Option<&Fault>,
    ) -> Result<(), Fault> {
        let (serial, fault, subject) = (serial.clone(), fault.cloned(), serial.to_string());
        self.act("conclude", &subject, move |act| {
            conclude(act, &serial, verdict, fault.as_ref())
        })?;
        self.claim = None;
        Ok(())
    }
}

impl StepLog for UnitLedger {
    fn intent(&mut self, serial: &Serial, step: StepId, detail: &str) -> Result<(), Fault> {
        let (serial, detail, subject) = (serial.clone(), detail.to_owned(), serial.to_string());
        self.act("intent", &subject, move |act| {
            let run = journal::require_run(act, &serial, Journey::Provision)?;
            journal::begin_work(act, &serial)?;
            journal::intent(act, run, &serial, step, &detail)
        })
    }

    fn outcome(&mut self, serial: &Serial, report: &StepReport) -> Result<(), Fault> {
        let (serial, report, subject) = (serial.clone(), report.clone(), serial.to_string());
        self.act("outcome", &subject, move |act| {
            let run = journal::require_run(act, &serial, Journey::Provision)?;
            journal::outcome(act, run, &serial, &report)
        })
    }
}

fn unfinished_and_counted(act: &Act<'_>, batch: &BatchId) -> Result<u32, Fault> {
    act.tx
        .prepare_cached(
            "SELECT count(*) FROM units WHERE batch = ?1 AND state IN ('in-progress', 'in-repair')
               AND EXISTS (SELECT 1 FROM certificates AS c WHERE c.unit = units.serial)",
        )
        .and_then(|mut query| query.query_row([batch.as_str()], |row| row.get(0)))
        .map_err(sql_fault)
}

pub(crate) fn conclude(
    act: &Act<'_>,
    serial: &Serial,
    verdict: Verdict,
    fault: Option<&Fault>,
) -> Result<(), Fault> {
    let run = journal::require_run(act, serial, Journey::Provision)?;
    let unit = UnitRow::known(act.tx, serial)?;
    match verdict {
        Verdict::Pass => {
            if certificate::in_force(act.tx, serial)?.is_none() {
                let detail = format!("{serial} has no certificate in force");
                return Err(Fault::new(Code::UnitState, detail));
            }
            unit.turn(act.tx, UnitState::Provisioned, None)?;
        }
        Verdict::Quarantine => {
            let reason = fault.map(|fault| journal::cut(&fault.detail));
            let reason = fault.zip(reason).map(|(fault, detail)| {
                format!("{}: {} {detail}", fault.code.id(), fault.code.what())
            });
            unit.turn(act.tx, UnitState::Quarantined, reason.as_deref())?;
        }
        Verdict::Fail => life::require_under_way(&unit)?,
    }
    journal::end(act, run, verdict, fault)?;
    let facts = json!({
        "code": fault.map(|fault| fault.code.id()),
        "detail": fault.map(|fault| journal::cut(&fault.detail)),
        "run": run,
        "verdict": verdict.text(),
    });
    act.audit("unit.concluded", serial.as_str(), facts)
}
