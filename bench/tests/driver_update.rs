//! Updates over the serial line, into the firmware built from this repository.
#![allow(clippy::panic, clippy::unwrap_used)]

mod driver_support;

use cradle_protocol::message::{
    AgentReply, AgentRequest, BankVerdict, BootEvent, DeviceState, Posture, Refusal,
};
use cradle_protocol::metadata::{Bank, Event};
use driver_support::line::AgentLine;
use driver_support::signed::Key;
use driver_support::unit::{COUNTER, board_with, board_without_image, never_confirms, root};
use driver_support::{Setup, firmware};

fn image_a(counter: u32) -> Vec<u8> {
    root().image(&firmware("application.bin"), counter)
}

fn image_b(counter: u32) -> Vec<u8> {
    root().image(&firmware("application-b.bin"), counter)
}

fn boot(setup: &mut Setup) -> AgentLine {
    setup.device.run().unwrap();
    let mut line = AgentLine::open(&setup.board);
    line.wait();
    line
}

fn state(line: &mut AgentLine) -> DeviceState {
    line.ask(&AgentRequest::Identify, |reply| match reply {
        AgentReply::Identity(identity) => identity.state,
        other => panic!("{other:?}"),
    })
}

fn posture(line: &mut AgentLine) -> Posture {
    line.ask(&AgentRequest::ReadPosture, |reply| match reply {
        AgentReply::Posture(posture) => posture,
        other => panic!("{other:?}"),
    })
}

fn events(line: &mut AgentLine, after: u32) -> Vec<BootEvent> {
    line.ask(&AgentRequest::ReadEvents { after }, |reply| match reply {
        AgentReply::Events(events) => events.into_iter().flatten().collect(),
        other => panic!("{other:?}"),
    })
}

/// Kind, whether confirmed, and trials left.
fn told(events: &[BootEvent]) -> Vec<(Event, bool, u8)> {
    let tell = |event: &BootEvent| (event.event, event.confirmed, event.trials_left);
    events.iter().map(tell).collect()
}

#[test]
fn an_update_is_received_tried_and_confirmed_and_nothing_older_is_taken_after_it() {
    let mut setup = board_with(31, &image_a(COUNTER), COUNTER);
    let mut line = boot(&mut setup);
    let before = posture(&mut line);
    assert_eq!((before.bank, before.counter), (Bank::A, COUNTER));
    assert!(before.confirmed && !before.certificate && !before.key);

    assert_eq!(line.update(Bank::B, &image_b(COUNTER + 2)), Ok(Bank::B));
    assert_eq!(posture(&mut line), before);
    line.restart();
    let after = posture(&mut line);
    assert_eq!((after.bank, after.counter), (Bank::B, COUNTER + 2));
    assert!(after.confirmed);
    let log = events(&mut line, 0);
    let expected = [(Event::Provisioned, true, 2), (Event::Installed, true, 2)];
    assert_eq!(told(&log), expected);
    assert_eq!(events(&mut line, log[0].sequence), log[1..]);

    let old = line.update(Bank::A, &image_a(COUNTER + 1));
    assert_eq!(old, Err(Refusal::Rejected(BankVerdict::RolledBack)));
    line.restart();
    assert_eq!(posture(&mut line).bank, Bank::B);
}

#[test]
fn an_update_that_never_confirms_is_tried_three_times_and_the_old_firmware_runs_on() {
    let mut setup = board_with(32, &image_a(COUNTER), COUNTER);
    let mut line = boot(&mut setup);
    let update = root().image(&never_confirms(Bank::B), COUNTER + 2);
    assert_eq!(line.update(Bank::B, &update), Ok(Bank::B));
    line.restart();
    let after = posture(&mut line);
    assert_eq!((after.bank, after.counter), (Bank::A, COUNTER));
    let log = told(&events(&mut line, 1));
    let expected = [(Event::Installed, false, 0), (Event::FellBack, false, 3)];
    assert_eq!(log, expected);
}

#[test]
fn what_the_bootloader_would_not_run_is_not_installed() {
    let mut setup = board_with(33, &image_a(COUNTER), COUNTER);
    let mut line = boot(&mut setup);
    let running = AgentRequest::BeginUpdate {
        bank: Bank::A,
        length: 1000,
    };
    assert_eq!(line.refusal(&running), Refusal::WrongState);
    let oversize = AgentRequest::BeginUpdate {
        bank: Bank::B,
        length: 384 * 1024 + 1,
    };
    assert_eq!(line.refusal(&oversize), Refusal::TooLong);
    assert_eq!(
        line.refusal(&AgentRequest::FinishUpdate),
        Refusal::WrongState
    );
    let small = never_confirms(Bank::B);
    let foreign = Key::new(0x77).image(&small, COUNTER);
    let for_a = root().image(&never_confirms(Bank::A), COUNTER);
    for (image, verdict) in [
        (foreign, BankVerdict::UnknownKey),
        (for_a, BankVerdict::Malformed),
    ] {
        let refused = line.update(Bank::B, &image);
        assert_eq!(refused, Err(Refusal::Rejected(verdict)));
    }
    line.restart();
    assert_eq!(posture(&mut line).bank, Bank::A);
    assert_eq!(events(&mut line, 0).len(), 1);
}

#[test]
fn recovery_takes_a_signed_image_and_nothing_else() {
    let mut setup = board_without_image(34, COUNTER);
    let mut line = boot(&mut setup);
    let empty = DeviceState::Recovery([BankVerdict::Empty; 2]);
    assert_eq!(state(&mut line), empty);
    let nonce = [1; 32];
    for request in [
        AgentRequest::Attest { nonce },
        AgentRequest::ReadCertificate,
        AgentRequest::RequestWipe,
        AgentRequest::ReadPosture,
        AgentRequest::ReadEvents { after: 0 },
    ] {
        assert_eq!(line.refusal(&request), Refusal::WrongState);
    }
    let foreign = Key::new(0x77).image(&never_confirms(Bank::B), COUNTER);
    let refused = line.update(Bank::B, &foreign);
    assert_eq!(refused, Err(Refusal::Rejected(BankVerdict::UnknownKey)));

    assert_eq!(line.update(Bank::B, &image_b(COUNTER)), Ok(Bank::B));
    line.restart();
    assert_eq!(state(&mut line), DeviceState::Operational);
    assert_eq!(posture(&mut line).bank, Bank::B);
}
