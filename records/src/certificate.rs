//! Certificates: issued and counted in one transaction, found again, revoked.

mod by_hand;
mod issuance;
mod revocation;
mod status;
mod tls;

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::Serial;
use cradle_procedure::ports::IssuedCertificate;
use rusqlite::{OptionalExtension as _, Row, Transaction};

use crate::store::sql::sql_fault;

pub use issuance::Issuance;
pub use revocation::Revocations;
pub use status::Statuses;
pub use tls::{TlsIssuance, TlsRecord};

/// The unit's certificate, unless it has none or it is revoked.
pub(crate) fn in_force(
    tx: &Transaction<'_>,
    serial: &Serial,
) -> Result<Option<IssuedCertificate>, Fault> {
    let sql = "SELECT der, serial_number FROM certificates
               WHERE unit = ?1 AND revoked_ms IS NULL";
    one(tx, sql, serial)
}

/// The unit's last certificate, revoked or not.
pub(crate) fn latest(
    tx: &Transaction<'_>,
    serial: &Serial,
) -> Result<Option<IssuedCertificate>, Fault> {
    let sql = "SELECT der, serial_number FROM certificates
               WHERE unit = ?1 ORDER BY issued_ms DESC, rowid DESC LIMIT 1";
    one(tx, sql, serial)
}

/// Whether the unit has counted against its batch's quota: it does so once.
pub(crate) fn is_counted(tx: &Transaction<'_>, serial: &Serial) -> Result<bool, Fault> {
    latest(tx, serial).map(|issued| issued.is_some())
}

fn one(
    tx: &Transaction<'_>,
    sql: &str,
    serial: &Serial,
) -> Result<Option<IssuedCertificate>, Fault> {
    tx.prepare_cached(sql)
        .and_then(|mut query| query.query_row([serial.as_str()], read).optional())
        .map_err(sql_fault)
}

fn read(row: &Row<'_>) -> rusqlite::Result<IssuedCertificate> {
    Ok(IssuedCertificate {
        der: row.get("der")?,
        serial_number: row.get("serial_number")?,
    })
}
