//! Tells when the window can be used.

use eframe::egui::{Context, Ui};

use super::app::Station;

/// The window, which tells once that its first frame is on the display.
pub(super) struct Watched<F> {
    station: Station,
    usable: Option<F>,
    painted: bool,
}

impl<F: FnOnce()> Watched<F> {
    pub(super) const fn new(station: Station, usable: F) -> Self {
        Self {
            station,
            usable: Some(usable),
            painted: false,
        }
    }
}

impl<F: FnOnce()> eframe::App for Watched<F> {
    fn logic(&mut self, ctx: &Context, frame: &mut eframe::Frame) {
        if self.painted {
            // The frame before this one was swapped to the display.
            if let Some(usable) = self.usable.take() {
                usable();
            }
        } else {
            ctx.request_repaint();
        }
        self.station.logic(ctx, frame);
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        self.painted = true;
        self.station.ui(ui, frame);
    }
}
