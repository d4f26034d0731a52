//! The plan prover against silicon: what it accepts can be carried out to its end from wherever
//! power is cut, and what it refuses goes wrong on the chip.
#![allow(unreachable_pub, clippy::unwrap_used)]

mod silicon;

use cradle_procedure::profile::TargetProfile;
use silicon::{Cut, Esp32C3, Silicon, Stm32F4};

const STM32F405: &str = include_str!("../../profiles/stm32f405.toml");
const ESP32C3: &str = include_str!("../../profiles/esp32c3-encrypted.toml");

/// Rules that are ours, not the silicon's: an order that breaks one may still come out right.
const POLICY: [&str; 5] = [
    "comes first: flash is written after it",
    "is for ever and comes last",
    "once the chip is being locked nothing else is burnt",
    "until then flash and OTP can be read",
    "is there twice",
];

#[derive(Default)]
struct Count {
    accepted: u32,
    refused: u32,
    policy: u32,
    runs: u32,
}

impl Count {
    /// Asks the prover about an order of burns, and then the chip.
    fn judge<S: Silicon>(&mut self, head: &str, order: &[&str]) {
        match TargetProfile::parse(&profile(head, order)) {
            Ok(_) => {
                self.accepted += 1;
                self.runs += every_run_ends_well::<S>(order);
            }
            Err(fault) => {
                self.refused += 1;
                let mut chip = S::default();
                let fine = straight(&mut chip, order).is_ok() && chip.unfinished().is_none();
                if fine {
                    self.policy += 1;
                    let ours = POLICY.iter().any(|rule| fault.detail.contains(rule));
                    assert!(ours, "{order:?} does no harm, yet: {fault}");
                }
            }
        }
    }
}

fn profile(head: &str, order: &[&str]) -> String {
    let mut text = head.split("[[burn]]").next().unwrap().to_owned();
    for item in order {
        let verify = match *item {
            "flash-encryption-key" => "controller-status",
            "secure-download" | "download-disable" | "read-protect-for-ever" => "attested",
            _ => "read-back",
        };
        text += &format!("[[burn]]\nitem = {item:?}\nverify = {verify:?}\n");
        if *item == "write-protect" {
            text += "regions = [\"bootloader\"]\n";
        }
    }
    text
}

/// Burns in that order, as the station does: what the chip holds is not burnt again.
fn straight(chip: &mut impl Silicon, order: &[&str]) -> Result<(), String> {
    for act in order {
        if chip.reads(act) == Some(true) {
            continue;
        }
        if chip.reads(act).is_none() {
            return Err(format!("{act}: cannot be read"));
        }
        if !chip.burn(act, Cut::None) {
            return Err(format!("{act}: the chip refuses"));
        }
        if let Some(what) = chip.impossible() {
            return Err(format!("after {act}: {what}"));
        }
        if chip.reads(act) == Some(false) {
            return Err(format!("{act}: did not take"));
        }
    }
    Ok(())
}

/// Cuts power before, in and after each burn, then goes on as the station does on a restart.
fn every_run_ends_well<S: Silicon>(order: &[&str]) -> u32 {
    let mut runs = 0;
    for (at, struck) in order.iter().enumerate() {
        for cut in [Cut::None, Cut::Half] {
            let mut chip = S::default();
            straight(&mut chip, &order[..at]).unwrap();
            assert!(chip.burn(struck, cut), "{order:?}: {struck}");
            assert_eq!(chip.impossible(), None, "{order:?}: {struck} {cut:?}");
            // What cannot be read any more was done before its lock was begun: the journal says
            // so, and nothing but that lock can be missing.
            let rest = match (chip.reads(order[0]), chip.reads(struck)) {
                (Some(_), _) => order,
                (None, Some(_)) => &order[at..],
                (None, None) => &order[at + 1..],
            };
            let done = straight(&mut chip, rest);
            assert_eq!(done, Ok(()), "{order:?}: cut at {struck} {cut:?}");
            assert_eq!(
                chip.unfinished(),
                None,
                "{order:?}: cut at {struck} {cut:?}"
            );
            runs += 1;
        }
    }
    runs
}

#[test]
fn every_order_of_stm32_burns_is_judged_as_the_chip_does() {
    const ACTS: [&str; 6] = [
        "root-key-hash",
        "root-key-lock",
        "counter",
        "counter-lock",
        "write-protect",
        "read-protect",
    ];
    let mut count = Count::default();
    each_order(&ACTS, &mut Vec::new(), &mut |order| {
        count.judge::<Stm32F4>(STM32F405, order);
    });
    println!(
        "{} orders accepted and run {} times, {} refused, {} of them by policy",
        count.accepted, count.runs, count.refused, count.policy
    );
    assert_eq!(
        count.accepted + count.refused,
        1957,
        "all orders of all subsets"
    );
    // hash, lock and counter in any order that has the hash before its lock
    assert_eq!(count.accepted, 3);
}

fn each_order<'a>(acts: &[&'a str], order: &mut Vec<&'a str>, judge: &mut dyn FnMut(&[&'a str])) {
    judge(order);
    for act in acts {
        if !order.contains(act) {
            order.push(act);
            each_order(acts, order, judge);
            order.pop();
        }
    }
}

#[test]
fn esp32_burns_in_seeded_disorder_are_judged_as_the_chip_does() {
    const MORE: [&str; 5] = [
        "boot-key-hide",
        "flash-encryption-key-in-key5",
        "jtag-lock",
        "download-lock",
        "download-disable",
    ];
    let good: Vec<&str> = ESP32C3
        .lines()
        .filter_map(|line| line.strip_prefix("item = \""))
        .map(|item| item.trim_end_matches('"'))
        .collect();
    let mut count = Count::default();
    count.judge::<Esp32C3>(ESP32C3, &good);
    assert_eq!(count.accepted, 1);
    let mut draw = Draw(0x2026_1121);
    for _ in 0..2_000 {
        let mut order = good.clone();
        for _ in 0..=draw.below(4) {
            let place = draw.below(order.len());
            match draw.below(4) {
                0 => drop(order.remove(place)),
                1 => order.insert(place, MORE[draw.below(MORE.len())]),
                _ => {
                    let act = order.remove(place);
                    order.insert(draw.below(order.len() + 1), act);
                }
            }
        }
        count.judge::<Esp32C3>(ESP32C3, &order);
    }
    println!(
        "{} orders accepted and run {} times, {} refused, {} of them by policy",
        count.accepted, count.runs, count.refused, count.policy
    );
    assert!(count.accepted > 100 && count.refused > 1_000);
}

/// SplitMix64: the same disorder in every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }
}
