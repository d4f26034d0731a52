//! The whole main job on the virtual bench: `cradle demo`, the training line.
//!
//! Everything in it is real but the boards: token, keys, people, approvals, release, records.

pub(crate) mod home;
mod report;
mod shift;

use std::path::PathBuf;
use std::sync::Arc;

use cradle_ca::softhsm;
use cradle_procedure::fault::Fault;

use crate::desk::Desk;
use crate::gui;
use crate::station::Station;
use crate::training::BoardModel;

/// What the demo is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// Folder of the main product's firmware build; those of the others lie beside it.
    pub(crate) firmware: PathBuf,
    /// Target profiles of the products, the main one first.
    pub(crate) targets: Vec<String>,
    /// Units to provision; 0 sets the line up and stops there.
    pub(crate) units: u32,
    /// Slots of the virtual bench.
    pub(crate) slots: u16,
    /// What the boards draw their randomness from.
    pub(crate) seed: Option<u64>,
    /// Folder for everything it leaves behind.
    pub(crate) out: PathBuf,
    /// Whether to do it without a window.
    pub(crate) headless: bool,
}

/// Sets a line up from nothing, then provisions units and decommissions the first, or opens the
/// window on it. Returns whether every unit ended as it should. Must be called before any thread
/// is started.
///
/// # Errors
/// Whatever keeps the line from being set up; `CFG-03` the folder holds something that is not
/// the demo's.
pub(crate) fn run(options: &Options) -> Result<bool, Fault> {
    let out = home::clear(&options.out)?;
    softhsm::select(&softhsm::configure(&out.join("token"))?)?;
    let people = home::set_up(&out, options)?;
    let config = home::load(&out)?;
    let mut station = Station::open(config, home::pin(&out)?)?;
    if let Some(seed) = options.seed {
        station.reseed(seed);
    }
    if options.units == 0 {
        println!("The line is set up in {}", out.display());
        return Ok(true);
    }
    if options.headless {
        let result = shift::work(&station, &people, options)?;
        report::write(&out, &station, &result)?;
        report::print(&result, &out);
        return Ok(result.is_as_it_should_be());
    }
    fill_slots(&station)?;
    println!(
        "Sign in as {} with the password in {}",
        people.operator.name,
        out.join(home::PEOPLE_FILE).display()
    );
    gui::open(Arc::new(Desk::new(station)))?;
    Ok(true)
}

fn fill_slots(station: &Station) -> Result<(), Fault> {
    let training = shift::training(station)?;
    let models = station.products().map(|it| BoardModel::of(it.profile()));
    let models = models.collect::<Vec<_>>();
    for (slot, model) in station.slots().zip(models.iter().cycle()) {
        training.insert_next_of(slot.id, model)?;
    }
    Ok(())
}
