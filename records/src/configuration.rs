//! What each station was started with: a changed file leaves an entry.

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{Sha256, StationId};
use rusqlite::{OptionalExtension as _, Transaction};
use serde_json::json;

use crate::audit::log::{self, Entry};
use crate::store::Store;
use crate::store::sql::sql_fault;

impl Store {
    /// Notes the digest of a file that a station is started with, if it is another than the last
    /// time. Says whether it was.
    ///
    /// # Errors
    /// `STO-02`, `STO-07`.
    pub fn note_configuration(
        &self,
        station: &StationId,
        file: &str,
        sha256: Sha256,
    ) -> Result<bool, Fault> {
        let known = self.read(|tx| known(tx, station, file))?;
        if known.as_deref() == Some(sha256.to_string().as_str()) {
            return Ok(false);
        }
        let (station, file, now_ms) = (station.clone(), file.to_owned(), self.now_ms());
        self.write(move |tx| {
            tx.execute(
                "INSERT INTO configurations (station, file, sha256, since_ms)
                 VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET sha256 = ?3, since_ms = ?4",
                (station.as_str(), &file, sha256.to_string(), now_ms),
            )
            .map_err(sql_fault)?;
            let entry = Entry {
                event: "configuration.changed",
                subject: station.as_str(),
                facts: json!({"before": known, "file": file, "sha256": sha256.to_string()}),
                time_ms: now_ms,
            };
            log::append(tx, None, &entry)?;
            Ok(true)
        })
    }
}

fn known(tx: &Transaction<'_>, station: &StationId, file: &str) -> Result<Option<String>, Fault> {
    tx.query_row(
        "SELECT sha256 FROM configurations WHERE station = ?1 AND file = ?2",
        (station.as_str(), file),
        |row| row.get(0),
    )
    .optional()
    .map_err(sql_fault)
}
