//! One unit on the screen: what it is, its certificates, and the line of what happened.

use cradle_procedure::role::Permission;
use cradle_procedure::step::{Outcome, Verdict};
use eframe::egui::{Color32, Key, RichText, ScrollArea, Sense, TextEdit, Ui, vec2};

use super::certificate::{certificate_ui, revoke_ui};
use super::inspection::inspection_ui;
use super::{Ask, Unit};
use crate::gui::intent::Intent;
use crate::gui::paint::detail::running_ui;
use crate::gui::paint::fault::fault_ui;
use crate::gui::paint::icon::Icon;
use crate::gui::paint::row::section_ui;
use crate::gui::paint::text::{
    fact_ui, heading_ui, nothing_ui, paragraph_ui, primary, surface, text_ui,
};
use crate::gui::paint::theme::{Palette, regular, strong};
use crate::gui::screens::revocation::Revocation;
use crate::gui::screens::{Around, remote_ui};
use crate::gui::view::slot::SlotView;
use crate::gui::view::unit::{Moment, UnitView, What};
use crate::gui::words;

pub(super) fn unit_ui(
    ui: &mut Ui,
    unit: &mut Unit,
    around: &Around<'_>,
    intents: &mut Vec<Intent>,
) -> Vec<Ask> {
    let mut asks = Vec::new();
    heading_ui(ui, words::PLACE_UNIT.of(ui));
    search_ui(ui, unit, &mut asks);
    if let Some(fault) = &unit.refused {
        fault_ui(ui, fault, false);
    }
    remote_ui(ui, &unit.history, intents, |_, _| {});
    let idle = !unit.history.is_awaited() && unit.history.fault().is_none();
    let mut revocation = unit.revocation.take();
    match &unit.view {
        Some(view) => found_ui(ui, unit, view, &mut revocation, around, intents, &mut asks),
        None if idle && unit.refused.is_none() => {
            nothing_ui(ui, words::UNIT_NONE.of(ui), words::UNIT_NONE_WHY.of(ui));
        }
        None => {}
    }
    unit.revocation = revocation;
    asks
}

fn search_ui(ui: &mut Ui, unit: &mut Unit, asks: &mut Vec<Ask>) {
    ui.horizontal_wrapped(|ui| {
        let label = ui.label(RichText::new(words::SERIAL.of(ui)).font(strong(16.0)));
        let width = (ui.available_width() - 24.0).clamp(160.0, 340.0);
        let field = TextEdit::singleline(&mut unit.typed)
            .font(regular(18.0))
            .margin(vec2(12.0, 9.0))
            .char_limit(64)
            .desired_width(width);
        let field = ui.add(field).labelled_by(label.id);
        if std::mem::take(&mut unit.focus) {
            field.request_focus();
        }
        let enter = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if ui.add(primary(words::UNIT_SHOW.of(ui))).clicked() || enter {
            asks.push(Ask::Look);
        }
    });
    ui.add_space(6.0);
}

fn found_ui(
    ui: &mut Ui,
    unit: &Unit,
    view: &UnitView,
    revocation: &mut Option<Revocation>,
    around: &Around<'_>,
    intents: &mut Vec<Intent>,
    asks: &mut Vec<Ask>,
) {
    let palette = Palette::of(ui);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        surface(palette).show(ui, |ui| {
            ui.set_width(ui.available_width());
            text_ui(ui, view.serial.as_str(), strong(26.0), palette.text);
            let facts = [
                (words::UNIT_STATE, words::unit_state(view.state).of(ui)),
                (words::CHIP, view.chip.as_str()),
                (words::PRODUCT, &view.product),
                (words::BATCH, &view.batch),
                (words::RELEASE, &view.release),
            ];
            for (what, value) in facts {
                fact_ui(ui, what.of(ui), value, regular(15.5));
            }
            ui.add_space(6.0);
            if ui.button(words::UNIT_EXPORT.of(ui)).clicked() {
                asks.push(Ask::Export(view.serial.clone()));
            }
            remote_ui(ui, &unit.exported, intents, |ui, path| {
                let text = words::EXPORTED.with(ui, &[("path", &words::path(path))]);
                paragraph_ui(ui, &text, regular(15.0), Palette::of(ui).weak);
            });
        });
        at_work_ui(ui, view, around);
        for certificate in &view.certificates {
            ui.add_space(10.0);
            surface(palette).show(ui, |ui| {
                ui.set_width(ui.available_width());
                certificate_ui(ui, certificate);
                if around.may(Permission::ManageAuthority) && certificate.revoked.is_none() {
                    revoke_ui(ui, certificate, revocation, intents, asks);
                }
            });
        }
        ui.add_space(10.0);
        if around.may(Permission::Decommission) {
            inspection_ui(ui, unit, view, around, intents, asks);
        }
        ui.add_space(4.0);
        text_ui(ui, words::UNIT_HISTORY.of(ui), strong(20.0), palette.text);
        for moment in &view.line {
            moment_ui(ui, moment);
        }
    });
}

/// What goes on with the unit now, if it is in a slot at work.
fn at_work_ui(ui: &mut Ui, view: &UnitView, around: &Around<'_>) {
    let own =
        |slot: &&SlotView| slot.work().is_some() && slot.serial.as_ref() == Some(&view.serial);
    if let Some(slot) = around.bench.slots().iter().find(own) {
        ui.add_space(10.0);
        let title = words::UNIT_AT_WORK.with(ui, &[("slot", &slot.slot)]);
        section_ui(ui, &title, |ui| running_ui(ui, slot, around.now_ms));
    }
}

fn moment_ui(ui: &mut Ui, moment: &Moment) {
    let palette = Palette::of(ui);
    let (icon, color, title, detail) = told(ui, &moment.what);
    let inner = matches!(moment.what, What::Step(_));
    ui.horizontal_top(|ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        ui.add_space(if inner { 26.0 } else { 0.0 });
        let (rect, _) = ui.allocate_exact_size(vec2(20.0, 20.0), Sense::hover());
        icon.paint(ui.painter(), rect, color);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.horizontal(|ui| {
                let font = if inner { regular(15.5) } else { strong(16.0) };
                text_ui(ui, &title, font, palette.text);
                let when = words::moment(moment.at_ms);
                text_ui(ui, &when, regular(14.0), palette.weak);
            });
            if !detail.is_empty() {
                paragraph_ui(ui, &detail, regular(14.0), palette.weak);
            }
        });
    });
}

/// Icon, colour, title and detail of what happened.
fn told(ui: &Ui, what: &What) -> (Icon, Color32, String, String) {
    let palette = Palette::of(ui);
    let plain = |word: crate::gui::texts::Word| word.of(ui).to_owned();
    match what {
        What::Bound => (
            Icon::Ready,
            palette.accent,
            plain(words::UNIT_BOUND),
            String::new(),
        ),
        What::Began { journey, who, slot } => {
            let title = match journey.as_str() {
                "provision" => plain(words::UNIT_PROVISION),
                _ => plain(words::UNIT_DECOMMISSION),
            };
            let slot = slot.map(|slot| format!(" · {}", words::slot(ui, slot)));
            let detail = format!("{who}{}", slot.unwrap_or_default());
            (Icon::Ready, palette.accent, title, detail)
        }
        What::Step(step) => {
            let (icon, color) = match step.outcome {
                Outcome::NotAsked => (Icon::Empty, palette.weak),
                Outcome::Failed => (Icon::Cross, palette.bad),
                _ => (Icon::Check, palette.good),
            };
            let mut detail = vec![plain(words::outcome(step.outcome))];
            detail.extend(step.verification.map(|how| plain(words::verification(how))));
            detail.extend(step.code.clone());
            detail.extend((!step.detail.is_empty()).then(|| step.detail.clone()));
            let title = plain(words::step(step.id));
            (icon, color, title, detail.join(", "))
        }
        What::Ended { verdict, why } => {
            let (icon, color, title) = match verdict {
                Some(Verdict::Pass) => (Icon::Check, palette.good, plain(words::STATE_PASS)),
                Some(Verdict::Fail) => (Icon::Cross, palette.bad, plain(words::STATE_FAIL)),
                Some(Verdict::Quarantine) => {
                    (Icon::Caution, palette.bad, plain(words::STATE_QUARANTINE))
                }
                None => (Icon::Caution, palette.bad, plain(words::UNIT_INTERRUPTED)),
            };
            (icon, color, title, why.clone().unwrap_or_default())
        }
        What::Issued(serial) => {
            let title = words::UNIT_ISSUED.with(ui, &[("serial", serial)]);
            (Icon::Check, palette.good, title, String::new())
        }
        What::Revoked(serial, reason) => {
            let title = words::UNIT_REVOKED.with(ui, &[("serial", serial)]);
            let why = plain(words::revocation(*reason));
            (Icon::Cross, palette.bad, title, why)
        }
        What::Documented { complete, sha256 } => {
            let title = match complete {
                true => plain(words::UNIT_DOCUMENT_COMPLETE),
                false => plain(words::UNIT_DOCUMENT_PENDING),
            };
            (
                Icon::Check,
                palette.good,
                title,
                format!("SHA-256 {sha256}"),
            )
        }
    }
}
