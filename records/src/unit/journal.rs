//! Runs, intents and outcomes: what was about to be done to a unit, and what became of it.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{Serial, SlotId};
use cradle_procedure::ports::UnitState;
use cradle_procedure::step::{StepId, StepReport, Verdict};
use rusqlite::{OptionalExtension as _, Transaction};
use serde_json::json;

use super::row::UnitRow;
use crate::act::Act;
use crate::store::sql::{column, sql_fault};

/// Longest text of a step that is kept, in bytes. A longer one is cut: that a burn has an
/// outcome must not depend on how much a device has to say about it.
const DETAIL_LENGTH: usize = 4096;

/// Which of the two journeys a run is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Journey {
    Provision,
    Decommission,
}

impl Journey {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Provision => "provision",
            Self::Decommission => "decommission",
        }
    }
}

/// Begins a run. One that was left open before was interrupted, and is ended without a verdict.
pub(crate) fn begin(
    act: &Act<'_>,
    serial: &Serial,
    journey: Journey,
    slot: Option<SlotId>,
) -> Result<u64, Fault> {
    interrupt(act, serial)?;
    act.tx
        .prepare_cached(
            "INSERT INTO runs (unit, journey, slot, session, started_ms)
             VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
        )
        .and_then(|mut insert| {
            insert.query_row(
                (
                    serial.as_str(),
                    journey.text(),
                    slot.map(|slot| slot.0),
                    act.session.id(),
                    act.now_ms,
                ),
                |row| row.get(0),
            )
        })
        .map_err(sql_fault)
}

/// From the first intent on, the unit's chip is no longer as it came.
pub(crate) fn begin_work(act: &Act<'_>, serial: &Serial) -> Result<(), Fault> {
    let unit = UnitRow::known(act.tx, serial)?;
    match unit.state {
        UnitState::Blank => unit.turn(act.tx, UnitState::InProgress, None),
        _ => Ok(()),
    }
}

/// Ends a run that is open on the unit without a verdict.
pub(crate) fn interrupt(act: &Act<'_>, serial: &Serial) -> Result<(), Fault> {
    act.tx
        .prepare_cached("UPDATE runs SET ended_ms = ?2 WHERE unit = ?1 AND ended_ms IS NULL")
        .and_then(|mut update| update.execute((serial.as_str(), act.now_ms)))
        .map_err(sql_fault)?;
    Ok(())
}

/// The run of this session that is open on the unit.
pub(crate) fn open_run(
    act: &Act<'_>,
    serial: &Serial,
    journey: Journey,
) -> Result<Option<u64>, Fault> {
    act.tx
        .prepare_cached(
            "SELECT id FROM runs
             WHERE unit = ?1 AND ended_ms IS NULL AND journey = ?2 AND session = ?3",
        )
        .and_then(|mut query| {
            query
                .query_row((serial.as_str(), journey.text(), act.session.id()), |row| {
                    row.get(0)
                })
                .optional()
        })
        .map_err(sql_fault)
}

/// As [`open_run`]; without one, nothing may be done to the unit.
pub(crate) fn require_run(act: &Act<'_>, serial: &Serial, journey: Journey) -> Result<u64, Fault> {
    open_run(act, serial, journey)?.ok_or_else(|| {
        let detail = format!("no work is open on {serial} in this session");
        Fault::new(Code::UnitState, detail)
    })
}

pub(crate) fn intent(
    act: &Act<'_>,
    run: u64,
    serial: &Serial,
    step: StepId,
    detail: &str,
) -> Result<(), Fault> {
    let detail = cut(detail);
    act.tx
        .prepare_cached("INSERT INTO intents (run, step, detail, at_ms) VALUES (?1, ?2, ?3, ?4)")
        .and_then(|mut insert| insert.execute((run, step.text(), detail, act.now_ms)))
        .map_err(sql_fault)?;
    let facts = json!({"detail": detail, "run": run, "step": step.text()});
    act.audit("step.intent", serial.as_str(), facts)
}

pub(crate) fn outcome(
    act: &Act<'_>,
    run: u64,
    serial: &Serial,
    report: &StepReport,
) -> Result<(), Fault> {
    let detail = cut(&report.detail);
    let verification = report
        .verification
        .map(cradle_procedure::step::Verification::text);
    act.tx
        .prepare_cached(
            "INSERT INTO outcomes (run, step, outcome, verification, detail, code,
                                   started_ms, duration_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .and_then(|mut insert| {
            insert.execute((
                run,
                report.id.text(),
                report.outcome.text(),
                verification,
                detail,
                &report.code,
                report.started_ms,
                report.duration_ms,
            ))
        })
        .map_err(sql_fault)?;
    let facts = json!({
        "code": report.code,
        "detail": detail,
        "duration_ms": report.duration_ms,
        "outcome": report.outcome.text(),
        "run": run,
        "started_ms": report.started_ms,
        "step": report.id.text(),
        "verification": verification,
    });
    act.audit("step.outcome", serial.as_str(), facts)
}

/// Ends a run.
pub(crate) fn end(
    act: &Act<'_>,
    run: u64,
    verdict: Verdict,
    fault: Option<&Fault>,
) -> Result<(), Fault> {
    act.tx
        .prepare_cached(
            "UPDATE runs SET ended_ms = ?2, verdict = ?3, code = ?4, detail = ?5 WHERE id = ?1",
        )
        .and_then(|mut update| {
            update.execute((
                run,
                act.now_ms,
                verdict.text(),
                fault.map(|fault| fault.code.id()),
                fault.map(|fault| cut(&fault.detail)),
            ))
        })
        .map_err(sql_fault)?;
    Ok(())
}

/// Steps of provisioning whose intent is on record, in the order in which they were first meant.
pub(crate) fn intended(tx: &Transaction<'_>, serial: &Serial) -> Result<Vec<StepId>, Fault> {
    tx.prepare_cached(
        "SELECT step FROM intents JOIN runs ON runs.id = run
         WHERE unit = ?1 AND journey = 'provision' GROUP BY step ORDER BY min(intents.id)",
    )
    .and_then(|mut query| {
        query
            .query_map([serial.as_str()], |row| column(row, "step"))?
            .collect()
    })
    .map_err(sql_fault)
}

/// The text, or as much of its beginning as is kept.
pub(crate) fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(DETAIL_LENGTH)]
}
