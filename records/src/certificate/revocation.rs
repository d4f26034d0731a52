//! Revoking, and what the next CRL holds.

use cradle_procedure::fault::{Code, Fault};
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
            "SELECT (SELECT count(*) FROM certificates WHERE revoked_ms IS NOT NULL)
                  + (SELECT count(*) FROM tls_certificates WHERE revoked_ms IS NOT NULL)",
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
    for table in TABLES {
        let found: Option<(String, Option<u64>)> = act
            .tx
            .query_row(table.find, [serial_number], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()
            .map_err(sql_fault)?;
        let Some((holder, revoked_ms)) = found else {
            continue;
        };
        if revoked_ms.is_some() {
            return Ok(());
        }
        act.tx
            .execute(table.mark, (serial_number, act.now_ms, reason.text()))
            .map_err(sql_fault)?;
        let facts = json!({"certificate": serial_number, "reason": reason.text()});
        return act.audit("certificate.revoked", &holder, facts);
    }
    Err(Fault::new(Code::NotIssued, serial_number))
}

/// A table of certificates, and what is asked of it.
struct Table {
    /// Whose a certificate is, and since when revoked.
    find: &'static str,
    /// Marks it revoked.
    mark: &'static str,
    /// All that are revoked, in the order of their index.
    revoked: &'static str,
}

/// Devices' certificates, and those of stations and servers.
const TABLES: [Table; 2] = [
    Table {
        find: "SELECT unit, revoked_ms FROM certificates WHERE serial_number = ?1",
        mark: "UPDATE certificates SET revoked_ms = ?2, reason = ?3 WHERE serial_number = ?1",
        revoked: "SELECT serial_number, revoked_ms, reason FROM certificates
                  WHERE revoked_ms IS NOT NULL ORDER BY revoked_ms, rowid",
    },
    Table {
        find: "SELECT name, revoked_ms FROM tls_certificates WHERE serial_number = ?1",
        mark: "UPDATE tls_certificates SET revoked_ms = ?2, reason = ?3 WHERE serial_number = ?1",
        revoked: "SELECT serial_number, revoked_ms, reason FROM tls_certificates
                  WHERE revoked_ms IS NOT NULL ORDER BY revoked_ms, rowid",
    },
];

/// All that are revoked, one by one.
fn revoked(
    tx: &Transaction<'_>,
    each: &mut dyn FnMut(&Revocation) -> Result<(), Fault>,
) -> Result<(), Fault> {
    for table in TABLES {
        let mut query = tx.prepare_cached(table.revoked).map_err(sql_fault)?;
        let mut rows = query.query([]).map_err(sql_fault)?;
        while let Some(row) = rows.next().map_err(sql_fault)? {
            each(&read(row).map_err(sql_fault)?)?;
        }
    }
    Ok(())
}

/// The revocation in a row of either table.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Revocation> {
    let revoked_ms: u64 = row.get("revoked_ms")?;
    Ok(Revocation {
        serial_number: row.get("serial_number")?,
        revoked_at: revoked_ms / 1000,
        reason: column(row, "reason")?,
    })
}
