//! Times as the document writes them.

use jiff::Timestamp;

/// ISO 8601 in UTC, to the second.
pub(crate) fn utc(ms: u64) -> String {
    stamp(ms).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The same without separators, for names.
pub(crate) fn utc_compact(ms: u64) -> String {
    stamp(ms).strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn stamp(ms: u64) -> Timestamp {
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
}
