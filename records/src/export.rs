//! What leaves the records as files. Each export is an entry of the audit log, with the digest of
//! every file.

mod csv;
mod json;

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{BatchId, Sha256};
use cradle_procedure::role::Permission;
use serde_json::{Map, json};

use crate::act::Attempt;
use crate::batch::{self, BatchReport};
use crate::people::Session;
use crate::store::Store;
use crate::unit::{self, UnitSummary};

/// All there is to say about a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchExport {
    /// Terms and counts.
    pub report: BatchReport,
    /// Every unit, by serial number.
    pub units: Vec<UnitSummary>,
    /// When this was read, in milliseconds since 1970-01-01 UTC.
    pub made_ms: u64,
    /// Who asked for it.
    pub made_by: String,
}

/// A file that is handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// Its name, without a folder.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Store {
    /// Reads a batch and has `render` make files of it. They are returned once the audit log
    /// holds their digests.
    ///
    /// # Errors
    /// `AUT-03`, `BAT-01`, and whatever `render` returns.
    pub fn export_batch(
        &self,
        session: &Session,
        id: &BatchId,
        render: impl FnOnce(&BatchExport) -> Result<Vec<ExportFile>, Fault>,
    ) -> Result<Vec<ExportFile>, Fault> {
        let (report, units) = self.look(session, &[Permission::ReadRecords], |tx| {
            Ok((batch::report(tx, id)?, unit::of_batch(tx, id)?))
        })?;
        let files = render(&BatchExport {
            report,
            units,
            made_ms: self.now_ms(),
            made_by: session.operator().to_string(),
        })?;
        let digests: Map<_, _> = files
            .iter()
            .map(|file| {
                (
                    file.name.clone(),
                    Sha256::of(&file.bytes).to_string().into(),
                )
            })
            .collect();
        let attempt = Attempt {
            what: "export-batch",
            subject: id.as_str(),
            needs: &[Permission::ReadRecords],
        };
        let id = id.clone();
        self.act(session, &attempt, move |act| {
            act.audit("batch.exported", id.as_str(), json!({ "files": digests }))
        })?;
        Ok(files)
    }
}

impl BatchExport {
    /// All of it, as canonical JSON (RFC 8785): what is signed.
    ///
    /// # Errors
    /// `RUN-02`.
    pub fn json(&self) -> Result<Vec<u8>, Fault> {
        json::encode(self)
    }

    /// The units, one per line (RFC 4180), made safe for spreadsheets.
    ///
    /// # Errors
    /// `RUN-02`.
    pub fn csv(&self) -> Result<Vec<u8>, Fault> {
        csv::encode(&self.units)
    }

    /// How long the latest attempt of each unit that passed took, in milliseconds, shortest
    /// first.
    #[must_use]
    pub fn cycle_times_ms(&self) -> Vec<u64> {
        let passed = self.units.iter().filter(|unit| unit.passed());
        let mut times: Vec<u64> = passed.filter_map(UnitSummary::cycle_ms).collect();
        times.sort_unstable();
        times
    }

    /// Units that passed at their first attempt, and those that passed at all, per thousand
    /// begun. `None` if none was begun.
    #[must_use]
    pub fn yields_per_mille(&self) -> Option<(u64, u64)> {
        let begun = u64::from(self.report.begun);
        let of = |some: u64| (some * 1000).checked_div(begun);
        let passed = self.units.iter().filter(|unit| unit.passed()).count() as u64;
        of(u64::from(self.report.first_pass)).zip(of(passed))
    }
}

/// The smallest of the sorted values that so many per thousand do not exceed (nearest rank).
#[must_use]
pub fn percentile(sorted: &[u64], per_mille: usize) -> Option<u64> {
    let rank = (sorted.len() * per_mille).div_ceil(1000);
    sorted.get(rank.max(1) - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn a_percentile_is_the_smallest_value_that_enough_do_not_exceed() {
        assert_eq!(percentile(&[], 500), None);
        assert_eq!(percentile(&[7], 950), Some(7));
        assert_eq!(percentile(&[1, 2, 3], 500), Some(2));
        assert_eq!(percentile(&[1, 2, 3], 950), Some(3));
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!(percentile(&hundred, 950), Some(95));
    }
}
