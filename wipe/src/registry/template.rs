//! Text with places for what names a unit, such as `https://host/units/{serial}`.

use std::fmt;

use cradle_procedure::fault::{Code, Fault};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::Departure;

/// Unreserved characters stay as they are (RFC 3986 §2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What may stand in braces.
const PLACES: [&str; 6] = ["serial", "uid", "certificate", "product", "reason", "key"];

/// A text with places in braces; braces of their own are doubled.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Place(&'static str),
}

impl TryFrom<String> for Template {
    type Error = Fault;

    fn try_from(text: String) -> Result<Self, Fault> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let (brace, after) = rest[at..].split_at(1);
            if let Some(after) = after.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
                continue;
            }
            let (name, after) = match after.split_once('}') {
                Some(found) if brace == "{" => found,
                _ => return Err(invalid(&text, "a brace stands alone")),
            };
            let Some(place) = PLACES.into_iter().find(|place| *place == name) else {
                let known = PLACES.join("}, {");
                return Err(invalid(
                    &text,
                    &format!("{{{name}}} is not one of {{{known}}}"),
                ));
            };
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
            pieces.push(Piece::Place(place));
            rest = after;
        }
        plain.push_str(rest);
        pieces.push(Piece::Text(plain));
        Ok(Self(pieces))
    }
}

impl Template {
    /// As part of a URL: what is put in cannot leave its place.
    pub(super) fn in_url(&self, departure: &Departure<'_>) -> String {
        self.fill(|place| utf8_percent_encode(&value(place, departure), RESERVED).to_string())
    }

    /// As part of a JSON string: what is put in cannot end it.
    pub(super) fn in_json(&self, departure: &Departure<'_>) -> String {
        self.fill(|place| {
            let quoted = serde_json::Value::String(value(place, departure)).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        })
    }

    /// What stands before the first place.
    pub(super) fn start(&self) -> &str {
        match self.0.first() {
            Some(Piece::Text(text)) => text,
            _ => "",
        }
    }

    /// Whether the unit's name is in it: without, all units would be one.
    pub(super) fn names_the_unit(&self) -> bool {
        let naming = ["serial", "uid", "certificate"];
        self.0
            .iter()
            .any(|piece| matches!(piece, Piece::Place(place) if naming.contains(place)))
    }

    fn fill(&self, of: impl Fn(&str) -> String) -> String {
        let text = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Place(place) => of(place),
        });
        text.collect()
    }
}

fn value(place: &str, departure: &Departure<'_>) -> String {
    let unit = departure.unit;
    match place {
        "serial" => unit.serial.to_string(),
        "uid" => unit.uid.to_string(),
        "certificate" => unit
            .certificate
            .as_ref()
            .map(|certificate| certificate.serial_number.clone())
            .unwrap_or_default(),
        "product" => unit.product.clone(),
        "reason" => departure.reason.text().to_owned(),
        _ => departure.key.to_owned(),
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fill(|place| format!("{{{place}}}")))
    }
}

fn invalid(text: &str, why: &str) -> Fault {
    Fault::new(Code::ConfigInvalid, format!("{text:?}: {why}"))
}
