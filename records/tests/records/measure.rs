//! That the measurements measure: small ones, and with `CRADLE_MEASURE` those the targets are
//! about, printed.

use cradle_records::measure::{Factory, Pair, append_pairs, figures, verify_pairs};

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

/// With `CRADLE_SCALE=FILE` the file is grown to 100,000 and to a million units, which takes
/// minutes and 7 GB, and what questions to it take is printed.
#[test]
fn a_grown_database_is_one_like_any_other() {
    let dir = tempfile::tempdir().unwrap();
    let (path, per_batch, sizes) = match std::env::var_os("CRADLE_SCALE") {
        Some(file) => (file.into(), 10_000, [100_000, 1_000_000]),
        None => (dir.path().join("records.db"), 10, [10, 20]),
    };
    for units in sizes {
        let factory = Factory::open(&path, per_batch).unwrap();
        factory.grow(units).unwrap();
        drop(factory);
        let figures = figures(&path, per_batch).unwrap();
        println!("{figures:?}");
        assert!(figures.units >= units && figures.bytes > 0);
    }
    let start = std::time::Instant::now();
    let entries = Factory::open(&path, per_batch).unwrap().verify().unwrap();
    println!("{entries} entries verified in {:?}", start.elapsed());
}
