//! A decommissioning that broke off, of a chip that is locked for ever: once its firmware is erased
//! it cannot say who it is.

#![allow(clippy::unwrap_used)]

mod support;

use cradle_procedure::ports::ReadProtection;
use cradle_procedure::step::StepId;
use cradle_wipe::{Order, Status};
use support::{House, missing, order, waiver};

fn locked() -> (House, Order) {
    let mut house = House::new();
    house.device.locked_for_ever = true;
    house.device.protection = ReadProtection::Permanent;
    let mut order = order();
    order.target.profile = "esp32c3".parse().unwrap();
    (house, order)
}

fn broke_off_after(step: StepId) -> (House, Order) {
    let (mut house, order) = locked();
    house.ledger.dies_after = Some(step);
    house.decommission(&order).unwrap();
    assert_eq!(house.ledger.retired, None, "{step}");
    house.ledger.next_attempt();
    house.device.calls.clear();
    (house, order)
}

#[test]
fn a_station_that_dies_before_or_after_the_erase_ends_complete_without_a_waiver() {
    for step in [
        StepId::ProveIdentity,
        StepId::WipeKeys,
        StepId::Revoke,
        StepId::Document,
    ] {
        let (mut house, order) = broke_off_after(step);
        let retirement = house.decommission(&order).unwrap();
        let open = missing(&retirement);
        assert!(retirement.is_complete(), "{step}: {open:?}");
        assert!(house.device.is_blank());
    }
}

#[test]
fn a_board_that_was_found_blank_before_is_not_touched_again() {
    let (mut house, order) = broke_off_after(StepId::Revoke);
    house.decommission(&order).unwrap();
    assert_eq!(house.device.calls, ["identify"]);
}

#[test]
fn an_erase_that_broke_off_waits_for_a_second_person_to_vouch_for_the_board() {
    let (mut house, mut order) = broke_off_after(StepId::MassErase);
    let alone = house.decommission(&order).unwrap();
    assert_ne!(alone.document.status(), Status::Complete);
    assert!(missing(&alone).contains(&"prove-identity"));
    assert!(!house.device.calls.contains(&"mass_erase"));
    house.ledger.next_attempt();
    order.waiver = Some(waiver());
    let together = house.decommission(&order).unwrap();
    assert!(together.is_complete(), "{:?}", missing(&together));
    assert!(house.device.calls.contains(&"mass_erase"));
}

#[test]
fn a_wipe_whose_answer_was_lost_is_told_again_before_the_firmware_is_erased() {
    let (mut house, order) = locked();
    house.device.wipe_answer_is_lost = true;
    let first = house.decommission(&order).unwrap();
    assert_eq!(missing(&first), ["wipe-keys", "mass-erase", "blank-check"]);
    house.ledger.next_attempt();
    let second = house.decommission(&order).unwrap();
    assert!(second.is_complete(), "{:?}", missing(&second));
}

/// Its loader is gone as well (`DIS_DOWNLOAD_MODE`): what the firmware wiped is wiped, and the rest
/// is left to destruction.
#[test]
fn where_no_loader_answers_the_firmware_wipes_and_nothing_is_called_complete() {
    let (mut house, order) = locked();
    house.device.erase_does_nothing = true;
    house.device.erase_reports_failure = true;
    let retirement = house.decommission(&order).unwrap();
    assert_eq!(missing(&retirement), ["mass-erase", "blank-check"]);
    assert!(!retirement.is_complete());
    assert!(house.device.calls.contains(&"wipe"));
}
