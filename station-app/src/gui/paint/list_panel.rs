//! A list, and room for what is chosen from it.

use eframe::egui::{Frame, Panel, ScrollArea, Ui};

/// Below this width there is no room for two columns; in points.
const NARROW: f32 = 560.0;

/// Shows the list at the left of what is still to be painted, or above it where the window is
/// narrow: a small screen at twice the size.
pub(in crate::gui) fn list_panel_ui(ui: &mut Ui, id: &'static str, add: impl FnOnce(&mut Ui)) {
    let room = ui.available_size();
    let narrow = room.x < NARROW;
    let panel = match narrow {
        true => Panel::top(id),
        false => Panel::left(id).exact_size((room.x * 0.34).clamp(240.0, 380.0)),
    };
    panel
        .frame(Frame::new())
        .resizable(false)
        .show_separator_line(false)
        .show(ui, |ui| match narrow {
            true => {
                ScrollArea::vertical()
                    .auto_shrink([false, true])
                    .max_height(room.y * 0.55)
                    .show(ui, add);
            }
            false => add(ui),
        });
}
