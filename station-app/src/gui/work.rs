//! What belongs to the person who is signed in: where they are, and their screens.

use eframe::egui::{CentralPanel, Frame, Ui};

use super::backend::{Backend, SignedIn};
use super::intent::Intent;
use super::place::Place;
use super::screens::{Around, Screens};
use super::view::bench::BenchView;

/// What belongs to the person who is signed in.
pub(super) struct Work {
    pub(super) who: SignedIn,
    pub(super) place: Place,
    pub(super) screens: Screens,
}

impl Work {
    pub(super) fn new(who: SignedIn) -> Self {
        Self {
            who,
            place: Place::Bench,
            screens: Screens::default(),
        }
    }

    pub(super) fn enter(
        &mut self,
        place: Place,
        backend: &dyn Backend,
        bench: &BenchView,
        now_ms: u64,
    ) {
        self.place = place;
        let around = around(&self.who, backend, bench, now_ms);
        if let Some(screen) = self.screens.get(place) {
            screen.enter(&around);
        }
    }

    pub(super) fn look(&mut self, backend: &dyn Backend, bench: &BenchView, now_ms: u64) {
        self.screens
            .look(&around(&self.who, backend, bench, now_ms));
    }

    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        backend: &dyn Backend,
        bench: &BenchView,
        now_ms: u64,
        intents: &mut Vec<Intent>,
    ) {
        let around = around(&self.who, backend, bench, now_ms);
        if let Some(screen) = self.screens.get(self.place) {
            let frame = Frame::central_panel(ui.style()).inner_margin(16.0);
            CentralPanel::no_frame()
                .frame(frame)
                .show(ui, |ui| screen.ui(ui, &around, intents));
        }
    }
}

fn around<'a>(
    who: &'a SignedIn,
    backend: &'a dyn Backend,
    bench: &'a BenchView,
    now_ms: u64,
) -> Around<'a> {
    Around {
        backend,
        bench,
        who,
        now_ms,
    }
}
