//! The batch report as a page that a person can read, print and sign.
//!
//! Drawn with krilla, as the certificate of sanitization is; the one plot is forty rectangles,
//! which is less than a plotting library would ask for in glue.

mod charts;
mod paper;
mod sections;

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::Sha256;
use cradle_procedure::ports::Signer;
use cradle_records::{BatchExport, ExportFile};

/// Everything there is to say about a batch: its report (PDF), its data (JSON, with a signature)
/// and the list of its units (CSV).
///
/// # Errors
/// `TOK-…`; `RUN-02` if a file cannot be made.
pub(crate) fn files(export: &BatchExport, key: &dyn Signer) -> Result<Vec<ExportFile>, Fault> {
    let id = &export.report.batch.id;
    let data = export.json()?;
    let file = |ending: &str, bytes| ExportFile {
        name: format!("{id}.{ending}"),
        bytes,
    };
    Ok(vec![
        file("pdf", render(export, &Sha256::of(&data))?),
        file("csv", export.csv()?),
        file("json.sig", key.sign(&data)?),
        file("json", data),
    ])
}

/// Renders the report. `data` is the digest of the signed JSON that goes with it.
///
/// # Errors
/// `RUN-02` if the PDF cannot be made.
fn render(export: &BatchExport, data: &Sha256) -> Result<Vec<u8>, Fault> {
    let mut paper = paper::Paper::new(format!(
        "Batch {} · data SHA-256 {data}",
        export.report.batch.id
    ));
    sections::all(&mut paper, export, data);
    paper.finish()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use cradle_procedure::ids::{BatchId, OperatorName, ProfileId, ReleaseId, Serial, SlotId, Uid};
    use cradle_procedure::ports::UnitState;
    use cradle_procedure::step::Verdict;
    use cradle_records::{Batch, BatchReport, BatchState, SerialScheme, UnitSummary};

    use super::*;

    fn unit(n: u64) -> UnitSummary {
        let aside = n % 37 == 5;
        UnitSummary {
            serial: Serial::new(format!("SN-{n:06}K")).unwrap(),
            uid: Uid::new(&n.to_be_bytes()),
            state: if aside {
                UnitState::Quarantined
            } else {
                UnitState::Provisioned
            },
            reason: None,
            attempts: 1 + u32::from(n % 11 == 3),
            started_ms: 1_800_000_000_000 + n * 4_000,
            ended_ms: Some(1_800_000_000_000 + n * 4_000 + 3_400 + n * n * 7919 % 900),
            slot: Some(SlotId(1)),
            verdict: Some(if aside {
                Verdict::Quarantine
            } else {
                Verdict::Pass
            }),
            code: aside.then(|| "DEV-10".to_owned()),
            certificate: (!aside).then(|| Sha256::of(&n.to_be_bytes()).to_string()[..32].into()),
            steps: Vec::new(),
        }
    }

    fn export() -> BatchExport {
        let name = |name: &str| OperatorName::new(name).unwrap();
        let batch = Batch {
            id: BatchId::new("b-7").unwrap(),
            product: "sensor".into(),
            profile: ProfileId::new("stm32f405").unwrap(),
            release: ReleaseId::new("sensor-1.4.2").unwrap(),
            manifest: Sha256::of(b"manifest"),
            quota: 120,
            used: 117,
            provisioned: 117,
            in_progress: 0,
            quarantined: 3,
            in_repair: 0,
            serials: SerialScheme {
                prefix: "SN-".into(),
                width: 6,
                first: 1,
                check: true,
            },
            valid_until_ms: 1_800_100_000_000,
            site: "Hall 3, Łódź".into(),
            state: BatchState::Closed,
            requested_by: name("alice"),
            requester_counts: true,
            approved_by: vec![name("bob")],
        };
        let reason = "DEV-10: The one-time memory did not take the value. block 0, bit 17";
        BatchExport {
            report: BatchReport {
                begun: 120,
                over: 0,
                short: 3,
                first_pass: 108,
                reworked: 11,
                in_repair: 0,
                decommissioned: 0,
                destroyed: 0,
                set_aside: vec![("SN-000005K".into(), Some(reason.into()))],
                failures: vec![("burn-root-key".into(), 9), ("attest".into(), 4)],
                batch,
            },
            units: (0..120).map(unit).collect(),
            made_ms: 1_800_000_900_000,
            made_by: "vera".into(),
        }
    }

    /// The text that another program finds on the pages, as a person would.
    #[test]
    fn the_report_shows_counts_units_and_the_digest_of_its_data() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("b-7.pdf");
        let digest = Sha256::of(b"data");
        std::fs::write(&file, render(&export(), &digest).unwrap()).unwrap();
        if let Some(kept) = std::env::var_os("CRADLE_KEEP_REPORT") {
            std::fs::copy(&file, kept).unwrap();
        }
        let output = Command::new("pdftotext")
            .args(["-layout".as_ref(), file.as_os_str(), "-".as_ref()])
            .output()
            .expect("pdftotext is needed (`cargo xtask test` brings it)");
        let text = String::from_utf8(output.stdout).unwrap();
        for shown in [
            "Batch report b-7",
            "Hall 3, Łódź",
            "90.0 %",
            "SN-000005K",
            "SN-000119K",
            "burn-root-key",
            "Page 3 of 3",
            &digest.to_string(),
        ] {
            assert!(text.contains(shown), "{shown}\n{text}");
        }
    }
}
