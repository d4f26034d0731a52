//! Many slots at once: a whole line, with the latency of a USB probe on every slot.

mod line;
mod timed_device;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use cradle_bench::virtual_bench::{FaultPlan, LinkFault};
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::SlotId;

use super::{Better, Ratio};
use line::Line;

const SLOTS: u16 = 16;
/// Units in each slot in each run.
const PER_SLOT: u32 = 2;
/// Transfer at which a board stalls: in the midst of its bootloader.
const STALLS_AT: u64 = 5_000;

/// Works in a folder that it makes and removes, with the token that this process uses.
pub(super) fn measure(firmware: &Path, folder: &Path) -> Result<[Ratio; 3], Fault> {
    let line = Line::set_up(firmware, folder, SLOTS)?;
    let measured = measure_on(&line);
    drop(line);
    let removed = fs::remove_dir_all(folder).or_fault(Code::FileFailed);
    let ratios = measured?;
    removed?;
    Ok(ratios)
}

fn measure_on(line: &Line) -> Result<[Ratio; 3], Fault> {
    let all: Vec<_> = (1..=SLOTS).map(SlotId).collect();
    let (first, others) = (&all[..1], &all[1..]);
    let one = line.run(first, PER_SLOT)?;
    let gang = line.run(&all, PER_SLOT)?;
    let unhindered = line.run(others, PER_SLOT)?;
    let hindered = beside_a_stalled_board(line, first[0], others, unhindered.wall * 3 / 2)?;
    eprintln!(
        "one unit {:?}, of which its device {:?}; 16 slots {:?}, 15 slots {:?}, beside a board \
         that stalls {:?}",
        one.wall / PER_SLOT,
        one.devices / PER_SLOT,
        gang.wall,
        unhindered.wall,
        hindered,
    );
    let rate = |slots: u32, wall: Duration| f64::from(slots * PER_SLOT) / wall.as_secs_f64();
    Ok([
        Ratio {
            name: "gang16_vs_one",
            value: rate(SLOTS.into(), gang.wall) / rate(1, one.wall),
            reference: "units per minute of one slot; 1 ms per USB transaction",
            target: 14.0,
            better: Better::Higher,
        },
        Ratio {
            name: "gang_stalled_loss",
            value: 1.0 - unhindered.wall.as_secs_f64() / hindered.as_secs_f64(),
            reference: "units per minute of the same 15 slots without a 16th that stalls",
            target: 0.02,
            better: Better::Lower,
        },
        Ratio {
            name: "unit_vs_device_busy",
            value: one.wall.as_secs_f64() / one.devices.as_secs_f64(),
            reference: "time of the same units inside the calls of the device's driver",
            target: 1.1,
            better: Better::Lower,
        },
    ])
}

/// How long the others take while the board in one slot does not go on.
fn beside_a_stalled_board(
    line: &Line,
    stalled: SlotId,
    others: &[SlotId],
    stall: Duration,
) -> Result<Duration, Fault> {
    let plan = FaultPlan::new().at_transfer(STALLS_AT, LinkFault::Stall(stall));
    std::thread::scope(|scope| {
        let board = line.insert(stalled)?;
        board.arm(plan);
        let begun = Instant::now();
        let unit = scope.spawn(|| line.provision(stalled));
        let others = line.run(others, PER_SLOT)?.wall;
        if unit.is_finished() || begun.elapsed() >= stall {
            return Err(Fault::new(Code::Internal, "the board did not stall"));
        }
        unit.join()
            .map_err(|_| Fault::new(Code::Internal, "worker"))??;
        Ok(others)
    })
}
