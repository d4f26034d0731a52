//! A database as a large factory leaves it after years: grown once, opened by the product like
//! any other, its audit log verifies.
//!
//! Every row and entry is written by the code that writes it in production, with one difference:
//! a commit makes a thousand units durable, not one step.

use std::path::Path;

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::{
    BatchId, OperatorName, ProfileId, ReleaseId, Serial, Sha256, SlotId, StationId, Uid,
};
use cradle_procedure::step::{Outcome, StepId, StepReport, Verdict, Verification};
use rusqlite::Transaction;
use serde_json::json;

use super::{Key, PASSWORD, employ, now_ms, trust_key};
use crate::act::Act;
use crate::batch::{self, Batch};
use crate::store::sql::sql_fault;
use crate::unit::{admission, conclude, journal};
use crate::{
    BatchRequest, NewOperator, NewRelease, PasswordCost, SerialScheme, Session, SessionLimits,
    Store, StoreOptions,
};

/// Batches that are made of one release.
const BATCHES_PER_RELEASE: u64 = 5;
/// Components of a release.
const COMPONENTS: u64 = 200;
/// Units that one commit makes durable.
const TOGETHER: u64 = 1_000;

/// Step rows of a unit: an outcome for each, and an intent for those that change the device.
const STEPS: [(StepId, bool); 6] = [
    (StepId::FlashBootloader, true),
    (StepId::FlashApplication, true),
    (StepId::MakeKey, true),
    (StepId::BurnRootKey, true),
    (StepId::Issue, false),
    (StepId::Attest, false),
];

/// A factory whose records grow.
pub struct Factory {
    pub(crate) store: Store,
    pub(crate) admin: Session,
    second: Session,
    operator: Session,
    key: Key,
    pub(super) per_batch: u64,
}

impl Factory {
    /// Opens the records, or founds them. All batches have `per_batch` units.
    ///
    /// # Errors
    /// `STO-…`.
    pub fn open(path: &Path, per_batch: u64) -> Result<Self, Fault> {
        let key = Key::new()?;
        let store = open(path, &key)?;
        let [ada, ben, otto] = ["ada", "ben", "otto"].map(OperatorName::new);
        let (ada, ben, otto) = (ada?, ben?, otto?);
        let person = |name| NewOperator {
            name,
            password: PASSWORD,
        };
        let station = StationId::new("measure")?;
        let unfounded = store.is_unfounded()?;
        if unfounded {
            store.found(person(&ada), person(&ben))?;
        }
        let sign_in = |name| store.sign_in(name, PASSWORD, &station);
        let (admin, second) = (sign_in(&ada)?, sign_in(&ben)?);
        if unfounded {
            employ(&store, &admin, &otto)?;
        }
        trust_key(&store, [&admin, &second], &key)?;
        Ok(Self {
            operator: sign_in(&otto)?,
            admin,
            second,
            store,
            key,
            per_batch,
        })
    }

    /// Units on record.
    ///
    /// # Errors
    /// `STO-02`.
    pub fn units(&self) -> Result<u64, Fault> {
        self.store.read(|tx| {
            tx.query_row("SELECT count(*) FROM units", [], |row| row.get(0))
                .map_err(sql_fault)
        })
    }

    /// Makes units until there are so many, in whole batches, and signs a checkpoint.
    ///
    /// # Errors
    /// `STO-02`.
    pub fn grow(&self, units: u64) -> Result<(), Fault> {
        self.store.write_here(|tx| {
            // What is made here is made once: with a cache that holds the indexes it takes minutes.
            tx.execute_batch("PRAGMA cache_size = -1000000")
                .map_err(sql_fault)
        })?;
        let done = self.units()?.div_ceil(self.per_batch);
        for number in done..units.div_ceil(self.per_batch) {
            let id = self.open_batch(number)?;
            let mut from = number * self.per_batch;
            let end = from + self.per_batch;
            while from < end {
                let made = from..end.min(from + TOGETHER);
                from = made.end;
                self.store.write_here(|tx| self.make(tx, &id, made))?;
            }
        }
        self.store.checkpoint(&self.key)?;
        Ok(())
    }

    /// Verifies the audit log, and every row against it.
    ///
    /// # Errors
    /// `STO-04`.
    pub fn verify(&self) -> Result<u64, Fault> {
        self.store.verify_database().map(|report| report.entries)
    }

    fn open_batch(&self, number: u64) -> Result<BatchId, Fault> {
        let release = release(number / BATCHES_PER_RELEASE, Sha256::of(&self.key.public))?;
        let request = BatchRequest {
            id: batch_id(number)?,
            release: release.id.clone(),
            quota: u32::try_from(self.per_batch).or_fault(Code::Internal)?,
            serials: SerialScheme {
                prefix: "S-".into(),
                width: 8,
                first: number * self.per_batch,
                check: false,
            },
            valid_until_ms: now_ms() + 24 * 3_600_000,
            site: "bench".into(),
        };
        self.store.import_release(&self.admin, release)?;
        let id = self.store.request_batch(&self.admin, request)?.id;
        self.store.approve_batch(&self.second, &id, &self.key)?;
        self.store.open_batch(&self.second, &id)?;
        Ok(id)
    }

    fn make(
        &self,
        tx: &Transaction<'_>,
        id: &BatchId,
        mut units: std::ops::Range<u64>,
    ) -> Result<(), Fault> {
        let batch = batch::load(tx, id)?;
        let act = Act {
            tx,
            session: &self.operator,
            now_ms: now_ms(),
        };
        units.try_for_each(|n| make_one(&act, &batch, n))
    }
}

/// Serial number of unit `n`.
///
/// # Errors
/// `CFG-03`.
pub(super) fn serial(n: u64) -> Result<Serial, Fault> {
    Serial::new(format!("S-{n:08}"))
}

/// Chip of unit `n`: spread over the whole range, as those of chips are.
pub(super) fn uid(n: u64) -> Uid {
    Uid::new(&Sha256::of(&n.to_be_bytes()).bytes()[..12])
}

/// Serial number of the certificate of unit `n`.
pub(super) fn certificate(n: u64) -> String {
    Sha256::of(&(!n).to_be_bytes()).to_string()[..32].to_owned()
}

/// The name of component `n` of a release.
pub(super) fn component(n: u64) -> String {
    format!("component-{n}")
}

fn batch_id(number: u64) -> Result<BatchId, Fault> {
    BatchId::new(format!("scale-{number:03}"))
}

fn make_one(act: &Act<'_>, batch: &Batch, n: u64) -> Result<(), Fault> {
    let slot = SlotId(u16::try_from(n % 16 + 1).or_fault(Code::Internal)?);
    let serial = admission::admit(act, batch, slot, &uid(n), None)?.serial;
    let run = journal::require_run(act, &serial, journal::Journey::Provision)?;
    for (step, changes) in STEPS {
        if changes {
            journal::begin_work(act, &serial)?;
            journal::intent(act, run, &serial, step, "as the plan says")?;
        }
        if step == StepId::Issue {
            issue(act, batch, &serial, n)?;
        }
        journal::outcome(act, run, &serial, &report(act, step, n))?;
    }
    conclude(act, &serial, Verdict::Pass, None)
}

/// As issuing does it, without the checks: what is signed here serves nobody.
fn issue(act: &Act<'_>, batch: &Batch, serial: &Serial, n: u64) -> Result<(), Fault> {
    // As long as those of the device profile.
    let der = Sha256::of(&n.to_le_bytes()).bytes().repeat(20);
    let key: Vec<u8> = [4].into_iter().chain(der[..64].iter().copied()).collect();
    act.tx
        .prepare_cached(
            "INSERT INTO certificates (serial_number, unit, batch, public_key, der, issued_ms,
                                       session)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .and_then(|mut insert| {
            insert.execute((
                certificate(n),
                serial.as_str(),
                batch.id.as_str(),
                key,
                &der,
                act.now_ms,
                act.session.id(),
            ))
        })
        .map_err(sql_fault)?;
    act.tx
        .prepare_cached("UPDATE batches SET used = used + 1 WHERE id = ?1")
        .and_then(|mut update| update.execute([batch.id.as_str()]))
        .map_err(sql_fault)?;
    let facts = json!({
        "batch": batch.id.as_str(),
        "certificate": certificate(n),
        "counted": true,
        "sha256": Sha256::of(&der).to_string(),
        "uid": uid(n).to_string(),
    });
    act.audit("certificate.issued", serial.as_str(), facts)
}

fn report(act: &Act<'_>, step: StepId, n: u64) -> StepReport {
    StepReport {
        id: step,
        outcome: Outcome::Done,
        verification: Some(Verification::ReadBack),
        detail: "65536 bytes at 0x08000000".into(),
        code: None,
        started_ms: act.now_ms,
        duration_ms: 200 + n % 97,
    }
}

fn open(path: &Path, key: &Key) -> Result<Store, Fault> {
    let options = StoreOptions {
        audit_key: Some(key.public.clone()),
        password_cost: PasswordCost {
            memory_kib: 64,
            passes: 1,
        },
        // Nobody is away: it takes as long as it takes.
        sessions: SessionLimits {
            idle_ms: u64::MAX,
            longest_ms: u64::MAX,
        },
    };
    Store::open(path, now_ms, options)
}

fn release(number: u64, root_key: Sha256) -> Result<NewRelease, Fault> {
    let components: Vec<_> = (0..COMPONENTS)
        .map(|n| json!({ "name": component(n), "version": format!("1.{number}.{n}") }))
        .collect();
    let sbom = json!({ "bomFormat": "CycloneDX", "components": components });
    Ok(NewRelease {
        id: ReleaseId::new(format!("scale-1.{number}.0"))?,
        product: "scale".into(),
        version: format!("1.{number}.0"),
        profile: ProfileId::new("stm32f405")?,
        root_key,
        manifest: number.to_be_bytes().to_vec(),
        sbom: sbom.to_string().into_bytes(),
    })
}
