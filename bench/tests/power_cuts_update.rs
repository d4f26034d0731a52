//! Power fails at every operation on non-volatile memory of an update: received, installed,
//! tried, confirmed, counter moved.
#![allow(unreachable_pub, clippy::panic, clippy::unwrap_used)]

mod driver_support;
#[path = "power_cuts/judge.rs"]
mod judge;
#[path = "power_cuts/walk.rs"]
mod walk;

use cradle_bench::virtual_bench::Ending;
use cradle_protocol::message::{AgentReply, AgentRequest, Posture};
use cradle_protocol::metadata::Bank;
use driver_support::firmware;
use driver_support::line::AgentLine;
use driver_support::unit::{COUNTER, board_with, root};
use judge::{IN_BANKS, Meant};
use walk::walk;

fn posture(line: &mut AgentLine) -> Posture {
    line.ask(&AgentRequest::ReadPosture, |reply| match reply {
        AgentReply::Posture(posture) => posture,
        other => panic!("{other:?}"),
    })
}

#[test]
fn a_power_cut_at_any_operation_of_an_update_leaves_a_unit_that_runs() {
    let old = root().image(&firmware("application.bin"), COUNTER);
    let new = root().image(&firmware("application-b.bin"), COUNTER + 2);
    let mut setup = board_with(41, &old, COUNTER);
    setup.device.run().unwrap();
    let mut line = AgentLine::open(&setup.board);
    line.wait();
    assert!(posture(&mut line).confirmed);

    let before = setup.board.remains();
    setup.board.start_record();
    assert_eq!(line.update(Bank::B, &new), Ok(Bank::B));
    line.restart();
    let after = posture(&mut line);
    assert_eq!((after.bank, after.confirmed), (Bank::B, true));
    assert_eq!(after.counter, COUNTER + 2);
    let operations = setup.board.take_record();

    let meant = Meant {
        bootloader: firmware("bootloader.bin"),
        images: [old, new],
        root_key: root().hash(),
        counter: COUNTER + 2,
    };
    let config = setup.board.config().clone();
    let tally = walk(&config, before, &operations, &IN_BANKS, |found| {
        meant.judge(found);
        assert!(matches!(found.ending, Ending::Entered(_)), "{found:?}");
    });
    assert_eq!(tally.cuts, 2 * operations.len() as u64);
    println!("{tally:?}");
    assert!(tally.boots > 20, "{tally:?}");
}
