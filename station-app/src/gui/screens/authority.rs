//! The certificate authority: its token, what ends when, and revoking by hand.

mod paint;
mod revoke;

use cradle_procedure::fault::Fault;
use eframe::egui::Ui;

use super::two::{Two, TwoAsk};
use super::{Around, Screen};
use crate::gui::backend::{AuthorityState, RevocationOrder};
use crate::gui::intent::Intent;
use crate::gui::view::authority::AuthorityView;
use crate::gui::view::remote::Remote;
use crate::two_people::Settled;
use revoke::Form;

/// The certificate authority.
#[derive(Default)]
pub(super) struct Authority {
    state: Remote<AuthorityState>,
    view: Option<AuthorityView>,
    published: Remote<usize>,
    two: Two,
    form: Form,
    /// What was typed is not valid.
    refused: Option<Fault>,
    revoked: Remote<Settled<usize>>,
}

#[derive(Clone, Copy)]
enum Ask {
    Refresh,
    Publish,
    Revoke,
    Two(TwoAsk),
}

impl Authority {
    fn execute(&mut self, ask: Ask, around: &Around<'_>) {
        match ask {
            Ask::Refresh => self.enter(around),
            Ask::Publish => self.published.ask(around.backend.publish_crl()),
            Ask::Revoke => self.refused = self.revoke(around).err(),
            Ask::Two(ask) => self.two.execute(ask, around),
        }
    }

    fn revoke(&mut self, around: &Around<'_>) -> Result<(), Fault> {
        let order: RevocationOrder = self.form.order()?;
        let second = self.two.second()?;
        self.revoked.clear();
        self.revoked.ask(around.backend.revoke(order, second));
        Ok(())
    }
}

impl Screen for Authority {
    fn enter(&mut self, around: &Around<'_>) {
        self.state.ask(around.backend.authority());
        self.two.enter(around);
    }

    fn look(&mut self, around: &Around<'_>) {
        if self.state.look()
            && let Some(state) = self.state.value()
        {
            self.view = Some(AuthorityView::new(state, around.now_ms));
        }
        self.two.look(around);
        if self.published.look() | self.revoked.look() {
            self.enter(around);
        }
    }

    fn ui(&mut self, ui: &mut Ui, around: &Around<'_>, intents: &mut Vec<Intent>) {
        for ask in paint::authority_ui(ui, self, around, intents) {
            self.execute(ask, around);
        }
    }
}
