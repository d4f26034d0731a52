//! The supply fails while a key is made in a secure element, or taken away.
//!
//! Every operation on flash is cut with `CRADLE_FAULTS=all`, which takes some minutes; without
//! it one in eleven is, and the last.
#![allow(clippy::panic, clippy::unwrap_used)]

mod driver_support;

use std::thread;

use cradle_bench::virtual_bench::{Board, Counting, FaultPlan, FlashFault, Moment};
use cradle_procedure::fault::Fault;
use cradle_procedure::ports::Device;
use cradle_protocol::layout::stm32f405::NVS;
use cradle_protocol::message::{DeviceState, KeyFate, PublicKey, WipeReport};
use driver_support::element::{
    element_profile, held_key, provisioner, ready_for_a_key, wipe_authority, with_element,
};
use driver_support::signed::{certificate, holds, request_info};
use driver_support::{SLOT, Setup};

/// Where to cut: under way and behind each; behind one is before the next.
fn places(count: u64) -> Vec<(u64, Moment)> {
    let all = std::env::var_os("CRADLE_FAULTS").is_some_and(|which| which == "all");
    (1..=count)
        .filter(|nth| all || nth % 11 == 1 || *nth == count)
        .flat_map(|nth| [(nth, Moment::Mid), (nth, Moment::After)])
        .collect()
}

fn cut(board: &Board, nth: u64, moment: Moment) {
    let fault = FlashFault::PowerCut(moment);
    let plan = FaultPlan::new().with_seed(nth);
    board.arm(plan.at_flash(Counting::Any, nth, fault));
}

fn operations(board: &Board, work: impl FnOnce()) -> u64 {
    let before = board.counters().flash.total();
    work();
    board.counters().flash.total() - before
}

/// The element makes the key before its record, of 76 bytes, is begun.
#[test]
fn a_key_whose_record_was_cut_is_made_again() {
    let mut setup = ready_for_a_key(with_element(80));
    let board = setup.board.clone();
    let count = operations(&board, || {
        setup.device.make_key().unwrap();
    });
    assert_eq!(count, 76);
    for (nth, moment) in places(count) {
        let place = format!("{moment:?} of operation {nth}");
        setup.device.erase(NVS.start, NVS.length).unwrap();
        provisioner(&mut setup);
        cut(&board, nth, moment);
        setup.device.make_key().unwrap_err();
        assert!(!board.is_powered(), "{place}");
        board.power_on();
        provisioner(&mut setup);
        let key = setup.device.make_key().unwrap();
        assert_eq!(held_key(&board), Some(key), "{place}");
        let info = request_info(&key);
        let signature = setup.device.sign_request(&info).unwrap();
        assert!(holds(&key, &info, &signature), "{place}");
    }
}

/// A unit with a key and credentials, running.
fn unit() -> (Setup, PublicKey) {
    let mut setup = ready_for_a_key(with_element(81));
    let device = &mut *setup.device;
    let key = device.make_key().unwrap();
    device
        .store_credentials(&certificate(&key), &wipe_authority().public())
        .unwrap();
    device.run().unwrap();
    device.ask_identity().unwrap();
    (setup, key)
}

fn order_wipe(device: &mut dyn Device) -> Result<(), Fault> {
    let (uid, _) = device.ask_identity()?;
    let challenge = device.request_wipe()?;
    let order = wipe_authority().wipe_order(uid.bytes().try_into().unwrap(), &challenge);
    device.wipe(&order).map(drop)
}

/// Bytes of the mark, a record without content.
const MARK: u64 = 12;
/// Bytes of the record of the key's fate, written when the element has made another key; then the
/// NVS is erased.
const FATE: u64 = 12 + 4;

/// Once the mark stands the wipe is finished at the next start; before, nothing has happened.
#[test]
fn a_wipe_that_was_cut_is_whole_or_was_never_begun() {
    let running = tempfile::tempdir().unwrap();
    let (mut setup, key) = unit();
    let board = setup.board.clone();
    board.save(running.path()).unwrap();
    let count = operations(&board, || order_wipe(&mut *setup.device).unwrap());
    drop(board);
    assert_eq!(count, MARK + FATE + 1);
    for (nth, moment) in places(count) {
        let place = format!("{moment:?} of operation {nth}");
        let mut setup = cut_short(&setup, running.path(), nth, moment);
        let (_, state) = setup.device.ask_identity().unwrap();
        match state {
            DeviceState::Wiped => {
                assert_ne!(held_key(&setup.board), Some(key), "{place}");
                let flash = setup.board.dump_flash();
                let start = (NVS.start - 0x0800_0000) as usize;
                let nvs = &flash[start..start + NVS.length as usize];
                assert!(nvs.iter().all(|byte| *byte == 0xFF), "{place}");
                let whole = WipeReport {
                    key: KeyFate::Replaced { slot: 2 },
                    nvs_erased: true,
                };
                assert_eq!(setup.device.wipe_report().unwrap(), whole, "{place}");
            }
            DeviceState::Operational => {
                assert!(nth <= MARK, "{place}");
                assert_eq!(held_key(&setup.board), Some(key), "{place}");
                setup.device.attest(&[7; 32]).unwrap();
            }
            DeviceState::Recovery(why) => panic!("{place}: {why:?}"),
        }
    }
}

/// Orders the wipe of a saved unit, cuts its supply, and has what is left switched on again.
fn cut_short(setup: &Setup, from: &std::path::Path, nth: u64, moment: Moment) -> Setup {
    let bench = &setup.bench;
    let config = setup.board.config().clone();
    let board = bench.insert_saved(0, config.clone(), from).unwrap();
    cut(&board, nth, moment);
    let over = || cradle_bench::Bench::over_virtual(bench).open(SLOT, &element_profile());
    let mut device = over().unwrap();
    let station = thread::spawn(move || order_wipe(&mut *device));
    while board.is_powered() {
        thread::yield_now();
    }
    let left = tempfile::tempdir().unwrap();
    board.save(left.path()).unwrap();
    let again = bench.insert_saved(0, config, left.path()).unwrap();
    // Its cable is gone with it, so the station need not wait for its answer.
    drop(board);
    station.join().unwrap().unwrap_err();
    Setup {
        bench: bench.clone(),
        board: again,
        device: over().unwrap(),
    }
}
