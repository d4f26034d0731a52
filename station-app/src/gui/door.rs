//! Before anybody is signed in: the first two people, signing in, and a password of one's own in
//! place of a temporary one.

use eframe::egui::{CentralPanel, Ui};
use zeroize::Zeroizing;

use super::backend::{Backend, Entry, Pending, SignedIn, Title};
use super::intent::Intent;
use super::paint::first_run::first_run_ui;
use super::paint::own_password::own_password_ui;
use super::paint::sign_in::sign_in_ui;
use super::view::remote::Remote;
use super::view::sign_in::{FirstRunForm, OwnPasswordForm, SignInForm, Wait, Way};
use cradle_procedure::fault::{Code, Fault};

/// What stands between a person and the station.
pub(super) struct Door {
    page: Page,
    answer: Option<Pending<Entry>>,
    founded: Option<Pending<()>>,
    /// The cards that are in readers.
    cards: Remote<Vec<String>>,
    /// What was typed last: if it proves to be temporary, it opens the change to one's own.
    tried: Option<(String, Zeroizing<String>)>,
}

enum Page {
    FirstRun(FirstRunForm),
    SignIn(SignInForm),
    OwnPassword(OwnPasswordForm),
}

impl Door {
    /// The page to begin with; `why` the last session ended.
    pub(super) fn new(backend: &dyn Backend, why: Option<Fault>) -> Self {
        let page = match backend.needs_first_run() {
            true => Page::FirstRun(FirstRunForm::new()),
            false => Page::SignIn(SignInForm::new(why)),
        };
        Self {
            page,
            answer: None,
            founded: None,
            cards: Remote::default(),
            tried: None,
        }
    }

    /// Takes in what was answered; gives who is signed in, once somebody is.
    pub(super) fn look(&mut self, backend: &dyn Backend) -> Option<SignedIn> {
        self.look_for_founding(backend);
        if self.cards.look()
            && let Page::SignIn(form) = &mut self.page
        {
            form.show_cards(self.cards.value().cloned().unwrap_or_default());
            form.refused = self.cards.fault().cloned().or(form.refused.take());
        }
        let entry = self.answer.as_ref().and_then(Pending::poll)?;
        self.answer = None;
        let tried = self.tried.take();
        match entry {
            Ok(Entry::In(who)) => return Some(who),
            Ok(Entry::Wait { fault, until_ms }) => self.refuse(fault, Some(until_ms)),
            Ok(Entry::Temporary) => {
                let (name, password) = tried?;
                self.page = Page::OwnPassword(OwnPasswordForm::new(name, password));
            }
            Err(fault) => self.refuse(fault, None),
        }
        None
    }

    fn look_for_founding(&mut self, backend: &dyn Backend) {
        match self.founded.as_ref().and_then(Pending::poll) {
            Some(Ok(())) => *self = Self::new(backend, None),
            Some(Err(fault)) => {
                self.founded = None;
                if let Page::FirstRun(form) = &mut self.page {
                    form.checking = false;
                    form.refused = Some(fault);
                }
            }
            None => {}
        }
    }

    fn refuse(&mut self, fault: Fault, until_ms: Option<u64>) {
        match &mut self.page {
            Page::SignIn(form) => {
                let name = form.name.trim().to_owned();
                form.wait = until_ms.map(|until_ms| Wait { name, until_ms });
                form.refuse(fault);
            }
            Page::OwnPassword(form) => form.refuse(fault),
            Page::FirstRun(_) => {}
        }
    }

    /// Whether a time to wait is counted down.
    pub(super) fn counts_down(&self, now_ms: u64) -> bool {
        match &self.page {
            Page::SignIn(form) => form.left_ms(now_ms).is_some(),
            Page::FirstRun(_) | Page::OwnPassword(_) => false,
        }
    }

    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        title: &Title,
        now_ms: u64,
        intents: &mut Vec<Intent>,
    ) {
        CentralPanel::default_margins().show(ui, |ui| match &mut self.page {
            Page::FirstRun(form) => first_run_ui(ui, title, form, intents),
            Page::SignIn(form) => sign_in_ui(ui, title, form, now_ms, intents),
            Page::OwnPassword(form) => own_password_ui(ui, title, form, intents),
        });
    }

    /// Registers the first two people with what the form holds.
    pub(super) fn found(&mut self, backend: &dyn Backend) {
        if let (Page::FirstRun(form), None) = (&mut self.page, &self.founded) {
            form.checking = true;
            form.refused = None;
            self.founded = Some(backend.found(form.take()));
        }
    }

    /// Signs in with what the form holds.
    pub(super) fn sign_in(&mut self, backend: &dyn Backend, now_ms: u64) {
        let (Page::SignIn(form), None) = (&mut self.page, &self.answer) else {
            return;
        };
        if form.left_ms(now_ms).is_some() {
            return;
        }
        let name = form.name.trim().to_owned();
        let secret = form.take_password();
        let answer = match (form.way, &form.card) {
            (Way::Password, _) => {
                self.tried = Some((name.clone(), secret.clone()));
                backend.sign_in(name, secret)
            }
            (Way::Card, Some(card)) => backend.sign_in_with_card(name, card.clone(), secret),
            (Way::Card, None) => {
                let fault = Fault::new(Code::TokenMissing, "no card is chosen");
                return form.refuse(fault);
            }
        };
        form.begin();
        self.answer = Some(answer);
    }

    /// Signs in with a card from now on, or with a password.
    pub(super) fn turn_to(&mut self, way: Way, backend: &dyn Backend) {
        if let Page::SignIn(form) = &mut self.page {
            form.turn_to(way);
            if way == Way::Card {
                self.cards.ask(backend.cards());
            }
        }
    }

    /// Changes the temporary password for the one that was typed twice, and signs in with it.
    pub(super) fn choose_password(&mut self, backend: &dyn Backend) {
        let (Page::OwnPassword(form), None) = (&mut self.page, &self.answer) else {
            return;
        };
        match form.take() {
            Ok(new) => {
                form.begin();
                let (name, old) = (form.name.clone(), form.old.clone());
                self.answer = Some(backend.change_password(name, old, new));
            }
            Err(fault) => form.refuse(fault),
        }
    }

    /// Back to the sign-in; `false` if that is where the person is.
    pub(super) fn escape(&mut self) -> bool {
        let back = matches!(self.page, Page::OwnPassword(_)) && self.answer.is_none();
        if back {
            self.page = Page::SignIn(SignInForm::new(None));
        }
        back
    }
}
