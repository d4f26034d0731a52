//! The journey on a chip, a record and an authority that fail wherever they can.
#![allow(unreachable_pub, clippy::unwrap_used)]

mod world;

use cradle_procedure::fault::Code;
use cradle_procedure::ids::{BatchId, Serial, Uid};
use cradle_procedure::pace::Pace;
use cradle_procedure::plan::{self, BurnItem};
use cradle_procedure::ports::{IssuedCertificate, ReadProtection, Subject};
use cradle_procedure::step::{Event, Outcome, StepId, Verdict};
use world::authority::certify;
use world::chip::Chip;
use world::record::Record;
use world::{Factory, SoftKey, Strike};

#[test]
fn a_virgin_chip_passes_and_every_step_is_on_record() {
    let mut factory = Factory::new();
    let mut chip = factory.chip();
    let end = factory.provision(&mut chip, None);
    assert_eq!((end.verdict, &end.fault), (Verdict::Pass, &None));
    let record = factory.record.borrow();
    let (serial, unit) = record.only_unit();
    assert_eq!(end.serial.as_ref(), Some(serial));
    assert_eq!(unit.outcomes, end.steps);
    assert!(
        unit.outcomes
            .iter()
            .all(|step| step.outcome == Outcome::Done)
    );
    // What people are told to expect is what happens.
    let went: Vec<_> = end.steps.iter().map(|step| step.id).collect();
    assert_eq!(went, plan::journey(&factory.profile).unwrap());
    assert_eq!(unit.verdict, Some(Verdict::Pass));
    assert_eq!(record.quota, 9);
    assert_eq!(chip.certificate.unwrap(), end.certificate.unwrap().der);
    assert_eq!(chip.fuses.read_protection, ReadProtection::Locked);
    assert!(matches!(
        factory.events.last(),
        Some(Event::Concluded { .. })
    ));
}

#[test]
fn the_time_left_is_told_by_the_units_before_and_ends_at_nothing() {
    let mut factory = Factory::new();
    let left = |events: &[Event]| -> Vec<_> {
        let expected = events.iter().filter_map(|event| match event {
            Event::Expected(estimate) => Some(*estimate),
            _ => None,
        });
        expected
            .map(|it| it.unit_left_ms(it.step_ends_ms))
            .collect()
    };
    let mut chip = factory.chip();
    let first = factory.provision(&mut chip, None);
    // That nothing is left in the end is known without.
    let mut blind = left(&factory.events);
    assert_eq!(blind.pop(), Some(Some(0)));
    assert!(blind.iter().all(Option::is_none));

    let durations = first.steps.iter().map(|step| (step.id, step.duration_ms));
    factory.pace = Pace::learn(durations);
    factory
        .record
        .replace(Record::new(factory.release.manifest_hash()));
    factory.events.clear();
    let mut chip = factory.chip();
    factory.provision(&mut chip, None);
    let left: Option<Vec<u64>> = left(&factory.events).into_iter().collect();
    let left = left.unwrap();
    assert!(left.len() >= 2 * first.steps.len(), "{left:?}");
    assert!(
        left.is_sorted_by(|earlier, later| earlier >= later),
        "{left:?}"
    );
    assert_eq!(left.last(), Some(&0));
}

#[test]
fn read_protection_is_the_last_burn() {
    let mut factory = Factory::new();
    let mut chip = factory.chip();
    factory.provision(&mut chip, None);
    assert_eq!(chip.burns.last(), Some(&BurnItem::ReadProtect));
}

/// Strikes each operation of a whole provisioning, before and after it takes effect, starts the
/// unit again until it ends, and counts what must never be.
#[test]
fn wherever_it_is_struck_the_unit_passes_when_started_again() {
    let operations = {
        let mut factory = Factory::new();
        let mut chip = factory.chip();
        factory.provision(&mut chip, None);
        factory.faults.count()
    };
    assert!(
        operations > 50,
        "the strike must have something to strike: {operations}"
    );
    let mut interrupted = 0;
    for at in 0..operations {
        for after in [false, true] {
            let strike = Strike { at, after };
            let mut factory = Factory::new();
            let mut chip = factory.chip();
            factory.faults.arm(Some(strike));
            let first = factory.provision(&mut chip, None);
            interrupted += u32::from(first.verdict != Verdict::Pass);
            factory.faults.arm(None);
            let last_write_lost =
                factory.record.borrow().units.values().any(|unit| {
                    unit.verdict == Some(Verdict::Pass) && first.verdict != Verdict::Pass
                });
            if last_write_lost {
                continue;
            }
            let second = factory.provision(&mut chip, None);
            assert_eq!(
                second.verdict,
                Verdict::Pass,
                "{strike:?}: {:?}",
                second.fault
            );
            let record = factory.record.borrow();
            let (_, unit) = record.only_unit();
            assert_eq!(unit.certificates.len(), 1, "{strike:?}");
            assert_eq!(record.quota, 9, "{strike:?}");
            assert_eq!(chip.fuses.counter, 3, "{strike:?}");
        }
    }
    assert!(
        interrupted > operations,
        "{interrupted} of {operations} × 2 runs were interrupted"
    );
}

#[test]
fn option_bytes_torn_by_a_power_cut_are_written_again_and_the_unit_passes() {
    let mut factory = Factory::new();
    let mut chip = factory.chip();
    chip.tear_option_bytes = true;
    let end = factory.provision(&mut chip, None);
    assert_eq!(end.fault.unwrap().code, Code::LinkLost);
    assert!(chip.fuses.write_protected.is_empty());
    assert_eq!(chip.fuses.read_protection, ReadProtection::Locked);
    let end = factory.provision(&mut chip, None);
    assert_eq!((end.verdict, &end.fault), (Verdict::Pass, &None));
    assert_eq!(chip.fuses.write_protected, ["bootloader"]);
    let record = factory.record.borrow();
    assert_eq!(record.only_unit().1.certificates.len(), 1);
}

#[test]
fn chips_that_must_not_be_worked_on_are_refused_before_anything_is_written() {
    type Spoil = fn(&mut world::chip::Chip);
    let cases: [(Spoil, Code, Verdict); 6] = [
        (|c| c.device_id = 0x419, Code::WrongChip, Verdict::Fail),
        (|c| c.flash_kib = 512, Code::WrongFlashSize, Verdict::Fail),
        (|c| c.uid = [0xFF; 12], Code::WrongChip, Verdict::Fail),
        (
            |c| c.fuses.root_key[3] = 0,
            Code::OtpNotVirgin,
            Verdict::Quarantine,
        ),
        (
            |c| c.fuses.rest_virgin = false,
            Code::OtpNotVirgin,
            Verdict::Quarantine,
        ),
        (
            |c| c.fuses.read_protection = ReadProtection::Locked,
            Code::AlreadyLocked,
            Verdict::Quarantine,
        ),
    ];
    for (spoil, code, verdict) in cases {
        let mut factory = Factory::new();
        let mut chip = factory.chip();
        spoil(&mut chip);
        let end = factory.provision(&mut chip, None);
        assert_eq!(end.fault.unwrap().code, code);
        assert_eq!(end.verdict, verdict, "{code:?}");
        assert!(
            chip.flash.iter().all(|byte| *byte == 0x55),
            "{code:?} wrote to flash"
        );
        assert!(chip.burns.is_empty(), "{code:?} burnt");
    }
}

#[test]
fn a_finished_unit_is_not_started_over() {
    let mut factory = Factory::new();
    let mut chip = factory.chip();
    factory.provision(&mut chip, None);
    let mut clone = factory.chip();
    let end = factory.provision(&mut clone, Some(&Serial::new("OTHER").unwrap()));
    assert_eq!(end.fault.unwrap().code, Code::UidKnown);
    assert_eq!(end.verdict, Verdict::Quarantine);
}

#[test]
fn every_claim_that_is_not_as_planned_keeps_the_unit_from_passing() {
    let lies: [fn(&mut cradle_protocol::attestation::Claims<'_>); 10] = [
        |c| c.nonce[0] ^= 1,
        |c| c.uid[0] ^= 1,
        |c| c.image_sha256[0] ^= 1,
        |c| c.bootloader_sha256[0] ^= 1,
        |c| c.root_key_sha256[0] ^= 1,
        |c| c.root_key_locked = false,
        |c| c.counter += 1,
        |c| c.rdp = 0xAA,
        |c| c.write_protected = 1,
        |c| c.bank_confirmed = false,
    ];
    for (index, lie) in lies.into_iter().enumerate() {
        let mut factory = Factory::new();
        let mut chip = factory.chip();
        chip.lie = Some(lie);
        let end = factory.provision(&mut chip, None);
        assert_eq!(
            end.fault.map(|fault| fault.code),
            Some(Code::Attestation),
            "lie {index}"
        );
        assert_eq!(end.verdict, Verdict::Quarantine);
    }
}

/// A unit that is done again gets the certificate it has on record: whatever became of that there,
/// the device is given none but its own.
#[test]
fn certificate_that_is_not_this_units_own_is_not_given_to_the_device() {
    type Forge = fn(&Subject, &SoftKey) -> IssuedCertificate;
    let forgeries: [(Forge, &str); 4] = [
        (
            |own, _| certify(&SoftKey::new(66), own, 1),
            "has not signed",
        ),
        (
            |own, ca| {
                let serial = Serial::new("T-9999").unwrap();
                certify(
                    ca,
                    &Subject {
                        serial,
                        ..own.clone()
                    },
                    1,
                )
            },
            "names T-9999",
        ),
        (
            |own, ca| {
                let public_key = SoftKey::new(67).point().into();
                certify(
                    ca,
                    &Subject {
                        public_key,
                        ..own.clone()
                    },
                    1,
                )
            },
            "another key",
        ),
        (
            |own, ca| IssuedCertificate {
                serial_number: "02".into(),
                ..certify(ca, own, 1)
            },
            "on record is 02",
        ),
    ];
    for (forge, why) in forgeries {
        let mut factory = Factory::new();
        let mut chip = factory.chip();
        stop_when_certified(&mut factory, &mut chip);
        {
            let mut record = factory.record.borrow_mut();
            let (serial, unit) = record.units.iter_mut().next().unwrap();
            let (public_key, certificate) = unit.certificates.last_mut().unwrap();
            let own = Subject {
                batch: BatchId::new("any").unwrap(),
                serial: serial.clone(),
                uid: Uid::new(&chip.uid),
                public_key: public_key.clone(),
            };
            *certificate = forge(&own, &factory.ca);
        }
        let fault = factory.provision(&mut chip, None).fault.unwrap();
        assert_eq!(fault.code, Code::CertificateForeign);
        assert!(fault.detail.contains(why), "{fault}");
        assert_eq!(chip.certificate, None);
    }
}

/// Struck after the certificate was issued and before the device has it.
fn stop_when_certified(factory: &mut Factory, chip: &mut Chip) {
    let certified = |factory: &Factory| {
        let record = factory.record.borrow();
        record
            .units
            .values()
            .any(|unit| !unit.certificates.is_empty())
    };
    for at in 0.. {
        *factory = Factory::new();
        *chip = factory.chip();
        factory.faults.arm(Some(Strike { at, after: true }));
        factory.provision(chip, None);
        factory.faults.arm(None);
        if certified(factory) {
            break;
        }
    }
    assert_eq!(chip.certificate, None);
}

#[test]
fn a_stop_is_heeded_before_the_first_burn_and_says_what_is_next() {
    let mut factory = Factory::new();
    factory.cancelled = true;
    let mut chip = factory.chip();
    let end = factory.provision(&mut chip, None);
    let fault = end.fault.unwrap();
    assert_eq!(fault.code, Code::Cancelled);
    assert!(
        fault.detail.contains(StepId::FlashBootloader.text()),
        "{}",
        fault.detail
    );
    assert!(chip.burns.is_empty());
    factory.cancelled = false;
    assert_eq!(factory.provision(&mut chip, None).verdict, Verdict::Pass);
}
