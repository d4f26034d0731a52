//! The certificate authority: its token, what ends when, and revoking by hand.

mod paint;

use eframe::egui::Ui;

use super::revocation::Revocation;
use super::two::TwoAsk;
use super::{Around, Screen};
use crate::gui::backend::AuthorityState;
use crate::gui::intent::Intent;
use crate::gui::view::authority::AuthorityView;
use crate::gui::view::remote::Remote;

/// The certificate authority.
#[derive(Default)]
pub(super) struct Authority {
    state: Remote<AuthorityState>,
    view: Option<AuthorityView>,
    published: Remote<usize>,
    revocation: Revocation,
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
            Ask::Revoke => self.revocation.execute(around),
            Ask::Two(ask) => self.revocation.two.execute(ask, around),
        }
    }
}

impl Screen for Authority {
    fn enter(&mut self, around: &Around<'_>) {
        self.state.ask(around.backend.authority());
        self.revocation.two.enter(around);
    }

    fn look(&mut self, around: &Around<'_>) {
        if self.state.look()
            && let Some(state) = self.state.value()
        {
            self.view = Some(AuthorityView::new(state, around.now_ms));
        }
        self.revocation.two.look(around);
        if self.published.look() | self.revocation.look() {
            self.enter(around);
        }
    }

    fn ui(&mut self, ui: &mut Ui, around: &Around<'_>, intents: &mut Vec<Intent>) {
        for ask in paint::authority_ui(ui, self, around, intents) {
            self.execute(ask, around);
        }
    }
}
