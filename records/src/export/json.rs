//! A batch as data. Numbers are integers, so that the canonical form holds them.

use cradle_procedure::fault::Fault;
use cradle_procedure::step::Verdict;
use serde_json::{Value, json};

use super::{BatchExport, percentile};
use crate::audit::canonical;
use crate::batch::ticket;
use crate::unit::UnitSummary;

/// Tells a signature over this from one over anything else that the document key signs.
const KIND: &str = "cradle batch report 1";

pub(super) fn encode(export: &BatchExport) -> Result<Vec<u8>, Fault> {
    let report = &export.report;
    let yields = export.yields_per_mille();
    let times = export.cycle_times_ms();
    let failures: Vec<_> = report
        .failures
        .iter()
        .map(|(step, times)| json!({ "step": step, "times": times }))
        .collect();
    let value = json!({
        "kind": KIND,
        "made_ms": export.made_ms,
        "made_by": export.made_by,
        "terms": ticket::terms(&report.batch),
        "state": report.batch.state.text(),
        "counts": {
            "begun": report.begun,
            "used": report.batch.used,
            "provisioned": report.batch.provisioned,
            "in_progress": report.batch.in_progress,
            "quarantined": report.batch.quarantined,
            "in_repair": report.in_repair,
            "decommissioned": report.decommissioned,
            "destroyed": report.destroyed,
            "first_pass": report.first_pass,
            "reworked": report.reworked,
            "over": report.over,
            "short": report.short,
        },
        "first_pass_yield_per_mille": yields.map(|(first, _)| first),
        "yield_per_mille": yields.map(|(_, all)| all),
        "cycle_time_ms": {
            "units": times.len(),
            "shortest": times.first(),
            "median": percentile(&times, 500),
            "p95": percentile(&times, 950),
            "longest": times.last(),
        },
        "failures": failures,
        "units": export.units.iter().map(unit).collect::<Vec<_>>(),
    });
    Ok(canonical::encode(&value)?.into_bytes())
}

fn unit(unit: &UnitSummary) -> Value {
    json!({
        "serial": unit.serial,
        "uid": unit.uid,
        "state": unit.state.text(),
        "reason": unit.reason,
        "verdict": unit.verdict.map(Verdict::text),
        "code": unit.code,
        "attempts": unit.attempts,
        "slot": unit.slot,
        "started_ms": unit.started_ms,
        "ended_ms": unit.ended_ms,
        "cycle_ms": unit.cycle_ms(),
        "certificate": unit.certificate,
    })
}
