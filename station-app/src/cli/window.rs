//! `cradle` alone: the window.

use std::sync::Arc;

use cradle_procedure::fault::Fault;
use serde_json::json;

use super::{Answer, Shared};
use crate::desk::Desk;
use crate::gui;

pub(super) fn run(shared: &Shared) -> Result<Answer, Fault> {
    let station = shared.station()?;
    gui::open(Arc::new(Desk::new(station)))?;
    Answer::done("", json!(null))
}
