//! How long steps took lately, for those who wait for the next unit.

use cradle_procedure::ids::SlotId;
use cradle_procedure::ports::{IssuanceLedger as _, Ledger as _, StepLog as _};
use cradle_procedure::step::{StepId, StepReport, Verdict};

use crate::fixture::{Fixture, batch_id, certificate, done, subject, uid};

const STEP: StepId = StepId::FlashApplication;

/// A unit whose step was done in goes of that many milliseconds.
fn unit(fixture: &Fixture, chip: u8, goes_ms: &[u64], verdict: Verdict) {
    let mut ledger = fixture.ledger();
    let serial = ledger.admit(SlotId(1), &uid(chip), None).unwrap().serial;
    for duration_ms in goes_ms {
        ledger.intent(&serial, STEP, "").unwrap();
        let report = StepReport {
            duration_ms: *duration_ms,
            ..done(STEP)
        };
        ledger.outcome(&serial, &report).unwrap();
    }
    if verdict == Verdict::Pass {
        let subject = subject(&serial, chip, chip);
        let mut issuance = fixture.store.issuance(&fixture.session("otto"));
        let issued = issuance.issue(&subject, &mut || Ok(certificate(&subject)));
        issued.unwrap();
    }
    ledger.conclude(&serial, verdict, None).unwrap();
}

#[test]
fn the_pace_is_that_of_the_units_that_passed_lately() {
    let fixture = Fixture::with_batch(30);
    let otto = fixture.session("otto");
    let typical = || {
        let pace = fixture.store.pace_of_provisioning(&otto, &batch_id("b-1"));
        pace.unwrap().typical_ms(STEP)
    };
    assert_eq!(typical(), None);
    unit(&fixture, 1, &[9_000], Verdict::Fail);
    assert_eq!(typical(), None);
    unit(&fixture, 2, &[1_000, 500], Verdict::Pass);
    assert_eq!(typical(), Some(1_500));
    for chip in 3..18 {
        unit(&fixture, chip, &[4_000], Verdict::Pass);
    }
    assert_eq!(typical(), Some(4_000));

    let serial = fixture.make_unit(20);
    let wipe = fixture.store.pace_of_retirement(&otto, &serial).unwrap();
    assert_eq!(wipe.typical_ms(STEP), None);
}
