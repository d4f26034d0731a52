//! Issuing: everything is checked, signed, stored and counted in one transaction.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{BatchId, Serial, Sha256};
use cradle_procedure::ports::{IssuanceLedger, IssuedCertificate, RevocationReason, Subject};
use cradle_procedure::role::Permission;
use rusqlite::{OptionalExtension as _, Transaction};
use serde_json::json;

use super::{in_force, is_counted, revocation, tls};
use crate::act::{Act, Attempt, StagedAct};
use crate::batch::ticket;
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::{column, sql_fault};
use crate::store::staged::{Decision, Share};
use crate::unit::{UnitRow, life};

/// The system of record as the CA sees it when it issues.
#[derive(Debug, Clone)]
pub struct Issuance {
    store: Store,
    session: Session,
}

impl Store {
    /// The ledger for issuing in a session.
    #[must_use]
    pub fn issuance(&self, session: &Session) -> Issuance {
        Issuance {
            store: self.clone(),
            session: session.clone(),
        }
    }
}

impl IssuanceLedger for Issuance {
    /// A unit that comes with a new key gets a new certificate that supersedes the old one and
    /// does not count again.
    fn issue(
        &mut self,
        subject: &Subject,
        sign: &mut dyn FnMut() -> Result<IssuedCertificate, Fault>,
    ) -> Result<IssuedCertificate, Fault> {
        let issuing = Issuing {
            subject: subject.clone(),
            audit_key: self.store.options().audit_key.clone(),
            counts: None,
        };
        self.store
            .act_staged(&self.session, &attempt(subject), issuing, sign)
    }

    fn refused(&mut self, subject: &Subject, why: &Fault) -> Result<(), Fault> {
        self.store
            .note_refusal(&self.session, &attempt(subject), why)
    }
}

fn attempt(subject: &Subject) -> Attempt<'_> {
    Attempt {
        what: "issue-certificate",
        subject: subject.serial.as_str(),
        needs: &[Permission::Provision],
    }
}

/// One certificate on its way.
struct Issuing {
    subject: Subject,
    audit_key: Option<Vec<u8>>,
    /// The batch, if the unit counts against it and has not yet.
    counts: Option<BatchId>,
}

impl StagedAct for Issuing {
    type Made = IssuedCertificate;
    type Answer = IssuedCertificate;

    /// One unit, and one key, is certified once.
    fn claims(&self) -> Vec<String> {
        let key = Sha256::of(self.subject.public_key.to_sec1());
        vec![
            format!("unit {}", self.subject.serial),
            format!("key {key}"),
        ]
    }

    fn decide(&mut self, act: &Act<'_>) -> Result<Decision<IssuedCertificate>, Fault> {
        let subject = &self.subject;
        let unit = UnitRow::known(act.tx, &subject.serial)?;
        if unit.uid != subject.uid {
            let detail = format!("{} is chip {}, not {}", unit.serial, unit.uid, subject.uid);
            return Err(Fault::new(Code::SerialMismatch, detail));
        }
        if unit.batch != subject.batch {
            let detail = format!("{} is of batch {}", unit.serial, unit.batch);
            return Err(Fault::new(Code::BatchMismatch, detail));
        }
        if let Some(issued) = issued_before(act.tx, subject)? {
            return Ok(Decision::Answer(issued));
        }
        life::require_under_way(&unit)?;
        let key = self.audit_key.as_deref();
        let batch = ticket::open_batch(act.tx, &subject.batch, key, act.now_ms)?;
        if is_counted(act.tx, &subject.serial)? {
            return Ok(Decision::Make(None));
        }
        if batch.left() == 0 {
            return Err(Fault::new(Code::BatchExhausted, &batch.id));
        }
        self.counts = Some(batch.id.clone());
        Ok(Decision::Make(Some(Share {
            of: format!("batch {}", batch.id),
            left: batch.left(),
        })))
    }

    fn store(self, act: &Act<'_>, issued: IssuedCertificate) -> Result<IssuedCertificate, Fault> {
        let subject = &self.subject;
        supersede(act, &subject.serial)?;
        store(act, subject, &issued)?;
        if let Some(batch) = &self.counts {
            count(act, batch)?;
        }
        let facts = json!({
            "batch": subject.batch.as_str(),
            "certificate": issued.serial_number,
            "counted": self.counts.is_some(),
            "sha256": Sha256::of(&issued.der).to_string(),
            "uid": subject.uid.to_string(),
        });
        act.audit("certificate.issued", subject.serial.as_str(), facts)?;
        Ok(issued)
    }
}

/// What this very chip and key were given before. A key that is another unit's, or whose
/// certificate was revoked, gets nothing.
fn issued_before(
    tx: &Transaction<'_>,
    subject: &Subject,
) -> Result<Option<IssuedCertificate>, Fault> {
    let found = tx
        .prepare_cached(
            "SELECT unit, der, serial_number, revoked_ms IS NOT NULL AS revoked
             FROM certificates WHERE public_key = ?1",
        )
        .and_then(|mut query| {
            query
                .query_row([subject.public_key.to_sec1()], |row| {
                    let owner: Serial = column(row, "unit")?;
                    Ok((owner, row.get("revoked")?, super::read(row)?))
                })
                .optional()
        })
        .map_err(sql_fault)?;
    match found {
        None if tls::is_key_of_a_host(tx, subject.public_key.to_sec1())? => {
            Err(Fault::new(Code::KeyReused, "it is the key of a host"))
        }
        None => Ok(None),
        Some((owner, _, _)) if owner != subject.serial => Err(Fault::new(
            Code::KeyReused,
            format!("it is the key of {owner}"),
        )),
        Some((owner, true, issued)) => Err(Fault::new(
            Code::UnitState,
            format!("certificate {} of {owner} is revoked", issued.serial_number),
        )),
        Some((_, false, issued)) => Ok(Some(issued)),
    }
}

fn supersede(act: &Act<'_>, serial: &Serial) -> Result<(), Fault> {
    match in_force(act.tx, serial)? {
        None => Ok(()),
        Some(old) => revocation::revoke(act, &old.serial_number, RevocationReason::Superseded),
    }
}

fn store(act: &Act<'_>, subject: &Subject, issued: &IssuedCertificate) -> Result<(), Fault> {
    act.tx
        .prepare_cached(
            "INSERT INTO certificates (serial_number, unit, batch, public_key, der, issued_ms,
                                       session)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .and_then(|mut insert| {
            insert.execute((
                &issued.serial_number,
                subject.serial.as_str(),
                subject.batch.as_str(),
                subject.public_key.to_sec1(),
                &issued.der,
                act.now_ms,
                act.session.id(),
            ))
        })
        .map_err(sql_fault)?;
    Ok(())
}

fn count(act: &Act<'_>, batch: &BatchId) -> Result<(), Fault> {
    act.tx
        .prepare_cached("UPDATE batches SET used = used + 1 WHERE id = ?1")
        .and_then(|mut update| update.execute([batch.as_str()]))
        .map_err(sql_fault)?;
    Ok(())
}
