//! Revoking, and what the next CRL holds.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Serial;
use cradle_procedure::ports::{Revocation, RevocationLedger, RevocationReason};
use cradle_procedure::role::Permission;
use rusqlite::{OptionalExtension as _, Row, Transaction};
use serde_json::json;

use super::by_hand;
use crate::act::{Act, Attempt};
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::{column, sql_fault};

/// Who may revoke: the people who run the CA, and those who retire units.
const NEEDS: &[Permission] = &[Permission::ManageAuthority, Permission::Decommission];

/// The system of record as the CA sees it when it revokes. Who does not retire units needs the
/// approval of another person for each certificate: see [`Store::ask_to_revoke`].
#[derive(Debug, Clone)]
pub struct Revocations {
    store: Store,
    session: Session,
}

impl Store {
    /// The ledger for revoking in a session.
    #[must_use]
    pub fn revocations(&self, session: &Session) -> Revocations {
        Revocations {
            store: self.clone(),
            session: session.clone(),
        }
    }
}

impl RevocationLedger for Revocations {
    fn revoke(&mut self, serial_number: &str, reason: RevocationReason) -> Result<(), Fault> {
        let attempt = Attempt {
            what: "revoke-certificate",
            subject: serial_number,
            needs: NEEDS,
        };
        let serial_number = serial_number.to_owned();
        let key = self.store.options().audit_key.clone();
        self.store.act(&self.session, &attempt, move |act| {
            by_hand::require_approval(act, &serial_number, reason, key.as_deref())?;
            revoke(act, &serial_number, reason)
        })
    }

    fn next_crl(&mut self) -> Result<(u64, Vec<Revocation>), Fault> {
        let mut all = Vec::new();
        let number = self.stream_crl(&mut |revocation| {
            all.push(revocation.clone());
            Ok(())
        })?;
        Ok((number, all))
    }

    /// What was revoked after the number was taken may be among them: a list that knows more than
    /// its number promises harms nobody.
    fn stream_crl(
        &mut self,
        each: &mut dyn FnMut(&Revocation) -> Result<(), Fault>,
    ) -> Result<u64, Fault> {
        let attempt = Attempt {
            what: "number-crl",
            subject: "",
            needs: NEEDS,
        };
        let number = self.store.act(&self.session, &attempt, number)?;
        self.store
            .look(&self.session, NEEDS, |tx| revoked(tx, each))?;
        Ok(number)
    }
}

/// The number of the next list.
fn number(act: &Act<'_>) -> Result<u64, Fault> {
    let number: u64 = act
        .tx
        .query_row(
            "INSERT INTO crl_number VALUES (1, 1)
             ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last",
            [],
            |row| row.get(0),
        )
        .map_err(sql_fault)?;
    let revoked: u64 = act
        .tx
        .query_row(
            "SELECT count(*) FROM certificates WHERE revoked_ms IS NOT NULL",
            [],
            |row| row.get(0),
        )
        .map_err(sql_fault)?;
    let facts = json!({"number": number, "revoked": revoked});
    act.audit("crl.numbered", &number.to_string(), facts)?;
    Ok(number)
}

/// Marks the certificate revoked; the first time and reason stay.
pub(super) fn revoke(
    act: &Act<'_>,
    serial_number: &str,
    reason: RevocationReason,
) -> Result<(), Fault> {
    let found: Option<(Serial, Option<u64>)> = act
        .tx
        .query_row(
            "SELECT unit, revoked_ms FROM certificates WHERE serial_number = ?1",
            [serial_number],
            |row| Ok((column(row, "unit")?, row.get("revoked_ms")?)),
        )
        .optional()
        .map_err(sql_fault)?;
    let Some((unit, revoked_ms)) = found else {
        return Err(Fault::new(Code::NotIssued, serial_number));
    };
    if revoked_ms.is_some() {
        return Ok(());
    }
    act.tx
        .execute(
            "UPDATE certificates SET revoked_ms = ?2, reason = ?3 WHERE serial_number = ?1",
            (serial_number, act.now_ms, reason.text()),
        )
        .map_err(sql_fault)?;
    let facts = json!({"certificate": serial_number, "reason": reason.text()});
    act.audit("certificate.revoked", unit.as_str(), facts)
}

/// All that are revoked, one by one, in the order of their index.
fn revoked(
    tx: &Transaction<'_>,
    each: &mut dyn FnMut(&Revocation) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut query = tx
        .prepare_cached(
            "SELECT serial_number, revoked_ms, reason FROM certificates
             WHERE revoked_ms IS NOT NULL ORDER BY revoked_ms, rowid",
        )
        .map_err(sql_fault)?;
    let mut rows = query.query([]).map_err(sql_fault)?;
    while let Some(row) = rows.next().map_err(sql_fault)? {
        each(&read(row).map_err(sql_fault)?)?;
    }
    Ok(())
}

/// The revocation in a row of `certificates`.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Revocation> {
    let revoked_ms: u64 = row.get("revoked_ms")?;
    Ok(Revocation {
        serial_number: row.get("serial_number")?,
        revoked_at: revoked_ms / 1000,
        reason: column(row, "reason")?,
    })
}
