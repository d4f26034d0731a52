//! A decommissioning that broke off, or waits for somebody outside, goes on from what is proven.

#![allow(clippy::unwrap_used)]

mod support;

use cradle_procedure::step::{Outcome, StepId, Verification};
use cradle_protocol::message::KeyFate;
use cradle_wipe::{LastDocument, Order, Retirement, Status, Tool};
use support::{FakeRegistry, House, missing, order};

/// The order that goes on from the last document, as the station makes it.
fn go_on(house: &House) -> Order {
    let sealed = house.ledger.sealed.clone().unwrap();
    let last = LastDocument::open(&sealed, &house.document.spki()).unwrap();
    let tool = Tool {
        name: "cradle".to_owned(),
        version: "0.1.0".to_owned(),
    };
    last.go_on(order().target, tool)
}

/// One attempt that the station does not survive, and the next.
fn dies_while(step: StepId) -> (House, Retirement) {
    let mut house = House::new();
    house.ledger.dies_after = Some(step);
    house.decommission(&order()).unwrap();
    assert_eq!(house.ledger.retired, None, "{step}");
    house.ledger.next_attempt();
    let retirement = house.decommission(&order()).unwrap();
    (house, retirement)
}

#[test]
fn a_station_that_dies_at_any_step_ends_complete_without_a_waiver() {
    for step in [
        StepId::ProveIdentity,
        StepId::WipeKeys,
        StepId::MassErase,
        StepId::BlankCheck,
        StepId::Revoke,
        StepId::Document,
    ] {
        let (house, retirement) = dies_while(step);
        assert!(
            retirement.is_complete(),
            "{step}: {:?}",
            missing(&retirement)
        );
        assert!(house.device.is_blank());
    }
}

#[test]
fn a_wipe_whose_report_was_lost_is_proven_by_the_blank_flash() {
    let mut house = House::new();
    house.device.forgets_its_wipe = true;
    house.ledger.dies_after = Some(StepId::WipeKeys);
    house.decommission(&order()).unwrap();
    house.ledger.next_attempt();
    let retirement = house.decommission(&order()).unwrap();
    assert!(retirement.is_complete(), "{:?}", missing(&retirement));
    let parts = &retirement.document.contents().parts;
    let keys: Vec<_> = parts.iter().filter(|part| part.id == "wipe-keys").collect();
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0].verification, Some(Verification::ReadBack));
    assert!(keys[0].detail.contains("broke off"));
}

#[test]
fn a_wipe_order_that_was_not_answered_is_proven_by_the_blank_flash_at_once() {
    let mut house = House::new();
    house.device.wipe_answer_is_lost = true;
    let retirement = house.decommission(&order()).unwrap();
    assert!(retirement.is_complete(), "{:?}", missing(&retirement));
    assert!(house.device.is_blank());
}

#[test]
fn a_wiped_unit_that_refuses_the_second_order_is_proven_by_the_blank_flash() {
    let mut house = House::new();
    house.device.wipe_answer_is_lost = true;
    house.device.erase_does_nothing = true;
    let first = house.decommission(&order()).unwrap();
    assert_eq!(missing(&first), ["wipe-keys", "blank-check"]);
    house.ledger.next_attempt();
    house.device.erase_does_nothing = false;
    let retirement = house.decommission(&order()).unwrap();
    assert!(retirement.is_complete(), "{:?}", missing(&retirement));
}

#[test]
fn firmware_that_an_element_needs_is_not_erased_while_the_wipe_is_unanswered() {
    let mut house = House::new();
    house.device.key_fate = KeyFate::Replaced { slot: 2 };
    house.device.wipe_answer_is_lost = true;
    let mut order = order();
    order.target.profile = "stm32f405-se".parse().unwrap();
    let retirement = house.decommission(&order).unwrap();
    let open = ["wipe-keys", "mass-erase", "blank-check"];
    assert_eq!(missing(&retirement), open);
    assert!(!house.device.calls.contains(&"mass_erase"));
}

/// A board whose key is in a secure element, and whose answer to the wipe order was lost.
fn unheard() -> (House, Order) {
    let mut house = House::new();
    house.device.key_fate = KeyFate::Replaced { slot: 2 };
    house.device.wipe_answer_is_lost = true;
    let mut order = order();
    order.target.profile = "stm32f405-se".parse().unwrap();
    house.decommission(&order).unwrap();
    house.ledger.next_attempt();
    house.device.wipe_answer_is_lost = false;
    (house, order)
}

#[test]
fn a_wipe_that_was_not_heard_is_told_again_and_completes() {
    let (mut house, order) = unheard();
    let retirement = house.decommission(&order).unwrap();
    assert!(retirement.is_complete(), "{:?}", missing(&retirement));
    assert!(house.device.calls.contains(&"wipe_report"));
    let parts = &retirement.document.contents().parts;
    let keys = parts.iter().find(|part| part.id == "wipe-keys").unwrap();
    assert!(keys.detail.contains("answer was lost"), "{}", keys.detail);
    assert!(house.device.is_blank());
}

#[test]
fn firmware_that_left_the_key_in_its_element_is_kept_until_it_is_gone() {
    let (mut house, order) = unheard();
    house.device.wipe_leaves_key = true;
    let retirement = house.decommission(&order).unwrap();
    let open = ["wipe-keys", "mass-erase", "blank-check"];
    assert_eq!(missing(&retirement), open);
    house.ledger.next_attempt();
    house.device.wipe_leaves_key = false;
    let retirement = house.decommission(&order).unwrap();
    assert!(retirement.is_complete(), "{:?}", missing(&retirement));
}

#[test]
fn firmware_that_cannot_tell_of_its_wipe_leaves_it_open() {
    let (mut house, order) = unheard();
    house.device.forgets_its_wipe = true;
    let retirement = house.decommission(&order).unwrap();
    assert!(missing(&retirement).contains(&"wipe-keys"));
}

/// Nobody ordered that wipe here, so what the device says of it proves nothing.
#[test]
fn a_wipe_that_was_never_ordered_is_not_taken_from_the_device() {
    let mut house = House::new();
    house.device.key_fate = KeyFate::Replaced { slot: 2 };
    house.device.wipe_before();
    let mut order = order();
    order.target.profile = "stm32f405-se".parse().unwrap();
    let retirement = house.decommission(&order).unwrap();
    assert!(missing(&retirement).contains(&"wipe-keys"));
    assert!(!house.device.calls.contains(&"wipe_report"));
}

#[test]
fn another_chip_is_not_taken_for_the_one_that_proved_itself() {
    let mut house = House::new();
    house.ledger.dies_after = Some(StepId::MassErase);
    house.decommission(&order()).unwrap();
    house.ledger.next_attempt();
    house.device.uid[0] ^= 1;
    house.device.calls.clear();
    let retirement = house.decommission(&order()).unwrap();
    assert!(missing(&retirement).contains(&"prove-identity"));
    assert!(!house.device.calls.contains(&"mass_erase"));
}

#[test]
fn a_key_that_was_not_zeroized_is_not_healed_by_trying_again() {
    let mut house = House::new();
    house.device.wipe_leaves_key = true;
    house.decommission(&order()).unwrap();
    house.ledger.next_attempt();
    let retirement = house.decommission(&order()).unwrap();
    assert_eq!(missing(&retirement), ["wipe-keys"]);
}

fn fleet_is_down() -> (House, FakeRegistry) {
    let mut house = House::new();
    let up = FakeRegistry::new("fleet", false);
    let down = FakeRegistry {
        down: true,
        asked: up.asked.clone(),
        ..FakeRegistry::new("fleet", true)
    };
    house.registries = vec![Box::new(down)];
    let retirement = house.decommission(&order()).unwrap();
    assert_eq!(missing(&retirement), ["deregister:fleet"]);
    house.ledger.next_attempt();
    house.empty_slot = true;
    (house, up)
}

#[test]
fn a_registry_that_comes_back_completes_the_document_without_the_board() {
    let (mut house, up) = fleet_is_down();
    let asked = up.asked.clone();
    let pending = house.ledger.sealed.clone().unwrap();
    house.registries = vec![Box::new(up)];
    house.device.calls.clear();
    let retirement = house.decommission(&go_on(&house)).unwrap();
    assert!(retirement.is_complete(), "{:?}", missing(&retirement));
    assert!(house.device.calls.is_empty());
    let contents = retirement.document.contents();
    assert_eq!(contents.replaces.as_ref().unwrap().sha256, pending.sha256);
    let first = LastDocument::open(&pending, &house.document.spki()).unwrap();
    let first = first.document().contents();
    assert_eq!(contents.sanitizer, first.sanitizer, "who wiped, and when");
    assert_eq!(contents.verifier, first.verifier);
    let keys = asked.lock().unwrap().clone();
    assert_eq!(
        keys,
        [keys[0].clone(), keys[0].clone()],
        "one key for all tries"
    );
    let already = |id| {
        let mut reports = retirement.reports.iter();
        reports.find(|it| it.id == id).unwrap().outcome
    };
    assert_eq!(already(StepId::MassErase), Outcome::Already);
}

#[test]
fn tries_that_change_nothing_make_no_new_document() {
    let (mut house, _) = fleet_is_down();
    let first = house.ledger.sealed.clone();
    for tries in 1..4 {
        let again = house.decommission(&go_on(&house)).unwrap();
        assert_eq!(again.document.status(), Status::Pending);
        assert_eq!((house.ledger.pauses, &house.ledger.sealed), (tries, &first));
        house.ledger.next_attempt();
    }
}

#[test]
fn a_registry_taken_out_of_the_configuration_still_has_to_confirm() {
    let (mut house, _) = fleet_is_down();
    house.registries.clear();
    let retirement = house.decommission(&go_on(&house)).unwrap();
    assert_eq!(missing(&retirement), ["deregister:fleet"]);
    assert!(retirement.document.missing()[0].why.contains("REG-04"));
}

#[test]
fn a_registry_that_confirmed_is_not_asked_again() {
    let (mut house, _) = fleet_is_down();
    let cloud = FakeRegistry::new("cloud", false);
    let asked = cloud.asked.clone();
    house.registries = vec![Box::new(FakeRegistry::new("fleet", true)), Box::new(cloud)];
    for _ in 0..3 {
        house.decommission(&go_on(&house)).unwrap();
        house.ledger.next_attempt();
    }
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[test]
fn without_a_board_and_without_a_record_nothing_is_claimed() {
    let mut house = House::new();
    house.empty_slot = true;
    let retirement = house.decommission(&order()).unwrap();
    let device = ["prove-identity", "wipe-keys", "mass-erase", "blank-check"];
    assert_eq!(missing(&retirement), device);
    assert_eq!(house.revoker.asked.len(), 1);
}

#[test]
fn a_document_from_the_record_that_was_altered_is_not_gone_on_from() {
    let (house, _) = fleet_is_down();
    let mut sealed = house.ledger.sealed.clone().unwrap();
    let text = String::from_utf8(sealed.json).unwrap();
    sealed.json = text.replace("end-of-life", "repair-return").into_bytes();
    assert!(LastDocument::open(&sealed, &house.document.spki()).is_err());
}
