//! The list of units for spreadsheets, which take a field that begins like a formula for one
//! (OWASP, "CSV Injection"): such a field gets an apostrophe in front. Every field is quoted, so
//! that no separator or quote in it begins another.

use std::borrow::Cow;

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::step::Verdict;
use csv::{QuoteStyle, Terminator, WriterBuilder};

use crate::unit::UnitSummary;

const COLUMNS: [&str; 12] = [
    "serial",
    "uid",
    "state",
    "reason",
    "verdict",
    "code",
    "attempts",
    "slot",
    "started_ms",
    "ended_ms",
    "cycle_ms",
    "certificate",
];

pub(super) fn encode(units: &[UnitSummary]) -> Result<Vec<u8>, Fault> {
    let mut writer = WriterBuilder::new()
        .quote_style(QuoteStyle::Always)
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(COLUMNS).or_fault(Code::Internal)?;
    for unit in units {
        let fields = fields(unit);
        writer
            .write_record(fields.iter().map(|field| harmless(field).into_owned()))
            .or_fault(Code::Internal)?;
    }
    writer.into_inner().or_fault(Code::Internal)
}

fn fields(unit: &UnitSummary) -> [String; 12] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let number = |number: Option<u64>| number.map_or(String::new(), |number| number.to_string());
    [
        unit.serial.to_string(),
        unit.uid.to_string(),
        unit.state.to_string(),
        text(&unit.reason),
        unit.verdict.map_or("", Verdict::text).to_owned(),
        text(&unit.code),
        unit.attempts.to_string(),
        number(unit.slot.map(|slot| slot.0.into())),
        unit.started_ms.to_string(),
        number(unit.ended_ms),
        number(unit.cycle_ms()),
        text(&unit.certificate),
    ]
}

/// The field, so that no spreadsheet computes it.
fn harmless(field: &str) -> Cow<'_, str> {
    // The full-width forms are taken for the others where the station's language is Japanese.
    let formula = [
        '=', '+', '-', '@', '\t', '\r', '\n', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}',
    ];
    match field.starts_with(formula) {
        true => format!("'{field}").into(),
        false => field.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_begins_like_a_formula_is_text() {
        for typed in [
            "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1",
        ] {
            assert_eq!(harmless(typed), format!("'{typed}"));
        }
        assert_eq!(harmless("1=1, \"-2\""), "1=1, \"-2\"");
        assert_eq!(harmless(""), "");
    }
}
