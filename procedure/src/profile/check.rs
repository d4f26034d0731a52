//! Whether a profile fits the silicon of its family: die, sectors, regions.

use std::collections::BTreeMap;

use super::{Flaw, Region, TargetProfile};
use crate::family::Family;

/// Everything that is wrong with chip, geometry and regions.
pub(super) fn flaws(profile: &TargetProfile, family: &Family) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    die(profile, family, &mut flaws);
    geometry(profile, family, &mut flaws);
    required_regions(profile, family, &mut flaws);
    sectors(profile, &mut flaws);
    one_time(profile, family, &mut flaws);
    flaws
}

fn die(profile: &TargetProfile, family: &Family, flaws: &mut Vec<Flaw>) {
    if !family.device_ids.contains(&profile.device_id) {
        let what = format!(
            "device id {:#05x} is no {}: its sectors and option bytes are others",
            profile.device_id, family.id
        );
        flaws.push(Flaw::at("device_id", what));
    }
}

fn geometry(profile: &TargetProfile, family: &Family, flaws: &mut Vec<Flaw>) {
    let stated: u64 = profile
        .flash
        .sectors_kib
        .iter()
        .copied()
        .map(u64::from)
        .sum();
    if stated != u64::from(profile.flash_kib) {
        let what = format!(
            "sectors add up to {stated} KiB, flash_kib is {}",
            profile.flash_kib
        );
        flaws.push(Flaw::new(["flash".into(), "sectors_kib".into()], what));
    } else if family.sectors(profile.flash_kib).as_ref() != Some(&profile.flash.sectors_kib) {
        let what = format!(
            "these are not the erase sectors of a {} with {} KiB: an erase would take more, or \
             less, than the region it is for",
            family.id, profile.flash_kib
        );
        flaws.push(Flaw::new(["flash".into(), "sectors_kib".into()], what));
    }
    if profile.flash.start != family.flash_start {
        let what = format!("the flash begins at {:#010x}", family.flash_start);
        flaws.push(Flaw::new(["flash".into(), "start".into()], what));
    }
}

fn required_regions(profile: &TargetProfile, family: &Family, flaws: &mut Vec<Flaw>) {
    for name in &family.regions {
        if !profile.regions.contains_key(name) {
            flaws.push(Flaw::at("regions", format!("there is no region {name:?}")));
        }
    }
    let first = profile.regions.get(&family.first_region);
    if first.is_some_and(|region| region.start != profile.flash.start) {
        let what = format!("the chip starts from {:#010x}", profile.flash.start);
        flaws.push(Flaw::region(&family.first_region, what));
    }
    let banks = [super::BANK_A, super::BANK_B].map(|name| profile.regions.get(name));
    if let [Some(a), Some(b)] = banks
        && a.length != b.length
    {
        let what = "the banks differ in length: an image that fits one could not be updated";
        flaws.push(Flaw::region(super::BANK_B, what));
    }
}

fn sectors(profile: &TargetProfile, flaws: &mut Vec<Flaw>) {
    let mut owner: BTreeMap<u32, &str> = BTreeMap::new();
    for (name, region) in &profile.regions {
        let under: Vec<_> = profile
            .sectors()
            .filter(|sector| overlap(*sector, *region))
            .collect();
        let covered: u64 = under.iter().map(|(_, length)| u64::from(*length)).sum();
        let aligned = under
            .first()
            .is_some_and(|(start, _)| *start == region.start);
        if !aligned || covered != u64::from(region.length) {
            let what = format!("region {name:?} does not begin and end on erase sectors");
            flaws.push(Flaw::region(name, what));
        }
        for (start, _) in under {
            if let Some(other) = owner.insert(start, name) {
                let what = format!(
                    "regions {other:?} and {name:?} share the erase sector at {start:#010x}"
                );
                flaws.push(Flaw::region(name, what));
            }
        }
    }
}

fn overlap((start, length): (u32, u32), region: Region) -> bool {
    let end = |start: u32, length: u32| u64::from(start) + u64::from(length);
    u64::from(start) < end(region.start, region.length)
        && u64::from(region.start) < end(start, length)
}

fn one_time(profile: &TargetProfile, family: &Family, flaws: &mut Vec<Flaw>) {
    let at = |key: &str, what: String| Flaw::new(["one_time".into(), key.into()], what);
    if profile.one_time.virgin_byte != family.virgin_byte {
        let what = format!(
            "unburnt cells of a {} read {:#04x}",
            family.id, family.virgin_byte
        );
        flaws.push(at("virgin_byte", what));
    }
    let room = family.cell(&family.counter).map_or(0, |cell| cell.bits);
    if profile.one_time.counter_max > room {
        let what = format!("{} has {room} bits, one for each step", family.counter);
        flaws.push(at("counter_max", what));
    }
}
