//! The whole main job on the virtual bench: `cradle demo`, the training line.
//!
//! Everything in it is real but the boards: token, keys, people, approvals, release, records.

mod home;
mod report;
mod shift;

use std::path::PathBuf;
use std::sync::Arc;

use cradle_ca::softhsm;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::SlotId;

use crate::boards::Boards;
use crate::desk::Desk;
use crate::gui;
use crate::station::Station;

/// What the demo is asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder of the firmware build.
    pub firmware: PathBuf,
    /// Units to provision.
    pub units: u32,
    /// Slots of the virtual bench.
    pub slots: u16,
    /// What the boards draw their randomness from.
    pub seed: Option<u64>,
    /// Folder for everything it leaves behind.
    pub out: PathBuf,
    /// Whether to do it without a window.
    pub headless: bool,
}

/// Sets a line up from nothing, then provisions units and decommissions the first, or opens the
/// window on it. Returns whether every unit ended as it should. Must be called before any thread
/// is started.
///
/// # Errors
/// Whatever keeps the line from being set up; `CFG-03` the folder holds something that is not
/// the demo's.
pub fn run(options: &Options) -> Result<bool, Fault> {
    let out = home::clear(&options.out)?;
    softhsm::select(&softhsm::configure(&out.join("token"))?)?;
    let people = home::set_up(&out, options)?;
    let config = home::load(&out)?;
    let station = Station::open(config, home::pin(&out)?)?;
    let boards = options
        .seed
        .map_or_else(Boards::drawn, |seed| Ok(Boards::new(seed)))?;
    if options.headless {
        let result = shift::work(&Arc::new(station), &boards, &people, options)?;
        report::write(&out, &result)?;
        report::print(&result, &out);
        return Ok(result.is_as_it_should_be());
    }
    fill_slots(&station, &boards)?;
    println!(
        "Sign in as {} with the password in {}",
        people.operator.name,
        out.join(home::PEOPLE_FILE).display()
    );
    gui::open(Arc::new(Desk::new(station, Some(boards))))?;
    Ok(true)
}

fn fill_slots(station: &Station, boards: &Boards) -> Result<(), Fault> {
    let missing = || Fault::new(Code::Internal, "the demo has no virtual bench");
    let bench = station.virtual_bench().ok_or_else(missing)?;
    for slot in station.slots() {
        boards.insert(bench, SlotId(slot.id.0))?;
    }
    Ok(())
}
