//! The ledger of a decommissioning.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{RegistryName, Serial};
use cradle_procedure::ports::{
    Due, Earlier, RetirementLedger, SealedDocument, StepLog, UnitRecord, UnitState,
};
use cradle_procedure::role::Permission;
use cradle_procedure::step::{StepId, StepReport, Verdict};
use serde_json::json;

use super::journal::{self, Journey};
use super::life;
use super::row::UnitRow;
use crate::act::{Act, Attempt};
use crate::certificate;
use crate::outbox;
use crate::people::{Hold, Session};
use crate::store::Store;
use crate::store::sql::sql_fault;
use crate::unit::history;

/// The system of record as decommissioning sees it.
pub struct Retirement {
    store: Store,
    session: Session,
    verifier: Option<Session>,
    holds: Vec<Hold>,
}

impl Store {
    /// The ledger for retiring units in a session.
    #[must_use]
    pub fn retirement(&self, session: &Session) -> Retirement {
        Retirement {
            store: self.clone(),
            session: session.clone(),
            verifier: None,
            holds: vec![self.hold(session)],
        }
    }
}

impl Retirement {
    /// With the verifier signed in, who stands for the documents: the verifier's word is in the
    /// transaction that records one, or there is no document.
    #[must_use]
    pub fn verified_by(mut self, verifier: &Session) -> Self {
        self.holds.push(self.store.hold(verifier));
        self.verifier = Some(verifier.clone());
        self
    }

    fn act<T: Send + 'static>(
        &self,
        what: &'static str,
        serial: &Serial,
        job: impl FnOnce(&Act<'_>, &Serial) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let attempt = Attempt {
            what,
            subject: serial.as_str(),
            needs: &[Permission::Decommission],
        };
        let serial = serial.clone();
        self.store
            .act(&self.session, &attempt, move |act| job(act, &serial))
    }
}

impl RetirementLedger for Retirement {
    fn unit(&mut self, serial: &Serial) -> Result<UnitRecord, Fault> {
        self.store
            .look(&self.session, &[Permission::Decommission], |tx| {
                history::record(tx, &UnitRow::known(tx, serial)?)
            })
    }

    fn earlier(&mut self, serial: &Serial) -> Result<Earlier, Fault> {
        self.store
            .look(&self.session, &[Permission::Decommission], |tx| {
                outbox::earlier(tx, serial)
            })
    }

    fn owe(&mut self, serial: &Serial, registry: &RegistryName) -> Result<Due, Fault> {
        let registry = registry.clone();
        self.act("tell-registry", serial, move |act, serial| {
            outbox::owe(act, serial, &registry, || run(act, serial))
        })
    }

    fn answered(
        &mut self,
        serial: &Serial,
        registry: &RegistryName,
        answer: &Result<String, Fault>,
    ) -> Result<(), Fault> {
        let (registry, answer) = (registry.clone(), answer.clone());
        self.act("registry-answered", serial, move |act, serial| {
            outbox::answered(act, serial, &registry, &answer)
        })
    }

    fn retire(
        &mut self,
        serial: &Serial,
        document: &SealedDocument,
        complete: bool,
    ) -> Result<(), Fault> {
        let (document, verifier) = (document.clone(), self.verifier.clone());
        self.act("retire", serial, move |act, serial| {
            retire(act, serial, &document, complete)?;
            verifier.map_or(Ok(()), |by| verified(act, &by, serial, &document))
        })
    }

    fn pause(&mut self, serial: &Serial) -> Result<(), Fault> {
        self.act("pause", serial, |act, serial| {
            let run = run_or_new(act, serial)?;
            journal::end(act, run, Verdict::Fail, None)?;
            act.audit("retirement.paused", serial.as_str(), json!({ "run": run }))
        })
    }
}

impl StepLog for Retirement {
    fn intent(&mut self, serial: &Serial, step: StepId, detail: &str) -> Result<(), Fault> {
        let detail = detail.to_owned();
        self.act("intent", serial, move |act, serial| {
            journal::intent(act, run(act, serial)?, serial, step, &detail)
        })
    }

    fn outcome(&mut self, serial: &Serial, report: &StepReport) -> Result<(), Fault> {
        let report = report.clone();
        self.act("outcome", serial, move |act, serial| {
            journal::outcome(act, run(act, serial)?, serial, &report)
        })
    }
}

/// The open run; its first step begins it.
fn run(act: &Act<'_>, serial: &Serial) -> Result<u64, Fault> {
    if let Some(run) = journal::open_run(act, serial, Journey::Decommission)? {
        return Ok(run);
    }
    life::require_way(&UnitRow::known(act.tx, serial)?, UnitState::Decommissioned)?;
    journal::begin(act, serial, Journey::Decommission, None)
}

fn retire(
    act: &Act<'_>,
    serial: &Serial,
    document: &SealedDocument,
    complete: bool,
) -> Result<(), Fault> {
    let unit = UnitRow::known(act.tx, serial)?;
    life::require_way(&unit, UnitState::Decommissioned)?;
    if complete {
        if let Some(issued) = certificate::in_force(act.tx, serial)? {
            let detail = format!("certificate {} is not revoked", issued.serial_number);
            return Err(Fault::new(Code::UnitState, detail));
        }
        outbox::require_settled(act.tx, serial)?;
        unit.turn(act.tx, UnitState::Decommissioned, None)?;
    }
    act.tx
        .execute(
            "INSERT INTO sanitization_documents (unit, sha256, complete, at_ms, session, json)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                serial.as_str(),
                document.sha256.to_string(),
                complete,
                act.now_ms,
                act.session.id(),
                &document.json,
            ),
        )
        .map_err(sql_fault)?;
    let verdict = if complete {
        Verdict::Pass
    } else {
        Verdict::Fail
    };
    let run = run_or_new(act, serial)?;
    journal::end(act, run, verdict, None)?;
    let facts = json!({
        "complete": complete,
        "document": document.sha256.to_string(),
        "run": run,
    });
    act.audit("unit.retired", serial.as_str(), facts)
}

/// Whoever checked the document and answers for it says so.
fn verified(
    act: &Act<'_>,
    verifier: &Session,
    serial: &Serial,
    document: &SealedDocument,
) -> Result<(), Fault> {
    let facts = json!({
        "document": document.sha256.to_string(),
        "made_by": act.session.operator().as_str(),
    });
    act.by_another(verifier, Permission::WitnessDecommission)?
        .audit("document.verified", serial.as_str(), facts)
}

/// A retirement without a step (a unit that was lost) is a run as well.
fn run_or_new(act: &Act<'_>, serial: &Serial) -> Result<u64, Fault> {
    match journal::open_run(act, serial, Journey::Decommission)? {
        Some(run) => Ok(run),
        None => journal::begin(act, serial, Journey::Decommission, None),
    }
}
