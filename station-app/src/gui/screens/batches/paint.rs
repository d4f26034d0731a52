//! Batches on the screen.

use cradle_procedure::role::Permission;
use cradle_records::{Batch, BatchState};
use eframe::egui::{Button, Key, RichText, ScrollArea, TextEdit, Ui, vec2};

use super::form::Form;
use super::plots::plots_ui;
use super::raise::{raise_requests_ui, raise_ui};
use super::{Ask, Batches};
use crate::gui::backend::{BatchPage, BatchStep};
use crate::gui::intent::Intent;
use crate::gui::paint::dialogs::question_ui;
use crate::gui::paint::fault::fault_ui;
use crate::gui::paint::list_panel::list_panel_ui;
use crate::gui::paint::text::{
    choice, fact_ui, heading_ui, nothing_ui, paragraph_ui, primary, surface, text_ui,
};
use crate::gui::paint::theme::{Palette, regular, strong};
use crate::gui::screens::{Around, remote_ui};
use crate::gui::words;

pub(super) fn batches_ui(
    ui: &mut Ui,
    batches: &mut Batches,
    around: &Around<'_>,
    intents: &mut Vec<Intent>,
) -> Vec<Ask> {
    let mut asks = Vec::new();
    let may = |permission| around.who.role.require(permission).is_ok();
    list_panel_ui(ui, "batch list", |ui| {
        heading_ui(ui, words::PLACE_BATCHES.of(ui));
        let new = primary(words::BATCH_NEW.of(ui));
        if may(Permission::RequestBatch) && ui.add(new).clicked() {
            asks.push(Ask::NewForm);
        }
        ui.add_space(4.0);
        remote_ui(ui, &batches.list, intents, |ui, list| {
            list_ui(ui, batches, &list.batches, &mut asks);
        });
    });
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        if let Some(fault) = &batches.refused {
            fault_ui(ui, fault, false);
        }
        remote_ui(ui, &batches.changed, intents, |_, _| {});
        let release = batches.list.value().map(|list| list.release.to_string());
        if let Some(form) = &mut batches.form {
            form_ui(ui, form, release.as_deref().unwrap_or_default(), &mut asks);
        } else if let Some(batch) = batches.batch().cloned() {
            raise_requests_ui(ui, &batches.raise, around, intents, &mut asks);
            batch_ui(ui, batches, &batch, &may, &mut asks);
            ui.add_space(10.0);
            export_ui(ui, batches, &batch, intents, &mut asks);
            remote_ui(ui, &batches.page, intents, |ui, page| {
                page_ui(ui, batches, page);
            });
            ui.add_space(10.0);
            if batch.state != BatchState::Closed && may(Permission::Approve) {
                raise_ui(ui, &mut batches.raise, &batch.id, intents, &mut asks);
            }
        }
    });
    if let Some(id) = &batches.closing {
        let title = words::BATCH_CLOSE_ASK.with(ui, &[("batch", id)]);
        let (why, act) = (words::BATCH_CLOSE_WHY.of(ui), words::BATCH_CLOSE.of(ui));
        asks.extend(
            question_ui(ui.ctx(), &title, why, act).map(|yes| match yes {
                true => Ask::Move(id.clone(), BatchStep::Close),
                false => Ask::KeepOpen,
            }),
        );
    }
    asks
}

fn list_ui(ui: &mut Ui, batches: &Batches, list: &[Batch], asks: &mut Vec<Ask>) {
    if list.is_empty() {
        nothing_ui(ui, words::BATCH_NONE.of(ui), words::BATCH_NONE_WHY.of(ui));
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for batch in list {
            let here = batches.chosen.as_ref() == Some(&batch.id);
            let state = words::batch_state(batch.state).of(ui);
            let name = format!("{} · {state} · {}/{}", batch.id, batch.used, batch.quota);
            let button = choice(here, &name)
                .truncate()
                .min_size(vec2(ui.available_width() - 12.0, 42.0));
            if ui.add(button).clicked() {
                asks.push(Ask::Choose(batch.id.clone()));
            }
        }
    });
}

fn batch_ui(
    ui: &mut Ui,
    batches: &Batches,
    batch: &Batch,
    may: &dyn Fn(Permission) -> bool,
    asks: &mut Vec<Ask>,
) {
    let palette = Palette::of(ui);
    surface(palette).show(ui, |ui| {
        ui.set_width(ui.available_width());
        text_ui(ui, batch.id.as_str(), strong(26.0), palette.text);
        let names: Vec<_> = batch.approved_by.iter().map(ToString::to_string).collect();
        let approved = match names.is_empty() {
            true => "–".to_owned(),
            false => names.join(", "),
        };
        let facts = [
            (
                words::UNIT_STATE,
                words::batch_state(batch.state).of(ui).to_owned(),
            ),
            (words::PRODUCT, batch.product.clone()),
            (words::RELEASE, batch.release.to_string()),
            (words::UNITS, words::quota(ui, batch.used, batch.quota)),
            (words::BATCH_UNTIL, words::moment(batch.valid_until_ms)),
            (words::BATCH_REQUESTED, batch.requested_by.to_string()),
            (words::BATCH_APPROVED, approved),
        ];
        for (what, value) in facts {
            fact_ui(ui, what.of(ui), &value, regular(15.5));
        }
        ui.add_space(6.0);
        steps_ui(ui, batch, batches.changed.is_awaited(), may, asks);
    });
}

/// What can be done with the batch as it is, by this person.
fn steps_ui(
    ui: &mut Ui,
    batch: &Batch,
    busy: bool,
    may: &dyn Fn(Permission) -> bool,
    asks: &mut Vec<Ask>,
) {
    let admin = may(Permission::Approve);
    let offers: &[(crate::gui::texts::Word, BatchStep)] = match batch.state {
        BatchState::Draft => &[(words::BATCH_APPROVE, BatchStep::Approve)],
        BatchState::Approved => &[(words::BATCH_OPEN, BatchStep::Open)],
        BatchState::Open => &[
            (words::BATCH_PAUSE, BatchStep::Pause),
            (words::BATCH_CLOSE, BatchStep::Close),
        ],
        BatchState::Paused => &[
            (words::BATCH_RESUME, BatchStep::Resume),
            (words::BATCH_CLOSE, BatchStep::Close),
        ],
        BatchState::Closed => &[],
    };
    ui.horizontal(|ui| {
        for (name, step) in offers {
            let pausing = matches!(step, BatchStep::Pause | BatchStep::Resume);
            let allowed = admin || (pausing && may(Permission::RequestBatch));
            let button = Button::new(name.of(ui));
            if ui.add_enabled(allowed && !busy, button).clicked() {
                asks.push(match step {
                    BatchStep::Close => Ask::QuestionClose(batch.id.clone()),
                    _ => Ask::Move(batch.id.clone(), *step),
                });
            }
        }
    });
}

/// The report as files, and a way to look at it.
fn export_ui(
    ui: &mut Ui,
    batches: &Batches,
    batch: &Batch,
    intents: &mut Vec<Intent>,
    asks: &mut Vec<Ask>,
) {
    ui.horizontal_wrapped(|ui| {
        let idle = !batches.exported.is_awaited();
        let write = Button::new(words::BATCH_EXPORT.of(ui));
        if ui.add_enabled(idle, write).clicked() {
            asks.push(Ask::Export(batch.id.clone()));
        }
        if let Some(file) = batches.exported.value()
            && ui.button(words::BATCH_OPEN_REPORT.of(ui)).clicked()
        {
            asks.push(Ask::OpenReport(file.clone()));
        }
    });
    remote_ui(ui, &batches.exported, intents, |ui, file| {
        let text = words::EXPORTED.with(ui, &[("path", &words::path(file))]);
        paragraph_ui(ui, &text, regular(15.0), Palette::of(ui).weak);
    });
    remote_ui(ui, &batches.opened, intents, |_, ()| {});
}

fn page_ui(ui: &mut Ui, batches: &Batches, page: &BatchPage) {
    let palette = Palette::of(ui);
    let report = &page.report;
    ui.add_space(10.0);
    surface(palette).show(ui, |ui| {
        ui.set_width(ui.available_width());
        text_ui(ui, words::BATCH_REPORT.of(ui), strong(20.0), palette.text);
        let facts = [
            (words::BATCH_BEGUN, report.begun),
            (words::BATCH_FIRST_PASS, report.first_pass),
            (words::BATCH_REWORKED, report.reworked),
            (words::BATCH_SHORT, report.short),
            (words::BATCH_OVER, report.over),
        ];
        for (what, count) in facts {
            fact_ui(ui, what.of(ui), &count.to_string(), regular(15.5));
        }
        for (serial, reason) in &report.set_aside {
            let reason = reason.as_deref().unwrap_or("–");
            let variables: [(_, &dyn ToString); 2] = [("serial", serial), ("reason", &reason)];
            let text = words::BATCH_SET_ASIDE.with(ui, &variables);
            paragraph_ui(ui, &text, regular(15.0), palette.bad);
        }
        plots_ui(ui, &batches.figures);
    });
}

fn form_ui(ui: &mut Ui, form: &mut Form, release: &str, asks: &mut Vec<Ask>) {
    let palette = Palette::of(ui);
    surface(palette).inner_margin(24).show(ui, |ui| {
        ui.set_width(ui.available_width());
        text_ui(ui, words::BATCH_NEW.of(ui), strong(24.0), palette.text);
        let about = words::BATCH_NEW_WHY.with(ui, &[("release", &release)]);
        paragraph_ui(ui, &about, regular(15.5), palette.weak);
        let fields = [
            (words::NAME, &mut form.id),
            (words::BATCH_QUOTA, &mut form.quota),
            (words::BATCH_PREFIX, &mut form.prefix),
            (words::BATCH_FIRST, &mut form.first),
            (words::BATCH_DAYS, &mut form.days),
        ];
        let mut enter = false;
        for (at, (name, text)) in fields.into_iter().enumerate() {
            let label = ui.label(RichText::new(name.of(ui)).font(strong(15.0)));
            let field = TextEdit::singleline(text)
                .font(regular(17.0))
                .margin(vec2(12.0, 8.0))
                .char_limit(64)
                .desired_width(320.0);
            let field = ui.add(field).labelled_by(label.id);
            if at == 0 && !std::mem::replace(&mut form.focused, true) {
                field.request_focus();
            }
            enter |= field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        }
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            if ui.add(primary(words::BATCH_REQUEST.of(ui))).clicked() || enter {
                asks.push(Ask::Request);
            }
            let drop = Button::new(words::CANCEL.of(ui)).shortcut_text("Esc");
            if ui.add(drop).clicked() {
                asks.push(Ask::DropForm);
            }
        });
    });
}
