//! Who is there, who was, and who may do what.

use std::fmt::Write as _;

use cradle_procedure::fault::Fault;
use cradle_procedure::role::{Permission, Role};
use cradle_records::Operator;
use serde_json::{Map, Value, json};

use super::super::Answer;
use super::super::people::SignIn;
use crate::office::Office;

/// The table, as the code has it.
pub(super) fn roles() -> Result<Answer, Fault> {
    let mut data = Map::new();
    for permission in Permission::ALL {
        let able: Vec<_> = Role::ALL
            .iter()
            .filter(|role| role.permissions().contains(permission))
            .map(|role| role.text())
            .collect();
        data.insert(permission.text().to_owned(), json!(able));
    }
    Answer::done(Role::table(), Value::Object(data))
}

pub(super) fn list(sign_in: &SignIn, office: &Office) -> Result<Answer, Fault> {
    let people = sign_in.with(office, |session| office.store().operators(session))?;
    let mut words = String::new();
    let mut data = Vec::new();
    for person in &people {
        let _ = writeln!(
            words,
            "{:<16} {:<20} {}",
            person.name,
            person.role,
            state(person)
        );
        data.push(json!({
            "name": person.name,
            "role": person.role,
            "added_ms": person.added_ms,
            "added_by": person.added_by,
            "disabled_ms": person.disabled_ms,
            "temporary_ms": person.temporary_ms,
            "wait_until_ms": person.wait_until_ms,
            "cards": person.cards,
        }));
    }
    Answer::done(words, json!(data))
}

fn state(person: &Operator) -> String {
    let mut said = Vec::new();
    if person.disabled_ms.is_some() {
        said.push("disabled".to_owned());
    }
    if person.temporary_ms.is_some() {
        said.push("temporary password".to_owned());
    }
    if person.wait_until_ms.is_some() {
        said.push("has to wait after failed sign-ins".to_owned());
    }
    if person.cards > 0 {
        said.push(format!("cards: {}", person.cards));
    }
    said.join(", ")
}

pub(super) fn sessions(limit: u32, sign_in: &SignIn, office: &Office) -> Result<Answer, Fault> {
    let sessions = sign_in.with(office, |session| office.store().sessions(session, limit))?;
    let mut words = String::new();
    let mut data = Vec::new();
    for one in &sessions {
        let ended = one
            .ended_ms
            .map_or("not ended".to_owned(), |ms| format!("ended {ms}"));
        let _ = writeln!(
            words,
            "{:>6}  {:<16} {:<20} {:<16} began {}, {ended}",
            one.id, one.operator, one.role, one.station, one.started_ms
        );
        data.push(json!({
            "session": one.id, "operator": one.operator, "role": one.role,
            "station": one.station, "started_ms": one.started_ms, "ended_ms": one.ended_ms,
        }));
    }
    Answer::done(words, json!(data))
}
