//! Signing in, each attempt on a thread of its own: hashing a password and asking a card take
//! their time.

use std::sync::Arc;
use std::thread;

use cradle_ca::token::{Pin, TokenUri};
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{OperatorName, StationId};
use cradle_records::{Session, Store};

use super::{Desk, Present, Shared};
use crate::cards;
use crate::gui::backend::{Entry, Pending, SignedIn};
use crate::station::now_ms;

impl Desk {
    /// Makes an attempt to sign in.
    pub(super) fn admit(
        &self,
        attempt: impl FnOnce(&Shared) -> Result<Entry, Fault> + Send + 'static,
    ) -> Pending<Entry> {
        let (promise, pending) = Pending::new();
        let shared = Arc::clone(&self.shared);
        let work = move || {
            promise.answer(attempt(&shared));
            shared.wake();
        };
        // Without a thread the promise is dropped, and the window says that nobody answered.
        let _ = thread::Builder::new()
            .name("sign-in".to_owned())
            .spawn(work);
        pending
    }
}

impl Shared {
    pub(super) fn sign_in(&self, name: &str, password: &str) -> Result<Entry, Fault> {
        self.enter(name, |store, name, station| {
            store.sign_in(name, password, station)
        })
    }

    pub(super) fn sign_in_with_card(
        &self,
        name: &str,
        card: &str,
        pin: &str,
    ) -> Result<Entry, Fault> {
        let section = self.station.config().cards.as_ref();
        let none = || Fault::new(Code::ConfigInvalid, "there is no section [cards]");
        let uri = TokenUri {
            token: card.to_owned(),
            object: None,
            module: section.ok_or_else(none)?.module.clone(),
        };
        let card = cards::open(&uri, Pin::new(pin.to_owned())?)?;
        self.enter(name, |store, name, station| {
            store.sign_in_with_card(name, &card, station)
        })
    }

    pub(super) fn change_password(&self, name: &str, old: &str, new: &str) -> Result<Entry, Fault> {
        let known = OperatorName::new(name).map_err(|_| Fault::new(Code::SignInRefused, ""))?;
        let station = &self.station.config().station;
        let store = self.station.store();
        store.change_password(&known, old, new, station)?;
        self.sign_in(name, new)
    }

    /// Labels of the cards in readers: not the tokens that the station works with.
    pub(super) fn cards(&self) -> Result<Vec<String>, Fault> {
        let config = self.station.config();
        let Some(section) = &config.cards else {
            return Ok(Vec::new());
        };
        let root = config.token.root.as_ref().map(|root| &root.uri.token);
        let own = |label: &String| *label == config.token.uri.token || Some(label) == root;
        let mut labels = cards::labels(section.module.as_deref())?;
        labels.retain(|label| !own(label));
        Ok(labels)
    }

    fn enter(
        &self,
        name: &str,
        prove: impl FnOnce(&Store, &OperatorName, &StationId) -> Result<Session, Fault>,
    ) -> Result<Entry, Fault> {
        // Whatever is typed that cannot be a name is no name of ours.
        let name = OperatorName::new(name).map_err(|_| Fault::new(Code::SignInRefused, ""))?;
        let store = self.station.store().clone();
        let session = match prove(&store, &name, &self.station.config().station) {
            Ok(session) => session,
            Err(fault) if fault.code == Code::TemporaryPassword => return Ok(Entry::Temporary),
            Err(fault) => return refusal(&store, &name, fault),
        };
        let signed_in = SignedIn {
            name,
            role: session.role(),
        };
        let present = Arc::new(Present { session, store });
        let before = self.state().present.replace(present);
        drop(before);
        self.refresh();
        Ok(Entry::In(signed_in))
    }
}

/// With how long the name has to wait now, if it has to.
fn refusal(store: &Store, name: &OperatorName, fault: Fault) -> Result<Entry, Fault> {
    match store.sign_in_wait(name)? {
        Some(until_ms) if until_ms > now_ms() => Ok(Entry::Wait { fault, until_ms }),
        _ => Err(fault),
    }
}
