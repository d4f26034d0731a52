//! Issuing: everything is checked, signed, stored and counted in one transaction.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{Serial, Sha256};
use cradle_procedure::ports::{IssuanceLedger, IssuedCertificate, RevocationReason, Subject};
use cradle_procedure::role::Permission;
use rusqlite::{OptionalExtension as _, Transaction};
use serde_json::json;

use super::{in_force, is_counted, revocation};
use crate::act::{Act, Attempt};
use crate::batch::{Batch, ticket};
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::{column, sql_fault};
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
        let attempt = Attempt {
            what: "issue-certificate",
            subject: subject.serial.as_str(),
            needs: &[Permission::Provision],
        };
        let key = self.store.options().audit_key.as_deref();
        // Here, not on the writer's thread: `sign` borrows the caller's token session.
        self.store.act_here(&self.session, &attempt, |act| {
            issue(act, subject, key, sign)
        })
    }
}

fn issue(
    act: &Act<'_>,
    subject: &Subject,
    audit_key: Option<&[u8]>,
    sign: &mut dyn FnMut() -> Result<IssuedCertificate, Fault>,
) -> Result<IssuedCertificate, Fault> {
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
        return Ok(issued);
    }
    life::require_under_way(&unit)?;
    let batch = ticket::open_batch(act.tx, &subject.batch, audit_key, act.now_ms)?;
    let counted = is_counted(act.tx, &subject.serial)?;
    if !counted && batch.left() == 0 {
        return Err(Fault::new(Code::BatchExhausted, &batch.id));
    }
    let issued = sign()?;
    supersede(act, &subject.serial)?;
    store(act, subject, &issued)?;
    if !counted {
        count(act, &batch)?;
    }
    let facts = json!({
        "batch": subject.batch.as_str(),
        "certificate": issued.serial_number,
        "counted": !counted,
        "sha256": Sha256::of(&issued.der).to_string(),
        "uid": subject.uid.to_string(),
    });
    act.audit("certificate.issued", subject.serial.as_str(), facts)?;
    Ok(issued)
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

fn count(act: &Act<'_>, batch: &Batch) -> Result<(), Fault> {
    act.tx
        .prepare_cached("UPDATE batches SET used = used + 1 WHERE id = ?1")
        .and_then(|mut update| update.execute([batch.id.as_str()]))
        .map_err(sql_fault)?;
    Ok(())
}
