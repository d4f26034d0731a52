//! What lies over the screen: the help, and the question before closing.

use cradle_procedure::fault::Code;
use eframe::egui::{Button, Context, Frame, Grid, Id, Modal, ScrollArea, Ui, vec2};

use super::text::{danger, paragraph_ui, primary, text_ui};
use super::theme::{Palette, regular, strong};
use crate::gui::intent::Intent;
use crate::gui::{guide, texts, words};

/// Keyboard and scanner, on one page.
pub(in crate::gui) fn help_ui(ctx: &Context, intents: &mut Vec<Intent>) {
    Modal::new(Id::unique("help"))
        .frame(frame(ctx))
        .show(ctx, |ui| {
            ui.set_max_width(600.0);
            let palette = Palette::of(ui);
            text_ui(ui, words::HELP_TITLE.of(ui), strong(24.0), palette.text);
            ui.add_space(8.0);
            let room = ui.ctx().content_rect().height() - AROUND_KEYS;
            ScrollArea::vertical().max_height(room).show(ui, keys_ui);
            ui.add_space(12.0);
            let close = ui.add(Button::new(words::CLOSE.of(ui)).shortcut_text("Esc"));
            focus_first(ui, &close);
            if close.clicked() {
                intents.push(Intent::ToggleHelp);
            }
        });
}

/// Height of what is around the keys in the help, in points.
const AROUND_KEYS: f32 = 180.0;

fn keys_ui(ui: &mut Ui) {
    let palette = Palette::of(ui);
    Grid::new("keys")
        .spacing(vec2(28.0, 12.0))
        .min_row_height(20.0)
        .show(ui, |ui| {
            for (keys, what) in words::KEYS {
                let keys = match keys {
                    words::Key::Said(word) => word.of(ui).to_owned(),
                    words::Key::Named(name) => (*name).to_owned(),
                    words::Key::Control(name) => words::control(ui, name),
                };
                text_ui(ui, &keys, strong(15.0), palette.text);
                text_ui(ui, what.of(ui), regular(15.0), palette.text);
                ui.end_row();
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

/// What the guide says of a code.
pub(in crate::gui) fn guide_ui(ctx: &Context, code: Code, intents: &mut Vec<Intent>) {
    Modal::new(Id::unique("guide"))
        .frame(frame(ctx))
        .show(ctx, |ui| {
            ui.set_max_width(600.0);
            let palette = Palette::of(ui);
            text_ui(ui, code.id(), strong(24.0), palette.bad);
            paragraph_ui(ui, texts::what(ui, code), strong(18.0), palette.text);
            ui.add_space(8.0);
            text_ui(ui, words::WHAT_TO_DO.of(ui), strong(15.0), palette.weak);
            paragraph_ui(ui, texts::remedy(ui, code), regular(18.0), palette.text);
            let more = guide::more(code);
            if !more.is_empty() {
                ui.add_space(8.0);
                text_ui(ui, words::GUIDE_MORE.of(ui), strong(15.0), palette.weak);
            }
            let room = ui.ctx().content_rect().height() * 0.5;
            ScrollArea::vertical().max_height(room).show(ui, |ui| {
                for paragraph in more {
                    paragraph_ui(ui, &paragraph, regular(16.0), palette.text);
                }
            });
            ui.add_space(12.0);
            let close = ui.add(Button::new(words::CLOSE.of(ui)).shortcut_text("F2"));
            focus_first(ui, &close);
            if close.clicked() {
                intents.push(Intent::ToggleGuide);
            }
        });
}

/// A question before something is done that is not easily undone: what the answer is, once there
/// is one. The harmless answer has the keyboard.
pub(in crate::gui) fn question_ui(
    ctx: &Context,
    title: &str,
    why: &str,
    act: &str,
) -> Option<bool> {
    let mut answer = None;
    Modal::new(Id::unique("question"))
        .frame(frame(ctx))
        .show(ctx, |ui| {
            ui.set_max_width(460.0);
            let palette = Palette::of(ui);
            text_ui(ui, title, strong(22.0), palette.text);
            paragraph_ui(ui, why, regular(16.0), palette.text);
            ui.add_space(10.0);
            ui.horizontal(|ui| {
                let keep = ui.add(primary(words::CANCEL.of(ui)));
                focus_first(ui, &keep);
                if keep.clicked() {
                    answer = Some(false);
                }
                if ui.add(danger(act)).clicked() {
                    answer = Some(true);
                }
            });
        });
    answer
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
