//! `cargo xtask snapshots`: pictures of the running program, for the guide and for judging it.

mod tour;
mod window;

use anyhow::{Context, Result};
use clap::Args;

use crate::display::Display;
use crate::setup::{self, Need};
use crate::{firmware, phase, process, workspace};

/// Take the pictures in docs/screenshots from the running program.
///
/// Sets up a line on the virtual bench, uses its window with the keyboard alone on a display of
/// its own, and takes a picture of every screen in English, German and Chinese, light and dark.
#[derive(Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_arguments: &Arguments) -> Result<()> {
    let mut needs = vec![
        Need::StationBuild,
        Need::Token,
        Need::Window,
        Need::Display,
        Need::Pictures,
    ];
    needs.extend(firmware::needs());
    setup::ensure(&needs)?;
    let firmware = firmware::ensure()?;
    phase::phase("station", || {
        process::run(process::cargo().args([
            "build",
            "--package",
            "cradle-station",
            "--bin",
            "cradle",
        ]))
    })?;
    let display = Display::start()?;
    let home = workspace::artefacts().join("snapshots");
    if home.exists() {
        std::fs::remove_dir_all(&home).context("cannot empty the folder of the snapshots")?;
    }
    workspace::make_folder(&home)?;
    let pictures = workspace::root().join("docs/screenshots");
    phase::phase("pictures", || {
        let window = window::Window::open(&display, &home, &firmware)?;
        tour::take(&window, &pictures)
    })
}
