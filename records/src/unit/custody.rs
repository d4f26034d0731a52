//! Who has a unit: every time it changes hands, both are signed in, and the chain has no gap.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{OperatorName, Serial};
use cradle_procedure::ports::HandOver;
use cradle_procedure::role::Permission;
use rusqlite::{OptionalExtension as _, Transaction};
use serde_json::json;

use super::row::UnitRow;
use crate::act::{Act, Attempt};
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::{column, sql_fault};

/// Longest place or note, in bytes.
const TEXT_LENGTH: usize = 1000;
/// Times that one unit may change hands: its certificate of sanitization tells all of them.
const MOST: u64 = 200;
/// Whoever works on units may have one in hand.
const HANDS: &[Permission] = &[
    Permission::Provision,
    Permission::Decommission,
    Permission::WitnessDecommission,
];

impl Store {
    /// Hands a unit from one person to another; both are signed in. Whoever gives it has to be
    /// the one who had it, unless it is handed over for the first time, or a security admin gives
    /// what its holder cannot give any more.
    ///
    /// # Errors
    /// `AUT-03`, `AUT-04` both are one person, `STO-05`; `STO-06` somebody else has it;
    /// `CFG-03` the place is empty, a text is too long or has control characters, or the unit
    /// changed hands too often.
    pub fn hand_over(
        &self,
        giver: &Session,
        receiver: &Session,
        serial: &Serial,
        place: &str,
        note: &str,
    ) -> Result<(), Fault> {
        self.look(receiver, HANDS, |_| Ok(()))?;
        let attempt = Attempt {
            what: "hand-over",
            subject: serial.as_str(),
            needs: HANDS,
        };
        let (serial, receiver) = (serial.clone(), receiver.clone());
        let (place, note) = (place.trim().to_owned(), note.trim().to_owned());
        self.act(giver, &attempt, move |act| {
            hand_over(act, &receiver, &serial, &place, &note)
        })
    }
}

fn hand_over(
    act: &Act<'_>,
    receiver: &Session,
    serial: &Serial,
    place: &str,
    note: &str,
) -> Result<(), Fault> {
    let giver = act.session.operator();
    if giver == receiver.operator() {
        let detail = format!("{giver} cannot give {serial} to {giver}");
        return Err(Fault::new(Code::OwnApproval, detail));
    }
    let fits = |text: &str| text.len() <= TEXT_LENGTH && !text.contains(char::is_control);
    if place.is_empty() || !fits(place) || !fits(note) {
        let detail = "the place is empty, or a text is too long or has control characters";
        return Err(Fault::new(Code::InputInvalid, detail));
    }
    UnitRow::known(act.tx, serial)?;
    if count(act.tx, serial)? >= MOST {
        let detail = format!("{serial} changed hands {MOST} times");
        return Err(Fault::new(Code::InputInvalid, detail));
    }
    let for_another = act
        .session
        .role()
        .permissions()
        .contains(&Permission::ManageRecords);
    if !for_another {
        require_holder(act, serial)?;
    }
    act.tx
        .execute(
            "INSERT INTO custody (unit, at_ms, giver, receiver, place, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                serial.as_str(),
                act.now_ms,
                act.session.id(),
                receiver.id(),
                place,
                note,
            ),
        )
        .map_err(sql_fault)?;
    let facts = json!({
        "note": note,
        "place": place,
        "receiver": receiver.operator().as_str(),
        "receiver_session": receiver.id(),
    });
    act.audit("unit.handed-over", serial.as_str(), facts)
}

/// Refuses whoever does not have the unit, if it was ever handed to anybody.
pub(super) fn require_holder(act: &Act<'_>, serial: &Serial) -> Result<(), Fault> {
    let sql = "SELECT operator FROM custody JOIN sessions ON sessions.id = receiver
               WHERE unit = ?1 ORDER BY custody.id DESC LIMIT 1";
    let holder: Option<OperatorName> = act
        .tx
        .query_row(sql, [serial.as_str()], |row| column(row, "operator"))
        .optional()
        .map_err(sql_fault)?;
    match holder {
        Some(holder) if holder != *act.session.operator() => Err(Fault::new(
            Code::UnitState,
            format!("{holder} has {serial}, who has to hand it over first"),
        )),
        _ => Ok(()),
    }
}

fn count(tx: &Transaction<'_>, serial: &Serial) -> Result<u64, Fault> {
    let sql = "SELECT count(*) FROM custody WHERE unit = ?1";
    tx.query_row(sql, [serial.as_str()], |row| row.get(0))
        .map_err(sql_fault)
}

/// Every time it changed hands, in order.
pub(crate) fn of_unit(tx: &Transaction<'_>, serial: &Serial) -> Result<Vec<HandOver>, Fault> {
    let sql = "SELECT at_ms, place, note, giver.operator AS giver, giver.id AS giver_session,
                      receiver.operator AS receiver, receiver.id AS receiver_session
               FROM custody JOIN sessions AS giver ON giver.id = custody.giver
               JOIN sessions AS receiver ON receiver.id = custody.receiver
               WHERE unit = ?1 ORDER BY custody.id";
    tx.prepare_cached(sql)
        .and_then(|mut query| {
            query
                .query_map([serial.as_str()], |row| {
                    Ok(HandOver {
                        at_ms: row.get("at_ms")?,
                        giver: column(row, "giver")?,
                        giver_session: row.get("giver_session")?,
                        receiver: column(row, "receiver")?,
                        receiver_session: row.get("receiver_session")?,
                        place: row.get("place")?,
                        note: row.get("note")?,
                    })
                })?
                .collect()
        })
        .map_err(sql_fault)
}
