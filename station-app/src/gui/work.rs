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

/// What the window gives to every screen, whoever is signed in.
#[derive(Clone, Copy)]
pub(super) struct Here<'a> {
    pub(super) backend: &'a dyn Backend,
    /// What goes on in the slots.
    pub(super) bench: &'a BenchView,
    /// Whether a tone tells that a unit ended.
    pub(super) tones: bool,
    /// Milliseconds since 1970-01-01 UTC.
    pub(super) now_ms: u64,
}

impl<'a> Here<'a> {
    const fn around(self, who: &'a SignedIn) -> Around<'a> {
        Around {
            backend: self.backend,
            bench: self.bench,
            tones: self.tones,
            who,
            now_ms: self.now_ms,
        }
    }
}

impl Work {
    pub(super) fn new(who: SignedIn) -> Self {
        Self {
            who,
            place: Place::Bench,
            screens: Screens::default(),
        }
    }

    pub(super) fn enter(&mut self, place: Place, here: Here<'_>) {
        self.place = place;
        if let Some(screen) = self.screens.get(place) {
            screen.enter(&here.around(&self.who));
        }
    }

    pub(super) fn look(&mut self, here: Here<'_>) {
        self.screens.look(&here.around(&self.who));
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, here: Here<'_>, intents: &mut Vec<Intent>) {
        let around = here.around(&self.who);
        if let Some(screen) = self.screens.get(self.place) {
            let frame = Frame::central_panel(ui.style()).inner_margin(16.0);
            CentralPanel::no_frame()
                .frame(frame)
                .show(ui, |ui| screen.ui(ui, &around, intents));
        }
    }
}
