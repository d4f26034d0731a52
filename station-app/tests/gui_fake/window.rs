//! A window on the fake, and what a person does in front of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cradle_station::gui::app::Station;
use eframe::egui::{Event, Key};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::{Fake, NOW_MS, PASSWORD};

pub(crate) type Window = Harness<'static, Station>;

pub(crate) fn window(fake: &Arc<Fake>) -> Window {
    window_at(fake, &Arc::new(AtomicU64::new(NOW_MS)))
}

/// A window whose clock the test moves.
#[allow(dead_code, reason = "each test binary uses its own part of the fake")]
pub(crate) fn window_at(fake: &Arc<Fake>, now_ms: &Arc<AtomicU64>) -> Window {
    let fake = Arc::clone(fake);
    let now_ms = Arc::clone(now_ms);
    let clock = Box::new(move || now_ms.load(Ordering::Relaxed));
    Harness::builder()
        .with_size([1280.0, 800.0])
        .with_max_steps(12)
        .build_eframe(|creation| Station::new(&creation.egui_ctx, fake, clock))
}

pub(crate) fn type_text(window: &mut Window, text: &str) {
    window.event(Event::Text(text.to_owned()));
    window.run();
}

pub(crate) fn press(window: &mut Window, key: Key) {
    window.key_press(key);
    window.run();
}

pub(crate) fn sign_in(window: &mut Window, password: &str) {
    sign_in_as(window, "mira", password);
}

pub(crate) fn sign_in_as(window: &mut Window, name: &str, password: &str) {
    window.run();
    type_text(window, name);
    press(window, Key::Enter);
    type_text(window, password);
    press(window, Key::Enter);
}

/// A window with `mira` at the bench.
pub(crate) fn at_bench(fake: &Arc<Fake>) -> Window {
    let mut window = window(fake);
    sign_in(&mut window, PASSWORD);
    window
}

pub(crate) fn click(window: &mut Window, label: &str) {
    window.get_by_label(label).click();
    window.run();
}

pub(crate) fn says(window: &Window, text: &str) -> bool {
    window.query_all_by_label_contains(text).next().is_some()
}
