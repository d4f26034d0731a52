//! What is on the pages, from top to bottom.

use cradle_procedure::ids::{OperatorName, Sha256};
use cradle_procedure::step::Verdict;
use cradle_records::{BatchExport, percentile};
use jiff::Timestamp;

use super::charts::{self, seconds};
use super::paper::{ACCENT, INK, LINE, MUTED, Paper, SHADE, WIDTH};

/// Longest text in a line, in characters; what is cut is in the data.
const LINE_LENGTH: usize = 105;

pub(super) fn all(paper: &mut Paper, export: &BatchExport, data: &Sha256) {
    head(paper, export);
    counts(paper, export);
    cycle_times(paper, export);
    title(paper, "Failures by step");
    charts::failures(paper, &export.report.failures);
    set_aside(paper, export);
    signatures(paper, export, data);
    units(paper, export);
}

fn head(paper: &mut Paper, export: &BatchExport) {
    let batch = &export.report.batch;
    paper.text(0.0, 18.0, true, INK, &format!("Batch report {}", batch.id));
    paper.skip(26.0);
    let approved: Vec<_> = batch.approved_by.iter().map(OperatorName::as_str).collect();
    for line in [
        format!(
            "{} · release {} · {}",
            batch.product, batch.release, batch.profile
        ),
        format!("{} · batch is {}", batch.site, batch.state),
        format!(
            "Asked for by {}, approved by {}",
            batch.requested_by,
            approved.join(", ")
        ),
        format!("As of {}, by {}", time(export.made_ms), export.made_by),
    ] {
        paper.text(0.0, 8.5, false, MUTED, &cut(&line, LINE_LENGTH));
        paper.skip(12.0);
    }
}

fn counts(paper: &mut Paper, export: &BatchExport) {
    title(paper, "Counts and yield");
    let report = &export.report;
    let yields = export.yields_per_mille();
    let percent = |per_mille: Option<u64>| match per_mille {
        Some(value) => format!("{}.{} %", value / 10, value % 10),
        None => "–".to_owned(),
    };
    let cells = [
        ("Quota", report.batch.quota.to_string()),
        ("Begun", report.begun.to_string()),
        (
            "Passed and in service",
            report.batch.provisioned.to_string(),
        ),
        ("Passed at once", report.first_pass.to_string()),
        ("Reworked", report.reworked.to_string()),
        ("Under way", report.batch.in_progress.to_string()),
        ("Set aside", report.batch.quarantined.to_string()),
        ("In repair", report.in_repair.to_string()),
        ("Decommissioned", report.decommissioned.to_string()),
        ("Destroyed", report.destroyed.to_string()),
        ("Short of the quota", report.short.to_string()),
        ("Beyond the quota", report.over.to_string()),
        ("First-pass yield", percent(yields.map(|(first, _)| first))),
        ("Yield", percent(yields.map(|(_, passed)| passed))),
    ];
    for pair in cells.chunks(2) {
        paper.area(0.0, 11.5, WIDTH, 0.5, LINE);
        for ((name, value), x) in pair.iter().zip([0.0, WIDTH / 2.0]) {
            paper.text(x, 8.5, false, MUTED, name);
            paper.text(x + 130.0, 8.5, true, INK, value);
        }
        paper.skip(14.0);
    }
}

fn cycle_times(paper: &mut Paper, export: &BatchExport) {
    title(paper, "Cycle time of the units that passed");
    let times = export.cycle_times_ms();
    if let (Some(median), Some(p95)) = (percentile(&times, 500), percentile(&times, 950)) {
        let line = format!(
            "{} units, median {}, 95 of 100 within {}",
            times.len(),
            seconds(median),
            seconds(p95)
        );
        paper.text(0.0, 8.5, false, INK, &line);
        paper.skip(16.0);
    }
    charts::histogram(paper, &times);
}

fn set_aside(paper: &mut Paper, export: &BatchExport) {
    if export.report.set_aside.is_empty() {
        return;
    }
    title(paper, "Set aside");
    for (serial, reason) in &export.report.set_aside {
        paper.need(13.0);
        let reason = reason.as_deref().unwrap_or("no reason given");
        paper.text(0.0, 8.0, true, INK, &cut(serial, 24));
        paper.text(130.0, 8.0, false, INK, &cut(reason, 78));
        paper.skip(13.0);
    }
}

fn signatures(paper: &mut Paper, export: &BatchExport, data: &Sha256) {
    paper.need(128.0);
    title(paper, "Signatures");
    let id = &export.report.batch.id;
    for line in [
        format!("{id}.json holds all that is here and is signed in {id}.json.sig with the"),
        "station's document key (ECDSA P-256, SHA-256). SHA-256 of that file:".to_owned(),
        data.to_string(),
    ] {
        paper.text(0.0, 8.5, false, INK, &line);
        paper.skip(12.0);
    }
    paper.skip(34.0);
    let columns = [0.0, WIDTH / 3.0 + 5.0, 2.0 * WIDTH / 3.0 + 10.0];
    for (x, who) in columns
        .into_iter()
        .zip(["Production", "Quality", "Security"])
    {
        paper.area(x, 0.0, WIDTH / 3.0 - 12.0, 0.6, INK);
        let line = format!("{who}: name, date, signature");
        paper.skip(4.0);
        paper.text(x, 7.5, false, MUTED, &line);
        paper.skip(-4.0);
    }
    paper.skip(20.0);
}

const COLUMNS: [(f32, &str); 7] = [
    (0.0, "Serial"),
    (104.0, "State"),
    (170.0, "Last attempt"),
    (226.0, "Code"),
    (264.0, "Attempts"),
    (302.0, "Time"),
    (334.0, "Certificate"),
];

fn units(paper: &mut Paper, export: &BatchExport) {
    title(paper, "Units");
    columns(paper);
    for unit in &export.units {
        if paper.need(12.0) {
            columns(paper);
        }
        let cells = [
            cut(unit.serial.as_str(), 20),
            unit.state.to_string(),
            unit.verdict.map_or("–", Verdict::text).to_owned(),
            unit.code.clone().unwrap_or_default(),
            unit.attempts.to_string(),
            unit.cycle_ms().map(seconds).unwrap_or_default(),
            cut(unit.certificate.as_deref().unwrap_or("–"), 40),
        ];
        for ((x, _), cell) in COLUMNS.into_iter().zip(cells) {
            paper.text(x, 7.0, false, INK, &cell);
        }
        paper.area(0.0, 10.5, WIDTH, 0.3, LINE);
        paper.skip(12.0);
    }
}

fn columns(paper: &mut Paper) {
    paper.area(0.0, 0.0, WIDTH, 12.0, SHADE);
    paper.skip(2.0);
    for (x, name) in COLUMNS {
        paper.text(x, 7.0, true, MUTED, name);
    }
    paper.skip(13.0);
}

fn title(paper: &mut Paper, text: &str) {
    paper.need(60.0);
    paper.skip(12.0);
    paper.text(0.0, 11.0, true, ACCENT, text);
    paper.skip(18.0);
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most - 1).collect();
    format!("{kept}…")
}

fn time(milliseconds: u64) -> String {
    i64::try_from(milliseconds)
        .ok()
        .and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok())
        .map_or_else(String::new, |time| {
            time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
        })
}
