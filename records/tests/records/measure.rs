//! That the measurements measure: small ones, and with `CRADLE_MEASURE` those the targets are
//! about, printed.

use cradle_records::measure::{Pair, append_pairs, verify_pairs};

fn told(name: &str, pairs: &[Pair]) {
    let mut ratios: Vec<f64> = pairs
        .iter()
        .map(|pair| pair.ours.as_secs_f64() / pair.reference.as_secs_f64())
        .collect();
    ratios.sort_by(f64::total_cmp);
    println!(
        "{name}: {:.2} of the reference's time",
        ratios[ratios.len() / 2]
    );
}

#[test]
fn both_sides_of_each_measurement_do_their_work() {
    let large = std::env::var_os("CRADLE_MEASURE").is_some();
    let (rounds, entries) = if large { (31, 1_000_000) } else { (1, 1000) };
    let folder = tempfile::tempdir().unwrap();
    let appended = append_pairs(folder.path(), rounds).unwrap();
    told("append", &appended);
    let verified = verify_pairs(folder.path(), entries, rounds.min(7)).unwrap();
    told("verify", &verified);
    for pair in appended.iter().chain(&verified) {
        assert!(!pair.ours.is_zero() && !pair.reference.is_zero());
    }
}
