//! How cycle times are spread, and which steps failed how often.

use super::paper::{ACCENT, INK, LINE, MUTED, Paper, RED, WIDTH};

const BINS: usize = 40;
const HEIGHT: f32 = 70.0;

/// Bars over equal spans between the shortest and the longest time.
pub(super) fn histogram(paper: &mut Paper, sorted_ms: &[u64]) {
    let (Some(first), Some(last)) = (sorted_ms.first(), sorted_ms.last()) else {
        paper.text(0.0, 8.5, false, MUTED, "No unit has passed.");
        paper.skip(14.0);
        return;
    };
    paper.need(HEIGHT + 16.0);
    let bins = bins(sorted_ms, *first, *last);
    let most = bins.iter().copied().max().unwrap_or(1).max(1);
    let width = WIDTH / f32::from(u16::try_from(BINS).unwrap_or(u16::MAX));
    let mut x = 0.0;
    for count in bins {
        let height = HEIGHT * share(count, most);
        paper.area(x, HEIGHT - height, width - 1.5, height, ACCENT);
        x += width;
    }
    paper.area(0.0, HEIGHT, WIDTH, 0.6, LINE);
    paper.skip(HEIGHT + 3.0);
    paper.text(0.0, 7.5, false, MUTED, &seconds(*first));
    let middle = format!("up to {most} units a bar");
    paper.text(WIDTH / 2.0 - 35.0, 7.5, false, MUTED, &middle);
    paper.text(WIDTH - 32.0, 7.5, false, MUTED, &seconds(*last));
    paper.skip(13.0);
}

/// One bar for each step that failed.
pub(super) fn failures(paper: &mut Paper, failures: &[(String, u32)]) {
    let most = failures.iter().map(|(_, times)| *times).max().unwrap_or(1);
    for (step, times) in failures {
        paper.need(14.0);
        paper.text(0.0, 8.5, false, INK, step);
        let width = 280.0 * share(u64::from(*times), u64::from(most));
        paper.area(130.0, 2.0, width.max(1.0), 8.0, RED);
        paper.text(420.0, 8.5, false, INK, &times.to_string());
        paper.skip(14.0);
    }
    if failures.is_empty() {
        paper.text(0.0, 8.5, false, MUTED, "No step has failed.");
        paper.skip(14.0);
    }
}

/// Milliseconds, as seconds with one decimal.
pub(super) fn seconds(milliseconds: u64) -> String {
    let tenths = milliseconds.saturating_add(50) / 100;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

fn bins(sorted_ms: &[u64], first: u64, last: u64) -> [u64; BINS] {
    let span = (last - first).max(1);
    let mut bins = [0; BINS];
    for time in sorted_ms {
        let place = u128::from(time - first) * (BINS as u128 - 1) / u128::from(span);
        if let Some(bin) = usize::try_from(place).ok().and_then(|at| bins.get_mut(at)) {
            *bin += 1;
        }
    }
    bins
}

/// Part of the whole, for drawing: both are far below what `f32` holds exactly.
#[allow(clippy::cast_precision_loss)]
fn share(part: u64, whole: u64) -> f32 {
    part as f32 / whole as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_is_in_one_bar() {
        let times = [100, 100, 150, 900, 1000];
        let bins = bins(&times, 100, 1000);
        assert_eq!(bins.iter().sum::<u64>(), 5);
        assert_eq!((bins[0], bins[BINS - 1]), (2, 1));
        assert_eq!(super::bins(&[7, 7], 7, 7)[0], 2);
    }

    #[test]
    fn times_are_rounded_to_tenths() {
        assert_eq!(seconds(3_849), "3.8 s");
        assert_eq!(seconds(3_850), "3.9 s");
    }
}
