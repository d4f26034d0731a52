//! What is measured is the real thing: it answers, and the list has the entries. With
//! `CRADLE_MEASURE` set, measures in full and prints. No harness: see `select.rs`.

#![allow(unreachable_pub, clippy::unwrap_used)]

mod own_main;

use std::fs;
use std::path::Path;

use cradle_ca::measure::{Effort, Subject};

fn main() {
    if own_main::only_listed("what_is_measured_is_the_real_thing") {
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("measure");
    let _ = fs::remove_dir_all(&folder);
    let full = std::env::var_os("CRADLE_MEASURE").is_some();
    let effort = match full {
        true => Effort::FULL,
        false => Effort {
            rounds: 20,
            revoked: 1000,
        },
    };
    let measured = Subject::new(&folder).unwrap().measure(effort).unwrap();
    assert!(measured.crl_bytes > 50 * effort.revoked as usize);
    for rate in [
        measured.raw_signatures,
        measured.ocsp_signed,
        measured.ocsp_cached,
    ] {
        assert!(rate.is_finite() && rate > 0.0);
    }
    if full {
        println!("{measured:#?}");
        let status = fs::read_to_string("/proc/self/status").unwrap();
        println!(
            "{:?}",
            status.lines().find(|line| line.starts_with("VmHWM"))
        );
    }
    println!("test what_is_measured_is_the_real_thing ... ok");
}
