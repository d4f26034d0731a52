//! `cargo xtask test`: everything that must be green.

mod checks;
mod counts;
mod deny;
mod suite;

use anyhow::Result;
use clap::Args;

use crate::display::Display;
use crate::setup::{self, Need};
use crate::{firmware, phase};

/// Check everything: format, lints, licences and all tests.
///
/// Brings its own display, so it runs on a machine without one. Stops at the first phase that
/// fails; on success the last lines are the test runner's own counts.
#[derive(Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_arguments: &Arguments) -> Result<()> {
    phase::phase("format", checks::format)?;
    let python = phase::phase("system packages and referees", || {
        setup::ensure(&needs())?;
        setup::ensure_python()
    })?;
    let firmware = firmware::ensure()?;
    phase::phase("lints", checks::lint)?;
    phase::phase("licences and sources of dependencies", deny::check)?;

    let display = Display::start()?;
    let environment = suite::Environment::new(&firmware, &python, &display);
    phase::phase("tests: build", || suite::build(&environment))?;
    // The runner prints its counts last; nothing may follow them.
    suite::run_all(&environment)
}

fn needs() -> Vec<Need> {
    let mut needs = vec![
        Need::StationBuild,
        Need::Token,
        Need::Openssl,
        Need::Window,
        Need::Display,
        Need::Referees,
    ];
    needs.extend(firmware::needs());
    needs
}
