//! `cradle` alone: the window.

use std::sync::Arc;

use cradle_procedure::fault::Fault;
use serde_json::json;

use super::{Answer, Shared};
use crate::boards::Boards;
use crate::desk::Desk;
use crate::gui;

pub(super) fn run(shared: &Shared) -> Result<Answer, Fault> {
    let station = shared.station()?;
    let boards = match station.virtual_bench() {
        Some(_) => Some(Boards::drawn()?),
        None => None,
    };
    gui::open(Arc::new(Desk::new(station, boards)))?;
    Answer::done("", json!(null))
}
