//! What the screens show, as data.

#![allow(clippy::unwrap_used, reason = "helpers of tests, which may unwrap")]

#[allow(dead_code, reason = "each test binary uses its own part of the fake")]
mod gui_fake;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{Serial, SlotId, Uid};
use cradle_procedure::release::Check;
use cradle_procedure::step::{Event, Outcome, StepId, StepReport, Verdict, Verification};
use cradle_station::gui::backend::{BenchFacts, ReleaseChecked, SlotFacts};
use cradle_station::gui::view::authority::{AuthorityView, ListView};
use cradle_station::gui::view::bench::BenchView;
use cradle_station::gui::view::release::{CheckState, checks};
use cradle_station::gui::view::slot::{Phase, SlotView, State, Work};
use gui_fake::NOW_MS;
use gui_fake::office::authority;

const SLOT: SlotId = SlotId(3);

fn started(step: StepId, at_ms: u64) -> Event {
    Event::Started { step, at_ms }
}

fn ended(id: StepId, outcome: Outcome) -> Event {
    Event::Ended(StepReport {
        id,
        outcome,
        verification: Some(Verification::ReadBack),
        detail: String::new(),
        code: None,
        started_ms: 0,
        duration_ms: 5,
    })
}

fn after(events: impl IntoIterator<Item = Event>) -> SlotView {
    let mut view = SlotView::new(SLOT);
    for event in events {
        view.apply(event, 9_000);
    }
    view
}

fn concluded(verdict: Verdict) -> Event {
    let fault = (verdict != Verdict::Pass).then(|| Fault::new(Code::LinkLost, "probe 3"));
    Event::Concluded { verdict, fault }
}

fn facts(boards: &[bool]) -> BenchFacts {
    let slot = |(at, occupied): (usize, &bool)| SlotFacts {
        id: SlotId(at as u16 + 1),
        description: String::new(),
        occupied: *occupied,
    };
    BenchFacts {
        slots: boards.iter().enumerate().map(slot).collect(),
        ..Default::default()
    }
}

#[test]
fn a_slot_is_ready_with_a_board_and_empty_without() {
    let mut view = SlotView::new(SLOT);
    assert_eq!(view.state(), State::Ready);
    view.set_board(false);
    assert_eq!(view.state(), State::Empty);
    assert!(!view.startable());
}

#[test]
fn the_running_step_and_its_progress_are_shown() {
    let step = StepId::FlashApplication;
    let progress = Event::Progress {
        step,
        done: 10,
        total: 40,
    };
    let view = after([started(step, 1_000), progress]);
    let work = Work {
        step: Some(step),
        progress: Some((10, 40)),
        stopping: false,
        since_ms: 1_000,
        expected: None,
    };
    assert_eq!(view.phase, Phase::Working(work));
    assert_eq!(view.elapsed_ms(4_000), Some(3_000));
}

#[test]
fn progress_of_a_step_that_has_ended_is_not_shown() {
    let step = StepId::FlashApplication;
    let late = Event::Progress {
        step,
        done: 10,
        total: 40,
    };
    let view = after([started(step, 0), ended(step, Outcome::Done), late]);
    assert_eq!(view.work(), Some(&Work::default()));
}

#[test]
fn serial_and_chip_are_those_that_the_engine_bound() {
    let serial = Serial::new("FS-1").unwrap();
    let uid = Uid::new(&[7; 12]);
    let bound = Event::Bound {
        serial: serial.clone(),
        uid: uid.clone(),
    };
    let view = after([started(StepId::Identify, 0), bound]);
    assert_eq!((view.serial, view.uid), (Some(serial), Some(uid)));
}

#[test]
fn each_verdict_has_its_own_state_and_the_time_stands_still() {
    for (verdict, state) in [
        (Verdict::Pass, State::Pass),
        (Verdict::Fail, State::Fail),
        (Verdict::Quarantine, State::Quarantine),
    ] {
        let view = after([started(StepId::Identify, 1_000), concluded(verdict)]);
        assert_eq!(view.state(), state);
        assert_eq!(view.elapsed_ms(50_000), Some(8_000));
    }
}

#[test]
fn the_last_step_says_when_it_ended() {
    let view = after([
        started(StepId::Authorize, 0),
        ended(StepId::Authorize, Outcome::Done),
        concluded(Verdict::Pass),
    ]);
    assert_eq!(view.elapsed_ms(50_000), Some(5));
}

#[test]
fn what_failed_keeps_its_fault_and_may_be_started_again() {
    let view = after([started(StepId::Identify, 0), concluded(Verdict::Fail)]);
    assert_eq!(view.fault().unwrap().code, Code::LinkLost);
    assert!(view.startable());
}

#[test]
fn what_passed_or_is_quarantined_is_not_started_again() {
    for verdict in [Verdict::Pass, Verdict::Quarantine] {
        assert!(!after([concluded(verdict)]).startable());
    }
}

#[test]
fn a_step_that_failed_does_not_count_as_done() {
    let one = after([ended(StepId::Authorize, Outcome::Done)]);
    let two = after([
        ended(StepId::Authorize, Outcome::Done),
        ended(StepId::Identify, Outcome::Failed),
    ]);
    assert_eq!(one.fraction(16), two.fraction(16));
}

#[test]
fn the_whole_journey_is_the_whole_ring() {
    let journey = StepId::ALL.iter().take(16);
    let view = after(journey.map(|step| ended(*step, Outcome::Done)));
    assert!((view.fraction(16) - 1.0).abs() < f32::EPSILON);
}

#[test]
fn a_new_start_forgets_the_unit_before() {
    let mut view = after([
        ended(StepId::Authorize, Outcome::Done),
        concluded(Verdict::Fail),
    ]);
    view.begin(None, 20_000);
    assert_eq!(view.state(), State::Working);
    assert!(view.steps.is_empty() && view.fault().is_none());
    assert_eq!(view.elapsed_ms(20_500), Some(500));
}

#[test]
fn a_step_that_starts_by_itself_begins_a_new_unit() {
    let mut view = after([
        ended(StepId::Authorize, Outcome::Done),
        concluded(Verdict::Pass),
    ]);
    view.apply(started(StepId::Authorize, 30_000), 30_001);
    assert_eq!(view.state(), State::Working);
    assert!(view.steps.is_empty());
}

#[test]
fn a_wish_to_stop_outlives_the_step() {
    let mut view = after([started(StepId::Plan, 0)]);
    view.stopping();
    view.apply(ended(StepId::Plan, Outcome::Done), 1);
    view.apply(started(StepId::FlashBootloader, 2), 2);
    assert!(view.work().unwrap().stopping);
}

#[test]
fn a_verdict_stays_until_the_next_board_is_in() {
    let mut view = after([concluded(Verdict::Pass)]);
    view.set_board(false);
    assert_eq!(view.state(), State::Pass);
    view.set_board(true);
    assert_eq!(view.state(), State::Ready);
}

#[test]
fn a_board_that_seems_to_vanish_at_work_stays_at_work() {
    let mut view = after([started(StepId::Attest, 0)]);
    view.set_board(false);
    view.set_board(true);
    assert_eq!(view.state(), State::Working);
}

#[test]
fn all_means_the_slots_that_wait() {
    let mut bench = BenchView::default();
    bench.set_facts(&facts(&[true, true, false, true]));
    bench.apply(SlotId(2), concluded(Verdict::Fail), 1);
    bench.apply(SlotId(4), started(StepId::Authorize, 1), 1);
    assert_eq!(bench.ready(), [SlotId(1)]);
    assert_eq!(bench.ended(), [SlotId(2)]);
    assert_eq!(bench.working(), [SlotId(4)]);
}

#[test]
fn a_slot_that_goes_away_at_work_stays_until_it_has_ended() {
    let mut bench = BenchView::default();
    bench.set_facts(&facts(&[true, true]));
    bench.apply(SlotId(2), started(StepId::Authorize, 1), 1);
    bench.set_facts(&facts(&[true]));
    assert_eq!(bench.working(), [SlotId(2)]);
    bench.apply(SlotId(2), concluded(Verdict::Fail), 2);
    bench.set_facts(&facts(&[true]));
    assert!(bench.get(SlotId(2)).is_none());
}

#[test]
fn an_event_of_a_slot_that_is_not_there_changes_nothing() {
    let mut bench = BenchView::default();
    bench.set_facts(&facts(&[true]));
    let before = bench.clone();
    bench.apply(SlotId(9), started(StepId::Authorize, 1), 1);
    assert_eq!(bench, before);
}

#[test]
fn the_authority_as_data() {
    let view = AuthorityView::new(&authority(), NOW_MS);
    assert!(!view.is_sound());
    let day_ms = 24 * 3_600_000;
    let ends: Vec<_> = (view.ends.iter())
        .map(|end| (end.what, end.when, end.alarm))
        .collect();
    assert_eq!(
        ends,
        [
            (
                "root CA certificate",
                Some((NOW_MS + 4_000 * day_ms, 4_000 * day_ms / 1000)),
                false
            ),
            (
                "issuing CA certificate",
                Some((NOW_MS + 200 * day_ms, 200 * day_ms / 1000)),
                true
            ),
            ("OCSP responder certificate", None, false),
            ("CRL", Some((NOW_MS + 5 * day_ms, 5 * day_ms / 1000)), false),
        ]
    );
    assert_eq!(
        view.lists,
        [ListView {
            delta: false,
            number: 17,
            made_ms: NOW_MS - 2 * day_ms,
            age_s: 2 * 24 * 3_600,
            until_ms: NOW_MS + 5 * day_ms,
            over: false,
        }]
    );
    let key = &view.tokens[0].keys[0];
    assert_eq!(
        key.attributes,
        ["CKA_SENSITIVE", "CKA_NEVER_EXTRACTABLE", "sign"]
    );
    assert_eq!(view.tokens[0].missing, ["cradle-ocsp"]);
    assert_eq!(view.root_away.as_deref(), Some("not in the reader"));
}

#[test]
fn an_authority_with_nothing_wrong_is_sound_and_a_list_that_is_over_says_so() {
    let mut state = authority();
    state.line.keys.pop();
    state.line.missing.clear();
    state.ends.retain(|end| !end.alarm);
    let view = AuthorityView::new(&state, NOW_MS);
    assert!(view.is_sound());
    let later = AuthorityView::new(&state, NOW_MS + 5 * 24 * 3_600_000);
    assert!(later.lists[0].over && !view.lists[0].over);
}

#[test]
fn the_checks_of_a_release_as_data() {
    let checked = |passed: usize, verdict| ReleaseChecked {
        folder: "/srv/release".into(),
        passed: Check::ALL[..passed].to_vec(),
        verdict,
    };
    let fault = Fault::new(Code::ReleaseAltered, "");
    let states: Vec<_> = (checks(&checked(2, Err(fault))).into_iter())
        .map(|(_, state)| state)
        .collect();
    use CheckState::{Failed, NotMade, Passed};
    assert_eq!(states[..3], [Passed, Passed, Failed]);
    assert!(states[3..].iter().all(|state| *state == NotMade));
    // What is wrong only after every check is no check's failure.
    let late = Fault::new(Code::InputInvalid, "version");
    let all = checks(&checked(Check::ALL.len(), Err(late)));
    assert!(all.iter().all(|(_, state)| *state == Passed));
}
