//! A larger quota: one security admin asks, another approves.

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::BatchId;
use cradle_records::{Batch, RequestKind};
use eframe::egui::{RichText, TextEdit, Ui, vec2};

use super::Ask;
use super::form::number;
use crate::gui::intent::Intent;
use crate::gui::paint::row::section_ui;
use crate::gui::paint::text::primary;
use crate::gui::paint::theme::{regular, strong};
use crate::gui::screens::Around;
use crate::gui::screens::two::{Two, requests_ui, second_ui, settled_ui};
use crate::gui::view::remote::Remote;
use crate::gui::words;
use crate::two_people::Settled;

/// What is typed, and what came of it.
#[derive(Default)]
pub(super) struct Raise {
    quota: String,
    pub(super) two: Two,
    raised: Remote<Settled<Batch>>,
}

impl Raise {
    /// Asks for it.
    ///
    /// # Errors
    /// `CFG-03` what was typed is no number, or no name.
    pub(super) fn ask(&mut self, id: BatchId, around: &Around<'_>) -> Result<(), Fault> {
        let quota = number(&self.quota)?;
        let second = self.two.second()?;
        self.raised
            .ask(around.backend.raise_quota(id, quota, second));
        Ok(())
    }

    /// Takes in what was answered; whether something changed.
    pub(super) fn look(&mut self, around: &Around<'_>) -> bool {
        let approved = self.two.look(around);
        self.raised.look() | approved
    }

    /// Forgets what was typed and answered.
    pub(super) fn clear(&mut self) {
        self.quota.clear();
        self.raised.clear();
    }
}

/// What other people asked for.
pub(super) fn raise_requests_ui(
    ui: &mut Ui,
    raise: &Raise,
    around: &Around<'_>,
    intents: &mut Vec<Intent>,
    asks: &mut Vec<Ask>,
) {
    let kinds = [RequestKind::RaiseQuota];
    let wanted = requests_ui(ui, &raise.two, &kinds, around, intents);
    asks.extend(wanted.map(Ask::Two));
}

pub(super) fn raise_ui(
    ui: &mut Ui,
    raise: &mut Raise,
    batch: &BatchId,
    intents: &mut Vec<Intent>,
    asks: &mut Vec<Ask>,
) {
    section_ui(ui, words::BATCH_RAISE.of(ui), |ui| {
        let label = ui.label(RichText::new(words::BATCH_RAISE_TO.of(ui)).font(strong(15.0)));
        let field = TextEdit::singleline(&mut raise.quota)
            .font(regular(17.0))
            .margin(vec2(12.0, 8.0))
            .char_limit(10)
            .desired_width(160.0);
        ui.add(field).labelled_by(label.id);
        second_ui(ui, &mut raise.two);
        let idle = !raise.raised.is_awaited() && !raise.quota.trim().is_empty();
        let ask = primary(words::BATCH_RAISE_ASK.of(ui));
        if ui.add_enabled(idle, ask).clicked() {
            asks.push(Ask::Raise(batch.clone()));
        }
        settled_ui(ui, &raise.raised, intents, |ui, batch| {
            words::quota(ui, batch.used, batch.quota)
        });
    });
}
