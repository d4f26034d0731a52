//! `cradle provision --dry-run`: the plan, and the one-time memory before and after.

use std::fmt::Write as _;

use cradle_procedure::fault::Fault;
use cradle_procedure::plan::BurnItem;
use cradle_procedure::ports::Forecast;
use cradle_procedure::provision::Rehearsal;
use serde_json::{Value, json};

use super::super::Answer;
use super::Arguments;
use crate::station::Station;

pub(super) fn run(arguments: &Arguments, station: &Station) -> Result<Answer, Fault> {
    let rehearsal = arguments.sign_in.with(station, |session| {
        station.rehearse(&arguments.what(session))
    })?;
    Answer::done(words(&rehearsal), data(&rehearsal))
}

/// Whether the chip holds the item already.
fn held(rehearsal: &Rehearsal, item: &BurnItem) -> bool {
    let fuses = rehearsal.chip.fuses.as_ref();
    fuses.is_some_and(|fuses| item.holds(fuses))
}

fn words(rehearsal: &Rehearsal) -> String {
    let mut text = format!(
        "nothing was changed. Burns on chip {}:\n",
        rehearsal.chip.uid
    );
    for (number, item) in (1..).zip(rehearsal.plan.items()) {
        let held = if held(rehearsal, item) {
            "  (held already)"
        } else {
            ""
        };
        let _ = writeln!(text, "  {number:>2}. {item}{held}");
    }
    for Forecast { name, now, then } in &rehearsal.forecast {
        let _ = match now == then {
            true => writeln!(text, "{name:<30} {now}"),
            false => writeln!(text, "{name:<30} {now} -> {then}"),
        };
    }
    text
}

fn data(rehearsal: &Rehearsal) -> Value {
    let items = rehearsal.plan.items().iter();
    let items = items.map(|item| {
        json!({ "item": item.to_string(), "step": item.step(), "held": held(rehearsal, item) })
    });
    let parts = rehearsal.forecast.iter();
    let parts = parts.map(|part| json!({ "name": part.name, "now": part.now, "then": part.then }));
    json!({
        "uid": rehearsal.chip.uid,
        "burns": items.collect::<Vec<_>>(),
        "one_time_memory": parts.collect::<Vec<_>>(),
    })
}
