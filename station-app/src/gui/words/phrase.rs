//! Words for data that no enum of ours names: times that went by, what ends, what is asked for.

use cradle_procedure::role::Role;
use cradle_records::{Request, RequestKind};
use eframe::egui::Ui;
use serde_json::Value;

use super::*;

/// A time that went by or has to: `30 years`, or `12 d`, `5 h`, `20 min`, `40 s` (symbols of the
/// SI, in every language).
pub(in crate::gui) fn span(ui: &Ui, seconds: u64) -> String {
    match seconds / YEAR_S {
        0 | 1 => short_span(seconds),
        years => SPAN_YEARS.with(ui, &[("count", &years)]),
    }
}

/// A mean year of the Gregorian calendar, in seconds.
const YEAR_S: u64 = 31_556_952;

fn short_span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// What of a CA ends by itself, which `cradle_ca::watch` names in English.
pub(in crate::gui) fn ending(ui: &Ui, what: &'static str) -> &'static str {
    let known = ENDINGS.iter().find(|(name, _)| *name == what);
    known.map_or(what, |(_, word)| word.of(ui))
}

const ENDINGS: [(&str, Word); 5] = [
    ("root CA certificate", END_ROOT),
    ("issuing CA certificate", END_ISSUING),
    ("OCSP responder certificate", END_OCSP),
    ("CRL", END_CRL),
    ("delta CRL", END_DELTA),
];

/// What somebody asks for that takes two people.
pub(in crate::gui) fn request(ui: &Ui, request: &Request) -> String {
    // The record writes them itself, as canonical JSON.
    let terms: Value = serde_json::from_str(&request.terms).unwrap_or_default();
    let subject: (&'static str, &dyn ToString) = ("subject", &request.subject);
    let plain = |word: Word| word.with(ui, &[subject]);
    match request.kind {
        RequestKind::RaiseQuota => plain(REQUEST_RAISE_QUOTA),
        RequestKind::WipeWaiver => plain(REQUEST_WIPE_WAIVER),
        RequestKind::KeyCeremony => plain(REQUEST_CEREMONY),
        RequestKind::ImportReleaseKey => plain(REQUEST_RELEASE_KEY),
        RequestKind::RevokeCertificate => {
            let text = terms["reason"].as_str().unwrap_or_default();
            let reason = text.parse();
            let reason = reason.map_or(text, |reason| revocation(reason).of(ui));
            REQUEST_REVOKE.with(ui, &[subject, ("reason", &reason)])
        }
        RequestKind::ChangePerson => {
            let text = terms["role"].as_str().unwrap_or_default();
            let named = text.parse::<Role>();
            let named = named.map_or(text, |named| role(named).of(ui));
            match terms["change"].as_str() {
                Some("add") => REQUEST_ADD.with(ui, &[subject, ("role", &named)]),
                Some("set-role") => REQUEST_SET_ROLE.with(ui, &[subject, ("role", &named)]),
                Some("reset-password") => plain(REQUEST_RESET),
                Some("enrol-card") => plain(REQUEST_CARD),
                _ => plain(REQUEST_ENABLE),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use cradle_ca::ceremony::CaFiles;
    use cradle_ca::issue::CrlPolicy;
    use cradle_ca::watch::watch;

    use super::*;

    #[test]
    fn everything_that_ends_has_a_word() {
        let files = CaFiles::in_dir(Path::new("/nowhere"));
        let ends = watch(&files, &CrlPolicy::weekly(files.crl.clone()), 0).unwrap();
        for end in ends {
            assert!(
                ENDINGS.iter().any(|(name, _)| *name == end.what),
                "{}",
                end.what
            );
        }
    }

    #[test]
    fn a_span_is_said_in_its_largest_unit() {
        let said = [40, 60, 7_200, 172_799, 172_800].map(short_span);
        assert_eq!(said, ["40 s", "1 min", "2 h", "47 h", "2 d"]);
    }
}
