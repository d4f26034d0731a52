//! The people of the station: who may do what, who has to wait, and what is done about it.

mod form;
mod paint;

use cradle_procedure::fault::Fault;
use cradle_procedure::ids::OperatorName;
use cradle_procedure::role::Role;
use cradle_records::Operator;
use eframe::egui::Ui;

use super::two::{Two, TwoAsk};
use super::{Around, Screen};
use crate::gui::backend::{PersonChanged, PersonOrder};
use crate::gui::intent::Intent;
use crate::gui::view::remote::Remote;
use crate::two_people::Settled;
use form::Form;

/// The people of the station.
#[derive(Default)]
pub(super) struct People {
    list: Remote<Vec<Operator>>,
    chosen: Option<OperatorName>,
    /// Whether the form is for a new person, not for the one that is chosen.
    new: bool,
    form: Form,
    two: Two,
    /// Whether there is a question before the chosen person is let in no more.
    disabling: bool,
    /// What was typed is not valid.
    refused: Option<Fault>,
    changed: Remote<Settled<PersonChanged>>,
}

enum Ask {
    Refresh,
    Choose(OperatorName),
    New,
    Drop,
    QuestionDisable,
    Keep,
    Do(Deed),
    Two(TwoAsk),
}

/// Something to be done, with what the form holds.
#[derive(Clone, Copy)]
enum Deed {
    Add,
    SetRole(Role),
    Reset,
    Unlock,
    Disable,
    Enable,
    EnrolCard,
    WithdrawCards,
}

impl People {
    fn execute(&mut self, ask: Ask, around: &Around<'_>) {
        match ask {
            Ask::Refresh => self.enter(around),
            Ask::Choose(name) => self.turn_to(Some(name), false),
            Ask::New => self.turn_to(self.chosen.clone(), true),
            Ask::Drop => self.turn_to(self.chosen.clone(), false),
            Ask::QuestionDisable => self.disabling = true,
            Ask::Keep => self.disabling = false,
            Ask::Do(deed) => {
                self.disabling = false;
                self.refused = self.act(deed, around).err();
            }
            Ask::Two(ask) => self.two.execute(ask, around),
        }
    }

    /// Nothing of what was typed for one person is left for the next.
    fn turn_to(&mut self, chosen: Option<OperatorName>, new: bool) {
        self.form = Form::default();
        self.refused = None;
        self.changed.clear();
        (self.chosen, self.new) = (chosen, new);
    }

    fn act(&mut self, deed: Deed, around: &Around<'_>) -> Result<(), Fault> {
        let name = match (deed, &self.chosen) {
            (Deed::Add, _) => self.form.name()?,
            (_, Some(chosen)) => chosen.clone(),
            (_, None) => return Ok(()),
        };
        let order = match deed {
            Deed::Add => PersonOrder::Add(self.form.role()?, self.form.take_password()),
            Deed::SetRole(role) => PersonOrder::SetRole(role),
            Deed::Reset => PersonOrder::Reset(self.form.take_password()),
            Deed::Unlock => PersonOrder::Unlock,
            Deed::Disable => PersonOrder::Disable,
            Deed::Enable => PersonOrder::Enable,
            Deed::EnrolCard => self.form.card()?,
            Deed::WithdrawCards => PersonOrder::WithdrawCards,
        };
        let second = self.two.second()?;
        self.changed.clear();
        let changed = around.backend.change_person(name, order, second);
        self.changed.ask(changed);
        Ok(())
    }

    /// The person that is chosen, as the list has them.
    fn person(&self) -> Option<&Operator> {
        let chosen = self.chosen.as_ref()?;
        let mut people = self.list.value()?.iter();
        people.find(|person| person.name == *chosen)
    }
}

impl Screen for People {
    fn enter(&mut self, around: &Around<'_>) {
        self.list.ask(around.backend.people());
        self.two.enter(around);
    }

    fn look(&mut self, around: &Around<'_>) {
        if self.list.look() && self.chosen.is_none() {
            let first = self.list.value().and_then(|list| list.first());
            self.chosen = first.map(|person| person.name.clone());
        }
        self.two.look(around);
        if self.changed.look() {
            if let Some(Settled::Done(changed)) = self.changed.value() {
                self.chosen = Some(changed.name.clone());
                self.new = false;
            }
            self.enter(around);
        }
    }

    fn ui(&mut self, ui: &mut Ui, around: &Around<'_>, intents: &mut Vec<Intent>) {
        for ask in paint::people_ui(ui, self, around, intents) {
            self.execute(ask, around);
        }
    }

    fn escape(&mut self) -> bool {
        if std::mem::take(&mut self.disabling) {
            return true;
        }
        let open = self.new;
        if open {
            self.turn_to(self.chosen.clone(), false);
        }
        open
    }
}
