//! Taking a unit out of service: one question a page, then what becomes of each part.

mod guide;
mod paint;
mod result;

use std::path::PathBuf;

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::SlotId;
use cradle_procedure::step::{Event, StepId, StepReport};
use cradle_wipe::{DestinationKind, Reason};
use eframe::egui::Ui;

use super::{Around, Screen};
use crate::gui::backend::{Retired, RetirementRun};
use crate::gui::intent::Intent;
use crate::gui::view::remote::Remote;
use guide::Guide;

/// Taking a unit out of service.
#[derive(Default)]
pub(super) struct Decommission {
    guide: Guide,
    /// What was typed is not valid.
    refused: Option<Fault>,
    run: Option<Run>,
    viewer: Remote<()>,
}

/// What is under way, or came of it.
struct Run {
    under_way: Option<RetirementRun>,
    step: Option<StepId>,
    steps: Vec<StepReport>,
    result: Option<Retired>,
}

enum Ask {
    /// What the page asks for is answered.
    Next,
    Back,
    Slot(SlotId),
    Reason(Reason),
    Destination(DestinationKind),
    Begin,
    Open(PathBuf),
    /// Done with this unit.
    Another,
}

impl Decommission {
    fn execute(&mut self, ask: Ask, around: &Around<'_>) {
        let turned = match ask {
            Ask::Next => self.guide.next(),
            Ask::Back => {
                self.guide.back();
                Ok(())
            }
            Ask::Slot(slot) => {
                self.guide.slot = Some(slot);
                self.guide.next()
            }
            Ask::Reason(reason) => {
                self.guide.reason = Some(reason);
                self.guide.next()
            }
            Ask::Destination(destination) => {
                self.guide.destination = Some(destination);
                self.guide.next()
            }
            Ask::Begin => self.begin(around),
            Ask::Open(document) => {
                self.viewer.ask(around.backend.open_document(document));
                Ok(())
            }
            Ask::Another => {
                *self = Self::default();
                Ok(())
            }
        };
        self.refused = turned.err();
    }

    fn begin(&mut self, around: &Around<'_>) -> Result<(), Fault> {
        let order = self.guide.order()?;
        let password = self.guide.take_password();
        self.run = Some(Run {
            under_way: Some(around.backend.decommission(order, password)),
            step: None,
            steps: Vec::new(),
            result: None,
        });
        Ok(())
    }
}

impl Run {
    /// Takes in what happened.
    ///
    /// # Errors
    /// Why nothing was begun.
    fn look(&mut self) -> Result<(), Fault> {
        let Some(under_way) = &self.under_way else {
            return Ok(());
        };
        // Before the events: what came before the answer is then there too.
        let answer = under_way.answer.poll();
        for event in under_way.events.try_iter() {
            match event {
                Event::Started { step, .. } => self.step = Some(step),
                Event::Ended(report) => {
                    self.step = None;
                    self.steps.push(report);
                }
                Event::Bound { .. } | Event::Progress { .. } | Event::Concluded { .. } => {}
            }
        }
        if let Some(answer) = answer {
            self.under_way = None;
            self.result = Some(answer?);
        }
        Ok(())
    }
}

impl Screen for Decommission {
    fn enter(&mut self, _: &Around<'_>) {
        self.guide.focus = true;
    }

    fn look(&mut self, _: &Around<'_>) {
        self.viewer.look();
        let Some(Err(fault)) = self.run.as_mut().map(Run::look) else {
            return;
        };
        // Nothing was begun: the answers stay, the second person is asked again.
        self.run = None;
        self.refused = Some(fault);
        self.guide.ask_second();
    }

    fn ui(&mut self, ui: &mut Ui, around: &Around<'_>, intents: &mut Vec<Intent>) {
        for ask in paint::decommission_ui(ui, self, around, intents) {
            self.execute(ask, around);
        }
    }

    fn escape(&mut self) -> bool {
        if self.run.is_none() {
            self.refused = None;
            self.guide.back();
        }
        true
    }

    fn is_at_work(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.under_way.is_some())
    }
}
