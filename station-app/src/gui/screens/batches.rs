//! Batches: asking for one, approving it, opening and closing it, and what became of it.

mod form;
mod paint;
mod plots;
mod raise;

use std::path::PathBuf;

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::BatchId;
use cradle_records::Batch;
use eframe::egui::Ui;

use super::two::TwoAsk;
use super::{Around, Screen};
use crate::gui::backend::{BatchList, BatchPage, BatchStep};
use crate::gui::intent::Intent;
use crate::gui::view::batch::BatchFigures;
use crate::gui::view::remote::Remote;
use form::Form;
use raise::Raise;

/// Batches.
#[derive(Default)]
pub(super) struct Batches {
    list: Remote<BatchList>,
    chosen: Option<BatchId>,
    page: Remote<BatchPage>,
    figures: BatchFigures,
    /// The form for a new batch, while it is open.
    form: Option<Form>,
    /// What was asked for or moved last.
    changed: Remote<Batch>,
    refused: Option<Fault>,
    /// The batch that the person is asked about before it is closed for good.
    closing: Option<BatchId>,
    raise: Raise,
    /// The report that was written last.
    exported: Remote<PathBuf>,
    opened: Remote<()>,
}

enum Ask {
    Choose(BatchId),
    NewForm,
    DropForm,
    Request,
    Move(BatchId, BatchStep),
    QuestionClose(BatchId),
    KeepOpen,
    Raise(BatchId),
    Two(TwoAsk),
    Export(BatchId),
    OpenReport(PathBuf),
}

impl Batches {
    fn execute(&mut self, ask: Ask, around: &Around<'_>) {
        match ask {
            Ask::Choose(id) => self.choose(id, around),
            Ask::NewForm => self.form = Some(Form::default()),
            Ask::DropForm => self.form = None,
            Ask::Request => self.request(around),
            Ask::Move(id, step) => {
                self.closing = None;
                self.changed.ask(around.backend.move_batch(id, step));
            }
            Ask::QuestionClose(id) => self.closing = Some(id),
            Ask::KeepOpen => self.closing = None,
            Ask::Raise(id) => self.refused = self.raise.ask(id, around).err(),
            Ask::Two(ask) => self.raise.two.execute(ask, around),
            Ask::Export(id) => self.exported.ask(around.backend.export_batch(id)),
            Ask::OpenReport(file) => self.opened.ask(around.backend.open_document(file)),
        }
    }

    fn choose(&mut self, id: BatchId, around: &Around<'_>) {
        if self.chosen.as_ref() != Some(&id) {
            self.page.clear();
            self.changed.clear();
            self.exported.clear();
            self.raise.clear();
        }
        self.page.ask(around.backend.batch(id.clone()));
        self.chosen = Some(id);
    }

    fn request(&mut self, around: &Around<'_>) {
        let Some(form) = &self.form else {
            return;
        };
        self.refused = None;
        match form.terms() {
            Ok(terms) => self.changed.ask(around.backend.request_batch(terms)),
            Err(fault) => self.refused = Some(fault),
        }
    }

    /// The batch that is chosen, as the list has it.
    fn batch(&self) -> Option<&Batch> {
        let chosen = self.chosen.as_ref()?;
        let mut batches = self.list.value()?.batches.iter();
        batches.find(|batch| batch.id == *chosen)
    }
}

impl Screen for Batches {
    fn enter(&mut self, around: &Around<'_>) {
        self.raise.two.enter(around);
        self.list.ask(around.backend.batches());
        if let Some(id) = self.chosen.clone() {
            self.choose(id, around);
        }
    }

    fn look(&mut self, around: &Around<'_>) {
        self.exported.look();
        self.opened.look();
        if self.raise.look(around) {
            self.enter(around);
        }
        if self.list.look() && self.chosen.is_none() {
            let first = self.list.value().and_then(|list| list.batches.first());
            if let Some(id) = first.map(|batch| batch.id.clone()) {
                self.choose(id, around);
            }
        }
        if self.page.look()
            && let Some(page) = self.page.value()
        {
            self.figures = BatchFigures::new(page);
        }
        if self.changed.look()
            && self.changed.fault().is_none()
            && let Some(id) = self.changed.value().map(|batch| batch.id.clone())
        {
            self.form = None;
            self.list.ask(around.backend.batches());
            self.choose(id, around);
        }
    }

    fn ui(&mut self, ui: &mut Ui, around: &Around<'_>, intents: &mut Vec<Intent>) {
        for ask in paint::batches_ui(ui, self, around, intents) {
            self.execute(ask, around);
        }
    }

    fn escape(&mut self) -> bool {
        self.closing.take().is_some() || self.form.take().is_some()
    }
}
