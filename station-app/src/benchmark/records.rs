//! The record: durable appends, and the verification of its log.

use std::fs;
use std::path::Path;

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_records::measure::{Pair, append_pairs, verify_pairs};

use super::{Better, Ratio, median};

/// Rounds of a hundred appends each.
const APPEND_ROUNDS: u32 = 31;
const VERIFY_ROUNDS: u32 = 5;
const ENTRIES: u64 = 1_000_000;

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
