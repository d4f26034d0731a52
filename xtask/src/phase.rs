//! Headings and durations.

use std::time::Instant;

use anyhow::Result;

/// Prints the heading, does the work and prints how long it took.
pub(crate) fn phase<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    heading(name);
    let start = Instant::now();
    let result = work();
    let verdict = if result.is_ok() { "done" } else { "FAILED" };
    println!(
        "   {name}: {verdict} in {:.1} s",
        start.elapsed().as_secs_f64()
    );
    result
}

/// Prints the heading alone, for a phase whose own last lines are the result.
pub(crate) fn heading(name: &str) {
    println!("\n== {name}");
}
