//! Taking a unit out of service: one question a page, then what becomes of each part.

mod destruction;
mod document;
mod guide;
mod paint;
mod result;
mod waiting;

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::SlotId;
use cradle_wipe::{DestinationKind, Reason};
use eframe::egui::Ui;

use super::two::TwoAsk;
use super::{Around, Screen};
use crate::gui::backend::{Retired, RetirementRun};
use crate::gui::intent::Intent;
use crate::gui::view::slot::SlotView;
use destruction::Destruction;
use document::{Paper, PaperAsk};
use guide::{Guide, Where};
use waiting::Waiting;

/// Taking a unit out of service.
#[derive(Default)]
pub(super) struct Decommission {
    guide: Guide,
    /// What was typed is not valid.
    refused: Option<Fault>,
    run: Option<Run>,
    waiting: Waiting,
    destruction: Destruction,
}

/// What is under way, or came of it.
struct Run {
    under_way: Option<RetirementRun>,
    /// Its steps. Which slot it is in does not matter here.
    view: SlotView,
    result: Option<Retired>,
    paper: Option<Paper>,
}

enum Ask {
    /// What the page asks for is answered.
    Next,
    Back,
    Place(Where),
    Reason(Reason),
    Destination(DestinationKind),
    Begin,
    Paper(PaperAsk),
    /// The same unit again, with the verifier standing for it.
    Vouch,
    /// Go on with the units that wait.
    Settle,
    /// What the form says was destroyed.
    Destroyed,
    Two(TwoAsk),
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
            Ask::Place(place) => {
                self.guide.place = Some(place);
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
            Ask::Destroyed => self.destruction.write_down(around),
            other => {
                self.execute_plain(other, around);
                Ok(())
            }
        };
        self.refused = turned.err();
        if self.refused.is_some() {
            // The person goes on typing where the answer was.
            self.guide.focus = true;
        }
    }

    /// What cannot be refused because of what was typed.
    fn execute_plain(&mut self, ask: Ask, around: &Around<'_>) {
        match ask {
            Ask::Paper(ask) => {
                if let Some(paper) = self.run.as_mut().and_then(|run| run.paper.as_mut()) {
                    paper.execute(&ask, around.backend);
                }
            }
            Ask::Vouch => {
                self.run = None;
                self.guide.vouch();
            }
            Ask::Settle => self.waiting.settle(around),
            Ask::Two(ask) => self.waiting.two.execute(ask, around),
            Ask::Another => {
                *self = Self::default();
                self.waiting.enter(around);
            }
            _ => {}
        }
    }

    fn begin(&mut self, around: &Around<'_>) -> Result<(), Fault> {
        let order = self.guide.order()?;
        let password = self.guide.take_password();
        self.run = Some(Run {
            under_way: Some(around.backend.decommission(order, password)),
            view: SlotView::new(SlotId(0)),
            result: None,
            paper: None,
        });
        Ok(())
    }
}

impl Run {
    /// Takes in what happened.
    ///
    /// # Errors
    /// Why nothing was begun.
    fn look(&mut self, around: &Around<'_>) -> Result<(), Fault> {
        if let Some(paper) = &mut self.paper {
            paper.look();
        }
        let Some(under_way) = &self.under_way else {
            return Ok(());
        };
        // Before the events: what came before the answer is then there too.
        let answer = under_way.answer.poll();
        for event in under_way.events.try_iter() {
            self.view.apply(event, around.now_ms);
        }
        if let Some(answer) = answer {
            self.under_way = None;
            let retired = answer?;
            self.paper = Some(Paper::new(&retired.pdf, around.backend));
            self.result = Some(retired);
        }
        Ok(())
    }
}

impl Screen for Decommission {
    fn enter(&mut self, around: &Around<'_>) {
        self.guide.focus = true;
        self.waiting.enter(around);
    }

    fn look(&mut self, around: &Around<'_>) {
        self.waiting.look(around);
        self.destruction.look();
        let Some(Err(fault)) = self.run.as_mut().map(|run| run.look(around)) else {
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
        if std::mem::take(&mut self.destruction.shown) {
            return true;
        }
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
