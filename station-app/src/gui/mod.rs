//! The station window: sign in, one screen with the slots, start, see steps and verdict.
//!
//! [`backend::Backend`] is all it knows of the world. [`view`] folds the engine's events into
//! plain data, [`paint`] draws that data and emits [`intent::Intent`]s, and [`app::Station`] is
//! the one place that executes them. Nothing here waits: slow work is a
//! [`backend::Pending`] that is looked at once per frame.

pub mod app;
pub mod backend;
mod door;
mod guide;
pub mod intent;
mod keys;
mod paint;
pub mod place;
pub mod preferences;
mod screens;
pub mod texts;
pub mod view;
mod watch;
mod words;
mod work;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use eframe::egui;

use app::Station;
use backend::Backend;

/// Opens the window and returns when it is closed. Must be called on the main thread.
///
/// # Errors
/// `CFG-02` if there is no display or no OpenGL.
pub fn open(backend: Arc<dyn Backend>) -> Result<(), Fault> {
    open_watched(backend, || {})
}

/// As [`open`]; `usable` is called once, when the first whole frame is on the display.
///
/// # Errors
/// As there.
pub(crate) fn open_watched(
    backend: Arc<dyn Backend>,
    usable: impl FnOnce() + 'static,
) -> Result<(), Fault> {
    let title = backend.title();
    let viewport = egui::ViewportBuilder::default()
        .with_title(format!("Cradle · {}", title.station))
        .with_app_id("cradle")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([720.0, 520.0]);
    let options = eframe::NativeOptions {
        viewport,
        ..Default::default()
    };
    eframe::run_native(
        "cradle",
        options,
        Box::new(|creation| {
            let station = Station::new(&creation.egui_ctx, backend, Box::new(wall_clock_ms));
            Ok(Box::new(watch::Watched::new(station, usable)))
        }),
    )
    .or_fault(Code::FileFailed)
}

fn wall_clock_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
