//! What becomes of a unit, part by part.

#![allow(clippy::unwrap_used)]

mod support;

use cradle_procedure::fault::Code;
use cradle_procedure::ports::{ReadProtection, RevocationReason, UnitState};
use cradle_procedure::step::{Event, StepId, Verdict};
use cradle_protocol::message::KeyFate;
use cradle_wipe::{Method, PartOutcome, Reason, Retirement, Status};
use support::{FakeRegistry, House, Key, SERIAL_NUMBER, missing, order, waiver};

/// Runs an order in a world with something wrong in it.
fn with(spoil: impl FnOnce(&mut House)) -> (House, Retirement) {
    let mut house = House::new();
    spoil(&mut house);
    let retirement = house.decommission(&order()).unwrap();
    (house, retirement)
}

fn assert_pending_for(retirement: &Retirement, parts: &[&str]) {
    assert_eq!(missing(retirement), parts);
    assert_eq!(retirement.document.status(), Status::Pending);
    assert!(!retirement.is_complete());
    for part in &retirement.document.contents().parts {
        let is_missing = parts.contains(&part.id.as_str());
        assert_eq!(part.outcome != PartOutcome::Done, is_missing, "{}", part.id);
    }
}

#[test]
fn a_healthy_unit_ends_complete_blank_and_revoked() {
    let (house, retirement) = with(|_| ());
    assert!(retirement.is_complete());
    assert!(house.device.is_blank());
    let asked = (
        SERIAL_NUMBER.to_owned(),
        RevocationReason::CessationOfOperation,
    );
    assert_eq!(house.revoker.asked, [asked]);
    let contents = retirement.document.contents();
    assert_eq!(contents.method, Some(Method::Clear));
    let evidence = contents.revocation.as_ref().unwrap();
    assert_eq!(evidence.crl_number.as_deref(), Some("517"));
    assert_eq!(evidence.crl_issued_at, "2026-11-20T09:30:01Z");
    let digest = retirement.signed.unwrap().digest();
    assert_eq!(house.ledger.retired, Some((digest, true)));
    assert!(matches!(
        house.events.last(),
        Some(Event::Concluded {
            verdict: Verdict::Pass,
            fault: None
        })
    ));
}

#[test]
fn every_step_has_its_intent_and_its_outcome_on_record() {
    let (house, _) = with(|_| ());
    let steps = [
        StepId::ProveIdentity,
        StepId::WipeKeys,
        StepId::MassErase,
        StepId::BlankCheck,
        StepId::Revoke,
        StepId::Document,
    ];
    assert_eq!(house.ledger.intents, steps);
    let outcomes: Vec<_> = house
        .ledger
        .outcomes
        .iter()
        .map(|report| report.id)
        .collect();
    assert_eq!(outcomes, steps);
}

#[test]
fn a_key_that_is_not_zeroized_leaves_only_the_key_wipe_open() {
    let (house, retirement) = with(|house| house.device.wipe_leaves_key = true);
    assert_pending_for(&retirement, &["wipe-keys"]);
    assert!(house.device.is_blank());
    assert_eq!(house.revoker.asked.len(), 1);
}

#[test]
fn a_key_in_a_secure_element_is_replaced_and_the_document_says_so() {
    let mut house = House::new();
    let mut order = order();
    order.target.profile = "stm32f405-se".parse().unwrap();
    house.device.key_fate = KeyFate::Replaced { slot: 2 };
    let retirement = house.decommission(&order).unwrap();
    assert_eq!(retirement.document.status(), Status::Complete);
    let contents = retirement.document.contents();
    assert!(
        contents
            .media
            .media_type
            .ends_with("; ATECC608B secure element")
    );
    let text = String::from_utf8(retirement.document.canonical().unwrap()).unwrap();
    for said in [
        "secure element slot 2: key replaced and forgotten",
        "Secure element: configuration, OTP zone and locked slots",
        "invalidated at the CA",
    ] {
        assert!(text.contains(said), "{said}");
    }
}

#[test]
fn a_key_that_is_not_where_the_target_has_it_leaves_the_key_wipe_open() {
    let (_, retirement) = with(|house| house.device.key_fate = KeyFate::Replaced { slot: 2 });
    assert_pending_for(&retirement, &["wipe-keys"]);
}

#[test]
fn nvs_that_is_not_erased_leaves_only_the_key_wipe_open() {
    let (_, retirement) = with(|house| house.device.wipe_leaves_nvs = true);
    assert_pending_for(&retirement, &["wipe-keys"]);
}

#[test]
fn a_wiped_device_that_still_attests_fails_the_key_wipe() {
    let (_, retirement) = with(|house| house.device.attests_after_wipe = true);
    assert_pending_for(&retirement, &["wipe-keys"]);
    assert!(
        retirement.document.missing()[0]
            .why
            .contains("still attests")
    );
}

#[test]
fn a_wipe_command_by_another_key_is_refused_and_the_erase_goes_on() {
    let (house, retirement) = with(|house| house.wipe = Key::new(9));
    assert_pending_for(&retirement, &["wipe-keys"]);
    assert!(retirement.document.missing()[0].why.contains("WIP-01"));
    assert!(house.device.is_blank());
}

#[test]
fn an_erase_that_does_nothing_leaves_erase_and_blank_check_open() {
    let (house, retirement) = with(|house| {
        house.device.erase_does_nothing = true;
        house.device.erase_reports_failure = true;
    });
    assert_pending_for(&retirement, &["mass-erase", "blank-check"]);
    assert_eq!(retirement.document.contents().method, None);
    assert_eq!(house.revoker.asked.len(), 1);
}

#[test]
fn an_erase_that_only_claims_to_be_done_is_found_by_the_blank_check() {
    let (_, retirement) = with(|house| house.device.erase_does_nothing = true);
    assert_pending_for(&retirement, &["blank-check"]);
    assert_eq!(retirement.document.contents().method, None);
}

#[test]
fn one_bit_left_anywhere_fails_the_blank_check() {
    for at in [0, 0x7_FFFF, 0xF_FFFF] {
        let (_, retirement) = with(|house| house.device.stuck_byte = Some(at));
        assert_pending_for(&retirement, &["blank-check"]);
        let place = format!("{:#010x}", 0x0800_0000 + at);
        assert!(retirement.document.missing()[0].why.contains(&place));
    }
}

#[test]
fn an_open_chip_is_still_erased() {
    let (house, retirement) = with(|house| house.device.protection = ReadProtection::Open);
    assert!(retirement.is_complete());
    assert!(house.device.is_blank());
}

#[test]
fn a_crl_without_the_serial_number_leaves_only_the_revocation_open() {
    let (house, retirement) = with(|house| house.revoker.publishes_old_crl = true);
    assert_pending_for(&retirement, &["revoke"]);
    assert!(retirement.document.contents().revocation.is_none());
    assert!(house.device.is_blank());
    assert!(!house.ledger.retired.unwrap().1);
}

#[test]
fn a_crl_signed_by_somebody_else_leaves_only_the_revocation_open() {
    let (_, retirement) = with(|house| house.revoker.issuer = Key::new(8));
    assert_pending_for(&retirement, &["revoke"]);
}

#[test]
fn a_ca_out_of_reach_leaves_only_the_revocation_open() {
    let (_, retirement) = with(|house| house.revoker.unreachable = true);
    assert_pending_for(&retirement, &["revoke"]);
}

#[test]
fn every_registry_has_to_confirm() {
    let registries = |house: &mut House, down| {
        for (name, down) in [("fleet", down), ("cloud", false)] {
            house
                .registries
                .push(Box::new(FakeRegistry::new(name, down)));
        }
    };
    let (_, retirement) = with(|house| registries(house, true));
    assert_pending_for(&retirement, &["deregister:fleet"]);
    let confirmed = &retirement.document.contents().registries;
    assert_eq!(confirmed[0].registry, "cloud");
    let (_, retirement) = with(|house| registries(house, false));
    assert!(retirement.is_complete());
}

#[test]
fn another_chip_is_neither_erased_nor_is_anything_revoked() {
    let (house, retirement) = with(|house| house.device.uid[0] ^= 1);
    let all = [
        "prove-identity",
        "wipe-keys",
        "mass-erase",
        "blank-check",
        "revoke",
    ];
    assert_pending_for(&retirement, &all);
    assert!(!house.device.is_blank());
    for call in ["wipe", "request_wipe", "mass_erase"] {
        assert!(!house.device.calls.contains(&call), "{call}");
    }
    assert!(house.revoker.asked.is_empty());
    let statement = &retirement.document.contents().sanitizer;
    assert_eq!(statement.date, None);
}

#[test]
fn another_chip_is_not_erased_even_on_a_waiver() {
    let mut house = House::new();
    house.device.uid[0] ^= 1;
    let mut order = order();
    order.waiver = Some(waiver());
    let retirement = house.decommission(&order).unwrap();
    assert!(!house.device.is_blank());
    assert!(!house.device.calls.contains(&"mass_erase"));
    assert!(!retirement.is_complete());
}

#[test]
fn a_compromised_certificate_is_revoked_whatever_is_in_the_slot() {
    let mut house = House::new();
    house.device.uid[0] ^= 1;
    let mut order = order();
    order.reason = Reason::Compromised;
    house.decommission(&order).unwrap();
    assert_eq!(house.revoker.asked[0].1, RevocationReason::KeyCompromise);
    assert!(!house.device.is_blank());
}

#[test]
fn a_unit_with_a_foreign_key_is_not_erased_but_revoked() {
    let (house, retirement) = with(|house| house.device.key = Some(Key::new(7)));
    let device = ["prove-identity", "wipe-keys", "mass-erase", "blank-check"];
    assert_pending_for(&retirement, &device);
    assert!(!house.device.is_blank());
    assert_eq!(house.revoker.asked.len(), 1);
    assert!(retirement.document.contents().revocation.is_some());
}

#[test]
fn a_waiver_lets_a_dead_unit_be_erased_but_not_be_called_complete() {
    let mut house = House::new();
    house.device.firmware_dead = true;
    let mut order = order();
    order.waiver = Some(waiver());
    let retirement = house.decommission(&order).unwrap();
    assert_pending_for(&retirement, &["prove-identity", "wipe-keys"]);
    assert!(house.device.is_blank());
    assert_eq!(retirement.document.contents().method, Some(Method::Clear));
}

#[test]
fn a_lost_unit_is_revoked_and_no_device_is_touched() {
    let mut house = House::new();
    let mut order = order();
    order.reason = Reason::Lost;
    order.waiver = Some(waiver());
    let retirement = house.decommission(&order).unwrap();
    assert_eq!(house.device.calls, [""; 0]);
    let device = ["prove-identity", "wipe-keys", "mass-erase", "blank-check"];
    assert_pending_for(&retirement, &device);
    assert_eq!(house.revoker.asked[0].1, RevocationReason::KeyCompromise);
}

#[test]
fn without_a_durable_intent_the_step_is_not_begun() {
    let (house, retirement) = with(|house| house.ledger.no_intent = Some(StepId::MassErase));
    assert_pending_for(&retirement, &["mass-erase", "blank-check"]);
    assert!(!house.device.calls.contains(&"mass_erase"));
    let (house, retirement) = with(|house| house.ledger.no_intent = Some(StepId::Revoke));
    assert_pending_for(&retirement, &["revoke"]);
    assert!(house.revoker.asked.is_empty());
}

#[test]
fn without_a_durable_outcome_a_proof_does_not_count() {
    for step in [
        "prove-identity",
        "wipe-keys",
        "mass-erase",
        "blank-check",
        "revoke",
    ] {
        let id = step.parse().unwrap();
        let (_, retirement) = with(|house| house.ledger.no_outcome = Some(id));
        assert!(missing(&retirement).contains(&step));
    }
}

#[test]
fn a_document_that_is_not_on_record_is_not_handed_out() {
    let (house, retirement) = with(|house| house.ledger.no_retire = true);
    assert!(!retirement.is_complete());
    assert_eq!(retirement.signed.unwrap_err().code, Code::StoreFailed);
    assert!(matches!(
        house.events.last(),
        Some(Event::Concluded {
            verdict: Verdict::Fail,
            fault: Some(_)
        })
    ));
}

/// Refused before anything is touched.
fn refusal(spoil: impl FnOnce(&mut House, &mut cradle_wipe::Order)) -> Code {
    let (mut house, mut order) = (House::new(), order());
    spoil(&mut house, &mut order);
    let fault = house.decommission(&order).unwrap_err();
    assert!(house.device.calls.is_empty() && house.revoker.asked.is_empty());
    fault.code
}

#[test]
fn a_document_key_out_of_reach_is_found_before_the_unit_is_touched() {
    assert_eq!(
        refusal(|house, _| house.document.broken = true),
        Code::TokenMissing
    );
}

#[test]
fn a_unit_that_is_decommissioned_already_is_refused() {
    let code = refusal(|house, _| house.ledger.unit.state = UnitState::Decommissioned);
    assert_eq!(code, Code::UnitState);
}

#[test]
fn an_unknown_unit_is_refused() {
    let code = refusal(|_, order| order.serial = "CR-000043".parse().unwrap());
    assert_eq!(code, Code::UnitUnknown);
}

#[test]
fn a_target_without_methods_is_refused() {
    let code = refusal(|_, order| order.target.profile = "z80".parse().unwrap());
    assert_eq!(code, Code::InputInvalid);
}

#[test]
fn nobody_waives_for_themselves() {
    let code = refusal(|_, order| {
        let mut own = waiver();
        own.person = order.sanitizer.clone();
        order.waiver = Some(own);
    });
    assert_eq!(code, Code::OwnApproval);
}

#[test]
fn text_that_no_page_holds_is_refused() {
    let code = refusal(|_, order| order.media.model = "m".repeat(300));
    assert_eq!(code, Code::InputInvalid);
    let code = refusal(|_, order| order.sanitizer.name = String::new());
    assert_eq!(code, Code::InputInvalid);
}
