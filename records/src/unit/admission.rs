//! Letting a chip in: as a new unit, as the one it has been, or not at all.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{Serial, SlotId, Uid};
use cradle_procedure::ports::{Admission, History, UnitState};
use serde_json::json;

use super::journal::{self, Journey};
use super::life;
use super::row::UnitRow;
use crate::act::Act;
use crate::batch::Batch;
use crate::certificate;
use crate::store::sql::sql_fault;

/// Binds the chip to a serial number, or finds the one it has, and begins a run.
pub(crate) fn admit(
    act: &Act<'_>,
    batch: &Batch,
    slot: SlotId,
    uid: &Uid,
    scanned: Option<Serial>,
) -> Result<Admission, Fault> {
    if let Some(scanned) = &scanned {
        batch.serials.verify(scanned)?;
    }
    let known = UnitRow::by_uid(act.tx, uid)?;
    let new = known.is_none();
    let serial = match known {
        Some(unit) => {
            refuse_other(&unit, batch, scanned.as_ref())?;
            if unit.state == UnitState::InRepair {
                unit.turn(act.tx, UnitState::InProgress, None)?;
            }
            unit.serial
        }
        None => bind(act, batch, uid, scanned)?,
    };
    reserve(act, batch, &serial)?;
    let run = journal::begin(act, &serial, Journey::Provision, Some(slot))?;
    let facts = json!({
        "batch": batch.id.as_str(),
        "new": new,
        "release": batch.release.as_str(),
        "run": run,
        "slot": slot.0,
        "uid": uid.to_string(),
    });
    act.audit("unit.admitted", serial.as_str(), facts)?;
    Ok(Admission {
        history: history(act, &serial)?,
        serial,
    })
}

/// A unit that was bound but not touched is as good as new: whatever is burnt on its chip, it was
/// not us.
fn history(act: &Act<'_>, serial: &Serial) -> Result<History, Fault> {
    let steps = journal::intended(act.tx, serial)?;
    Ok(match steps.is_empty() {
        true => History::New,
        false => History::Begun(steps),
    })
}

/// A chip that is on record may only go on as the unit it is.
fn refuse_other(unit: &UnitRow, batch: &Batch, scanned: Option<&Serial>) -> Result<(), Fault> {
    if let Some(scanned) = scanned.filter(|scanned| **scanned != unit.serial) {
        let detail = format!("chip {} is {}, not {scanned}", unit.uid, unit.serial);
        return Err(Fault::new(Code::SerialMismatch, detail));
    }
    if !life::may_go_on(unit.state) || unit.batch != batch.id {
        let detail = format!(
            "chip {} is {} of batch {}, {}",
            unit.uid, unit.serial, unit.batch, unit.state
        );
        return Err(Fault::new(Code::UidKnown, detail));
    }
    Ok(())
}

/// Makes a unit of a chip never seen.
fn bind(act: &Act<'_>, batch: &Batch, uid: &Uid, scanned: Option<Serial>) -> Result<Serial, Fault> {
    let serial = match scanned {
        Some(serial) => match UnitRow::by_serial(act.tx, &serial)? {
            Some(other) => {
                let detail = format!("{serial} is chip {}, this one is {uid}", other.uid);
                return Err(Fault::new(Code::SerialMismatch, detail));
            }
            None => serial,
        },
        None => next_serial(act, batch)?,
    };
    let unit = UnitRow {
        serial,
        uid: uid.clone(),
        batch: batch.id.clone(),
        state: life::FIRST,
        bound_ms: act.now_ms,
    };
    unit.insert(act)?;
    Ok(unit.serial)
}

/// The next number that no unit has: labels may have been scanned out of turn.
fn next_serial(act: &Act<'_>, batch: &Batch) -> Result<Serial, Fault> {
    let mut number: u64 = act
        .tx
        .query_row(
            "SELECT serial_next FROM batches WHERE id = ?1",
            [batch.id.as_str()],
            |row| row.get(0),
        )
        .map_err(sql_fault)?;
    loop {
        let serial = batch.serials.serial(number).ok_or_else(|| {
            Fault::new(
                Code::BatchExhausted,
                format!("{}: no serial numbers are left", batch.id),
            )
        })?;
        number += 1;
        if UnitRow::by_serial(act.tx, &serial)?.is_none() {
            act.tx
                .execute(
                    "UPDATE batches SET serial_next = ?2 WHERE id = ?1",
                    (batch.id.as_str(), number),
                )
                .map_err(sql_fault)?;
            return Ok(serial);
        }
    }
}

/// `CROSS JOIN` has SQLite begin with the few open runs, and not with all units of the batch.
const OTHERS_IN_WORK: &str = "
    SELECT count(DISTINCT runs.unit) FROM runs CROSS JOIN units ON units.serial = runs.unit
    WHERE runs.ended_ms IS NULL AND units.batch = ?1 AND units.serial <> ?2
      AND NOT EXISTS (SELECT 1 FROM certificates AS c WHERE c.unit = units.serial)";

/// Refuses a unit for which no certificate would be left once those being made in other slots
/// have theirs: better now than after its fuses are burnt.
fn reserve(act: &Act<'_>, batch: &Batch, serial: &Serial) -> Result<(), Fault> {
    if certificate::is_counted(act.tx, serial)? {
        return Ok(());
    }
    let others: u32 = act
        .tx
        .prepare_cached(OTHERS_IN_WORK)
        .and_then(|mut query| {
            query.query_row((batch.id.as_str(), serial.as_str()), |row| row.get(0))
        })
        .map_err(sql_fault)?;
    if others < batch.left() {
        return Ok(());
    }
    Err(Fault::new(
        Code::BatchExhausted,
        format!("{}: {} left, {others} in work", batch.id, batch.left()),
    ))
}
