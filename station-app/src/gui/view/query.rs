//! What is typed to look for something in the audit log.

use cradle_records::audit::AuditSearch;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Reads a line such as `mira unit.bound 2026-11-01..2026-11-20`: words that an entry contains,
/// and days, in this time zone, on which it was written. `None` if nothing is looked for.
#[must_use]
pub fn parse(line: &str, zone: &TimeZone) -> Option<AuditSearch> {
    let mut search = AuditSearch {
        words: Vec::new(),
        from_ms: 0,
        until_ms: u64::MAX,
    };
    for word in line.split_whitespace() {
        match days(word) {
            Some((first, last)) => {
                let from = first.and_then(|day| begin_ms(day, zone));
                let until = last.and_then(|day| begin_ms(day.tomorrow().ok()?, zone));
                search.from_ms = search.from_ms.max(from.unwrap_or(0));
                search.until_ms = search.until_ms.min(until.unwrap_or(u64::MAX));
            }
            None => search.words.push(word.to_owned()),
        }
    }
    let anything = !search.words.is_empty() || search.from_ms > 0 || search.until_ms < u64::MAX;
    anything.then_some(search)
}

/// First and last day: `2026-11-20`, `2026-11-01..2026-11-20`, `2026-11-01..`, `..2026-11-20`.
fn days(word: &str) -> Option<(Option<Date>, Option<Date>)> {
    let day = |text: &str| text.parse::<Date>().ok();
    match word.split_once("..") {
        None => day(word).map(|day| (Some(day), Some(day))),
        Some(("", last)) => Some((None, Some(day(last)?))),
        Some((first, "")) => Some((Some(day(first)?), None)),
        Some((first, last)) => Some((Some(day(first)?), Some(day(last)?))),
    }
}

fn begin_ms(day: Date, zone: &TimeZone) -> Option<u64> {
    let begin = day.to_zoned(zone.clone()).ok()?;
    u64::try_from(begin.timestamp().as_millisecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: u64 = 24 * 3_600_000;
    /// 2026-11-01 00:00 UTC.
    const NOVEMBER_MS: u64 = 1_793_491_200_000;

    fn read(line: &str) -> Option<AuditSearch> {
        parse(line, &TimeZone::UTC)
    }

    #[test]
    fn words_and_days_are_told_apart() {
        let search = read(" mira  unit.bound 2026-11-01..2026-11-20 ").unwrap();
        assert_eq!(search.words, ["mira", "unit.bound"]);
        assert_eq!(search.from_ms, NOVEMBER_MS);
        assert_eq!(search.until_ms, NOVEMBER_MS + 20 * DAY_MS);
    }

    #[test]
    fn one_day_and_open_ends_are_understood() {
        let range = |line| read(line).map(|search| (search.from_ms, search.until_ms));
        let next = NOVEMBER_MS + DAY_MS;
        assert_eq!(range("2026-11-01"), Some((NOVEMBER_MS, next)));
        assert_eq!(range("2026-11-01.."), Some((NOVEMBER_MS, u64::MAX)));
        assert_eq!(range("..2026-11-01"), Some((0, next)));
    }

    #[test]
    fn what_is_no_day_is_a_word() {
        assert_eq!(read("2026-13-01").unwrap().words, ["2026-13-01"]);
        assert_eq!(read("a..b").unwrap().words, ["a..b"]);
        assert_eq!(read("   "), None);
    }
}
