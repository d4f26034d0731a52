//! `cradle measure`: what `cradle benchmark` measures in processes of their own.

use std::io::Write as _;
use std::sync::Arc;

use clap::Subcommand;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use serde_json::json;
use zeroize::Zeroizing;

use super::{Answer, Shared};
use crate::benchmark::USABLE;
use crate::benchmark::frame::{self, Scene};
use crate::desk::Desk;
use crate::gui;

/// Parts of `cradle benchmark`.
#[derive(Subcommand)]
pub(super) enum Verb {
    /// What frames of the window take
    Frames {
        /// What the person does
        scene: Scene,
        /// Who; the password is in `CRADLE_PASSWORD`
        #[arg(long = "as", value_name = "NAME")]
        name: String,
    },
    /// Open the window and say when it can be used
    Start,
}

pub(super) fn run(verb: &Verb, shared: &Shared) -> Result<Answer, Fault> {
    let station = shared.station()?;
    match verb {
        Verb::Frames { scene, name } => {
            let password = std::env::var("CRADLE_PASSWORD").or_fault(Code::InputInvalid)?;
            let frames = frame::measure(station, *scene, name, &Zeroizing::new(password))?;
            Answer::done("", json!(frames))
        }
        Verb::Start => {
            let tell = || {
                // Who does not listen any more does not mind.
                let _ = writeln!(std::io::stdout(), "{USABLE}");
            };
            gui::open_watched(Arc::new(Desk::new(station)), tell)?;
            Answer::done("", json!(null))
        }
    }
}
