//! What lies over the screen: the help, and the question before closing.

use eframe::egui::{Button, Context, Frame, Grid, Id, Modal, Ui, vec2};

use super::text::{paragraph_ui, primary, text_ui};
use super::theme::{Palette, regular, strong};
use crate::gui::intent::Intent;
use crate::gui::words;

/// Keyboard and scanner, on one page.
pub(in crate::gui) fn help_ui(ctx: &Context, intents: &mut Vec<Intent>) {
    Modal::new(Id::unique("help"))
        .frame(frame(ctx))
        .show(ctx, |ui| {
            ui.set_max_width(600.0);
            let palette = Palette::of(ui);
            text_ui(ui, words::HELP_TITLE.of(ui), strong(24.0), palette.text);
            ui.add_space(8.0);
            Grid::new("keys")
                .spacing(vec2(28.0, 12.0))
                .min_row_height(20.0)
                .show(ui, |ui| {
                    for (keys, what) in words::KEYS {
                        let keys = match keys {
                            words::Key::Said(word) => word.of(ui),
                            words::Key::Named(name) => name,
                        };
                        text_ui(ui, keys, strong(15.0), palette.text);
                        text_ui(ui, what.of(ui), regular(15.0), palette.text);
                        ui.end_row();
                    }
                });
            ui.add_space(12.0);
            let close = ui.add(Button::new(words::CLOSE.of(ui)).shortcut_text("Esc"));
            focus_first(ui, &close);
            if close.clicked() {
                intents.push(Intent::ToggleHelp);
            }
        });
}

/// Asks before the window closes on units at work. `stopping` once the answer was yes.
pub(in crate::gui) fn closing_ui(
    ctx: &Context,
    at_work: usize,
    stopping: bool,
    intents: &mut Vec<Intent>,
) {
    Modal::new(Id::unique("closing"))
        .frame(frame(ctx))
        .show(ctx, |ui| {
            ui.set_max_width(460.0);
            let palette = Palette::of(ui);
            let title = words::CLOSING.with(ui, &[("count", &at_work)]);
            text_ui(ui, &title, strong(24.0), palette.text);
            paragraph_ui(ui, words::CLOSING_WHY.of(ui), regular(16.0), palette.text);
            ui.add_space(12.0);
            if stopping {
                text_ui(ui, words::STOPPING.of(ui), strong(16.0), palette.weak);
                return;
            }
            ui.horizontal(|ui| {
                let keep = ui.add(primary(words::KEEP_WORKING.of(ui)));
                focus_first(ui, &keep);
                if keep.clicked() {
                    intents.push(Intent::KeepWorking);
                }
                if ui.button(words::STOP_AND_CLOSE.of(ui)).clicked() {
                    intents.push(Intent::StopAndClose);
                }
            });
        });
}

fn frame(ctx: &Context) -> Frame {
    Frame::window(&ctx.global_style())
}

/// The harmless button has the keyboard as long as nothing else in the dialog does.
fn focus_first(ui: &Ui, button: &eframe::egui::Response) {
    if ui.memory(|memory| memory.focused().is_none()) {
        button.request_focus();
    }
}
