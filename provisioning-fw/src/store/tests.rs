use cradle_protocol::layout::stm32f405::NVS;

use super::*;
use crate::model::Model;

const OLD: &[u8] = b"the one before";
const NEW: &[u8] = b"a longer record than the one before";

fn kept(model: &mut Model, kind: Kind) -> Option<&[u8]> {
    find(model.bytes(NVS), kind)
}

#[test]
fn the_newest_record_of_a_kind_counts() {
    let mut model = Model::new();
    for content in [OLD, NEW, &[], &[0xFF; 5], OLD] {
        append(&mut model, NVS, Kind::Certificate, content).unwrap();
        assert_eq!(kept(&mut model, Kind::Certificate), Some(content));
    }
    assert_eq!(kept(&mut model, Kind::DeviceKey), None);
}

#[test]
fn power_cut_at_any_word_keeps_the_old_record_or_the_new_and_the_store_goes_on() {
    let mut before = Model::new();
    append(&mut before, NVS, Kind::Certificate, OLD).unwrap();
    let mut whole = before.clone();
    append(&mut whole, NVS, Kind::Certificate, NEW).unwrap();
    let operations = whole.operations - before.operations;
    for cut in 0..operations {
        for torn in [0, 1, 0x0F0F_0F0F, u32::MAX - 1, u32::MAX] {
            let mut model = before.clone();
            (model.power, model.torn) = (cut, torn);
            assert!(append(&mut model, NVS, Kind::Certificate, NEW).is_err());
            let mut model = model.restarted();
            let seen = kept(&mut model, Kind::Certificate);
            assert!(seen == Some(OLD) || seen == Some(NEW), "cut {cut}");
            append(&mut model, NVS, Kind::Certificate, NEW).unwrap();
            assert_eq!(kept(&mut model, Kind::Certificate), Some(NEW));
        }
    }
}

#[test]
fn clearing_leaves_no_bit_of_any_record_of_the_kind() {
    let secret = [0xA5; 96];
    let mut model = Model::new();
    append(&mut model, NVS, Kind::DeviceKey, &secret).unwrap();
    // A second one, begun and cut off: it holds part of a secret as well.
    model.power = 12;
    assert!(append(&mut model, NVS, Kind::DeviceKey, &secret).is_err());
    let mut model = model.restarted();
    append(&mut model, NVS, Kind::Certificate, NEW).unwrap();
    assert!(model.bytes(NVS).contains(&0xA5));

    clear_in_place(&mut model, NVS, Kind::DeviceKey).unwrap();
    assert!(!model.bytes(NVS).contains(&0xA5));
    assert!(is_cleared(model.bytes(NVS), Kind::DeviceKey));
    assert_eq!(kept(&mut model, Kind::DeviceKey), None);
    assert_eq!(kept(&mut model, Kind::Certificate), Some(NEW));
}

#[test]
fn a_full_sector_takes_no_more_and_keeps_what_it_has() {
    let mut model = Model::new();
    let big = [7; 30_000];
    append(&mut model, NVS, Kind::Certificate, &big).unwrap();
    append(&mut model, NVS, Kind::WipeAuthority, &big).unwrap();
    assert_eq!(
        append(&mut model, NVS, Kind::DeviceKey, &big),
        Err(StorageFault(0))
    );
    assert_eq!(kept(&mut model, Kind::Certificate), Some(&big[..]));
    assert_eq!(kept(&mut model, Kind::DeviceKey), None);
}

#[test]
fn garbage_is_no_record_and_no_panic() {
    let mut seed = 5_u64;
    let mut sector = [0_u8; 2048];
    for _ in 0..2000 {
        for byte in &mut sector {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = (seed >> 56) as u8;
        }
        assert_eq!(find(&sector, Kind::DeviceKey), None);
        let _ = is_cleared(&sector, Kind::DeviceKey);
    }
}
