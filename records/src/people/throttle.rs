//! Failed sign-ins make the next one wait, the longer the more there were. Kept per name, and the
//! same for a name that nobody has: an attacker learns nothing from it.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::OperatorName;
use rusqlite::{OptionalExtension as _, Transaction};

use crate::store::Store;
use crate::store::sql::sql_fault;

/// Failures in a row that cost nothing: a person mistypes.
const FREE: u32 = 2;
/// Wait after the first failure that costs something; doubles with each further one.
const FIRST_WAIT_MS: u64 = 5_000;
/// Longest wait. Not for ever: nobody must be able to lock all admins out.
const LONGEST_WAIT_MS: u64 = 3_600_000;
/// A failure is forgotten when none followed for so long.
const FORGET_MS: u64 = 24 * 3_600_000;

impl Store {
    /// Until when a name has to wait after failed sign-ins, in milliseconds since 1970-01-01 UTC.
    /// The same for a name that nobody has.
    ///
    /// # Errors
    /// `STO-02`.
    pub fn sign_in_wait(&self, name: &OperatorName) -> Result<Option<u64>, Fault> {
        self.read(|tx| until_ms(tx, name))
    }
}

/// How long to wait after so many failures in a row.
pub(super) fn wait_ms(failures: u32) -> u64 {
    match failures.checked_sub(FREE + 1) {
        None => 0,
        Some(doublings) => FIRST_WAIT_MS
            .saturating_mul(1_u64.checked_shl(doublings).unwrap_or(u64::MAX))
            .min(LONGEST_WAIT_MS),
    }
}

/// Refuses while the name has to wait.
pub(super) fn check(tx: &Transaction<'_>, name: &OperatorName, now_ms: u64) -> Result<(), Fault> {
    let until = until_ms(tx, name)?;
    match until {
        Some(until) if until > now_ms => {
            let seconds = (until - now_ms).div_ceil(1000);
            Err(Fault::new(
                Code::AccountLocked,
                format!("{name}: wait {seconds} s"),
            ))
        }
        _ => Ok(()),
    }
}

/// Until when the name has to wait, if it ever had to.
fn until_ms(tx: &Transaction<'_>, name: &OperatorName) -> Result<Option<u64>, Fault> {
    tx.query_row(
        "SELECT wait_until_ms FROM sign_in_failures WHERE name = ?1",
        [name.as_str()],
        |row| row.get(0),
    )
    .optional()
    .map_err(sql_fault)
}

/// Counts a failure. Returns how many there were in a row.
pub(super) fn count(tx: &Transaction<'_>, name: &OperatorName, now_ms: u64) -> Result<u32, Fault> {
    // Names that nobody has must not fill the table.
    tx.execute(
        "DELETE FROM sign_in_failures WHERE failed_ms + ?1 < ?2",
        (FORGET_MS, now_ms),
    )
    .map_err(sql_fault)?;
    let failures: u32 = tx
        .query_row(
            "INSERT INTO sign_in_failures (name, failures, failed_ms, wait_until_ms)
             VALUES (?1, 1, ?2, 0)
             ON CONFLICT DO UPDATE SET failures = failures + 1, failed_ms = ?2
             RETURNING failures",
            (name.as_str(), now_ms),
            |row| row.get(0),
        )
        .map_err(sql_fault)?;
    tx.execute(
        "UPDATE sign_in_failures SET wait_until_ms = ?2 WHERE name = ?1",
        (name.as_str(), now_ms.saturating_add(wait_ms(failures))),
    )
    .map_err(sql_fault)?;
    Ok(failures)
}

/// Forgets the failures.
pub(super) fn clear(tx: &Transaction<'_>, name: &OperatorName) -> Result<(), Fault> {
    tx.execute(
        "DELETE FROM sign_in_failures WHERE name = ?1",
        [name.as_str()],
    )
    .map_err(sql_fault)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_an_hour() {
        let waits: Vec<u64> = (0..7).map(wait_ms).collect();
        assert_eq!(waits, [0, 0, 0, 5_000, 10_000, 20_000, 40_000]);
        assert_eq!(wait_ms(13), LONGEST_WAIT_MS);
        assert_eq!(wait_ms(u32::MAX), LONGEST_WAIT_MS);
    }
}
