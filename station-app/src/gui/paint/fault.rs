//! A fault, shown the same way everywhere: code, what happened, what exactly, what to do.

use cradle_procedure::fault::Fault;
use eframe::egui::{
    Align, Button, CornerRadius, Frame, Id, Layout, Margin, Sense, Stroke, Ui, vec2,
};

use super::icon::Icon;
use super::text::{paragraph_ui, text_ui};
use super::theme::{Palette, regular, strong};
use crate::gui::{guide, texts, words};

/// The same, unless the screen has said it in this frame: what several questions ran into is told
/// once.
pub(in crate::gui) fn fault_once_ui(ui: &mut Ui, fault: &Fault) {
    let pass = ui.ctx().cumulative_pass_nr();
    let told = ui.ctx().data_mut(|data| {
        let place = Id::unique("faults of this frame");
        let told: &mut (u64, Vec<Fault>) = data.get_temp_mut_or_default(place);
        if told.0 != pass {
            *told = (pass, Vec::new());
        }
        let again = told.1.contains(fault);
        told.1.push(fault.clone());
        again
    });
    if !told {
        fault_ui(ui, fault, false);
    }
}

/// A box with the whole fault. Returns whether it was closed, if `closable`.
pub(in crate::gui) fn fault_ui(ui: &mut Ui, fault: &Fault, closable: bool) -> bool {
    guide::show(ui.ctx(), fault.code);
    let palette = Palette::of(ui);
    Frame::new()
        .fill(palette.surface)
        .stroke(Stroke::new(2.0, palette.bad))
        .corner_radius(CornerRadius::same(10))
        .inner_margin(Margin::same(14))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            let closed = title_ui(ui, fault, closable);
            if !fault.detail.is_empty() {
                paragraph_ui(ui, &fault.detail, regular(14.5), palette.weak);
            }
            ui.add_space(2.0);
            ui.horizontal(|ui| {
                ui.spacing_mut().interact_size.y = 20.0;
                text_ui(ui, words::WHAT_TO_DO.of(ui), strong(14.5), palette.weak);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let key = words::GUIDE_KEY.of(ui);
                    text_ui(ui, key, regular(14.5), palette.weak);
                });
            });
            paragraph_ui(
                ui,
                texts::remedy(ui, fault.code),
                regular(17.0),
                palette.text,
            );
            closed
        })
        .inner
}

fn title_ui(ui: &mut Ui, fault: &Fault, closable: bool) -> bool {
    let palette = Palette::of(ui);
    let mut closed = false;
    if !closable {
        ui.spacing_mut().interact_size.y = 22.0;
    }
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(22.0, 22.0), Sense::hover());
        Icon::Caution.paint(ui.painter(), rect, palette.bad);
        text_ui(ui, fault.code.id(), strong(17.0), palette.bad);
        if closable {
            let button = Button::new(words::CLOSE.of(ui)).shortcut_text("Esc");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                closed = ui.add(button).clicked();
            });
        }
    });
    paragraph_ui(ui, texts::what(ui, fault.code), strong(17.0), palette.text);
    closed
}
