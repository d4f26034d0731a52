//! The record: durable appends, the verification of its log, and questions to a large one.

use std::fs;
use std::path::Path;

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_records::measure::{Factory, Pair, append_pairs, figures, verify_pairs};

use super::{Better, Ratio, median};

/// Rounds of a hundred appends each.
const APPEND_ROUNDS: u32 = 31;
const VERIFY_ROUNDS: u32 = 5;
const ENTRIES: u64 = 1_000_000;

/// Units of a batch of the large database.
const PER_BATCH: u64 = 10_000;
/// The size that the targets are about.
const MILLION: u64 = 1_000_000;

/// Works in a folder that it makes and removes.
pub(super) fn measure(folder: &Path) -> Result<[Ratio; 2], Fault> {
    fs::create_dir(folder).or_fault(Code::FileFailed)?;
    let measured = append_pairs(folder, APPEND_ROUNDS)
        .and_then(|appended| Ok((appended, verify_pairs(folder, ENTRIES, VERIFY_ROUNDS)?)));
    let removed = fs::remove_dir_all(folder).or_fault(Code::FileFailed);
    let (appended, verified) = measured?;
    removed?;
    let rate = |pair: &Pair| pair.reference.as_secs_f64() / pair.ours.as_secs_f64();
    let time = |pair: &Pair| pair.ours.as_secs_f64() / pair.reference.as_secs_f64();
    Ok([
        Ratio {
            name: "append_vs_fdatasync",
            value: median(appended.iter().map(rate).collect()),
            reference: "bare 512-byte append and fdatasync, same folder, rows per second",
            target: 0.8,
            better: Better::Higher,
        },
        Ratio {
            name: "audit_verify_vs_sha256",
            value: median(verified.iter().map(time).collect()),
            reference: "SHA-256 alone over the same million entries",
            target: 2.5,
            better: Better::Lower,
        },
    ])
}

/// Grows a database to so many units, if it is smaller.
pub(super) fn grow(file: &Path, units: u64) -> Result<(), Fault> {
    let factory = Factory::open(file, PER_BATCH)?;
    if factory.units()? < units {
        println!("records: grow to {units} units");
    }
    factory.grow(units)
}

/// Grows a database to so many units, if it is smaller, and asks it. It is kept: making a million
/// takes minutes and 8 GB.
pub(super) fn large(file: &Path, units: u64) -> Result<[Ratio; 4], Fault> {
    grow(file, units)?;
    let found = figures(file, PER_BATCH)?;
    let slowest = found.lookup_p99.iter().max().copied().unwrap_or_default();
    let reference = match found.units >= MILLION {
        true => "absolute; a million units on record",
        false => "absolute; fewer than a million units on record: see --units",
    };
    let at_most = |name, value, target| Ratio {
        name,
        value,
        reference,
        target,
        better: Better::Lower,
    };
    Ok([
        at_most("lookup_1m_p99_ms", slowest.as_secs_f64() * 1000.0, 5.0),
        at_most("batch_report_10k_s", found.batch_report.as_secs_f64(), 1.0),
        at_most(
            "component_query_s",
            found.component_query.as_secs_f64(),
            2.0,
        ),
        at_most("records_start_up_s", found.start_up.as_secs_f64(), 1.0),
    ])
}
