//! `cradle decommission batch`: a list of units.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Args;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Serial;
use cradle_procedure::step::{Event, Verdict};
use cradle_wipe::{BatchLine, DestinationKind, Reason};
use serde_json::{Value, json};

use super::super::people::{SignIn, Witness};
use super::super::{Answer, Shared};
use crate::files;
use crate::station::{BatchRetirement, RetiredBatch};

/// Most units on one list.
const MOST: usize = 10_000;

/// Take every unit of a list out of service whose board is in a slot, whichever slot that is.
///
/// Run it again with the next boards: units that are done stay done. Ends with status 1 while a
/// unit of the list is open.
#[derive(Args)]
#[command(
    after_help = "Example: cradle decommission batch --as tariq --list returned.csv \
                  --reason end-of-life --verifier vera"
)]
pub(in super::super) struct Arguments {
    #[command(flatten)]
    sign_in: SignIn,
    /// One serial number a line; a first line `serial` is a heading
    #[arg(long, value_name = "CSV")]
    list: PathBuf,
    /// end-of-life, repair-return or compromised
    #[arg(long)]
    reason: Reason,
    #[command(flatten)]
    witness: Witness,
    /// Where the units were in use
    #[arg(long, value_name = "PLACE", default_value = "not stated")]
    source: String,
}

pub(super) fn run(order: &Arguments, shared: &Shared) -> Result<Answer, Fault> {
    let list = files::read(&order.list)?;
    let serials = serials(&list)?;
    let station = shared.station()?;
    let ended = AtomicUsize::new(0);
    let retired = order.sign_in.with(&station, |session| {
        order.witness.with(&station, |verifier| {
            let batch = BatchRetirement {
                session,
                list: &list,
                serials: &serials,
                reason: order.reason,
                verifier,
                source: order.source.clone(),
                destination: DestinationKind::RecyclingFacility,
            };
            station.decommission_batch(&batch, &|serial, event| follow(serial, &event, &ended))
        })
    })?;
    let number = &retired.signed.document().number;
    let path = station.config().documents.join(format!("{number}.pdf"));
    Ok(answer(&retired, &path.display().to_string()))
}

/// The serial numbers of a list.
fn serials(list: &[u8]) -> Result<Vec<Serial>, Fault> {
    let invalid =
        |line: usize, why: &str| Fault::new(Code::InputInvalid, format!("line {line}: {why}"));
    let text = str::from_utf8(list).map_err(|_| invalid(1, "not UTF-8 text"))?;
    let mut seen = HashSet::new();
    let mut serials = Vec::new();
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    for (line, text) in (1..).zip(lines) {
        if text.is_empty() || (line == 1 && text == "serial") {
            continue;
        }
        let serial: Serial = text
            .parse()
            .map_err(|fault: Fault| invalid(line, &fault.detail))?;
        if !seen.insert(serial.clone()) {
            return Err(invalid(line, &format!("{serial} is on the list twice")));
        }
        serials.push(serial);
    }
    match serials.len() {
        0 => Err(invalid(1, "no serial number")),
        1..=MOST => Ok(serials),
        more => Err(invalid(more, "more than 10000 units")),
    }
}

fn follow(serial: &Serial, event: &Event, ended: &AtomicUsize) {
    if let Event::Concluded { verdict, fault } = event {
        let done = ended.fetch_add(1, Ordering::Relaxed) + 1;
        let word = match verdict {
            Verdict::Pass => "complete".to_owned(),
            _ => fault.as_ref().map_or_else(String::new, ToString::to_string),
        };
        eprintln!("{done}: {serial}: {word}");
    }
}

fn answer(retired: &RetiredBatch, path: &str) -> Answer {
    let document = retired.signed.document();
    let (complete, all) = (document.complete(), document.units.len());
    let mut lines = vec![format!("{complete} of {all} units complete. {path}")];
    let open = document.units.iter().filter(|unit| !unit.is_complete());
    lines.extend(open.map(|unit| format!("{}: {}", unit.serial, why(unit, retired))));
    let units: Vec<Value> = document
        .units
        .iter()
        .map(|unit| {
            let status = unit.certificate.as_ref().map(|it| it.status);
            json!({ "serial": unit.serial, "status": status })
        })
        .collect();
    let data = json!({
        "document": document.number,
        "complete": complete,
        "units": units,
    });
    let words = lines.join("\n  ");
    if complete == all {
        Answer::Done(words, data)
    } else {
        Answer::Failed(words, data)
    }
}

fn why(unit: &BatchLine, retired: &RetiredBatch) -> String {
    let mut refused = retired.refused.iter();
    if let Some((_, fault)) = refused.find(|(serial, _)| *serial == unit.serial) {
        return fault.to_string();
    }
    match &unit.certificate {
        Some(certificate) => format!("pending: {}", certificate.missing.join(", ")),
        None => "its board is in no slot".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_list_has_one_serial_number_a_line() {
        let read = |text: &str| {
            let serials = serials(text.as_bytes()).unwrap();
            serials.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            read("\u{feff}serial\r\nSN-1\r\n\r\n SN-2 \r\n"),
            ["SN-1", "SN-2"]
        );
        assert_eq!(read("SN-1"), ["SN-1"]);
    }

    #[test]
    fn a_list_that_says_something_else_is_refused_with_its_line() {
        for (text, says) in [
            ("", "line 1: no serial"),
            ("serial\nSN-1\nSN-1\n", "line 3: SN-1 is on the list twice"),
            ("SN-1\nSN-2,shredded\n", "line 2:"),
            ("SN-1\n=cmd|' /C calc'!A0\n", "line 2:"),
        ] {
            let detail = serials(text.as_bytes()).unwrap_err().detail;
            assert!(detail.starts_with(says), "{detail}");
        }
        assert!(serials(b"SN-1\n\xff").is_err());
    }
}
