//! Decommissioning, each on a thread of its slot's own.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::OperatorName;
use cradle_procedure::step::Event;
use cradle_records::Session;
use zeroize::Zeroizing;

use super::{Desk, Present, Shared};
use crate::gui::backend::{Pending, Retired, RetirementOrder, RetirementRun, Retiring};
use crate::station::Decommissioning;

impl Retiring for Desk {
    fn decommission(&self, order: RetirementOrder, password: Zeroizing<String>) -> RetirementRun {
        let (sender, events) = mpsc::channel();
        let (promise, answer) = Pending::new();
        let shared = Arc::clone(&self.shared);
        let work = move || {
            let mut tell = |event| {
                // A window that has gone elsewhere does not mind.
                let _ = sender.send(event);
                shared.wake();
            };
            promise.answer(shared.decommission(&order, &password, &mut tell));
            shared.refresh();
            shared.wake();
        };
        // Without a thread the promise is dropped, and the window says that nobody answered.
        let _ = thread::Builder::new()
            .name("decommission".to_owned())
            .spawn(work);
        RetirementRun { events, answer }
    }

    fn open_document(&self, document: PathBuf) -> Pending<()> {
        self.ask(&self.clerk, move |_, _| {
            let quiet = || Stdio::null();
            let mut viewer = Command::new("xdg-open");
            viewer.arg(&document).stdin(quiet()).stdout(quiet());
            let status = viewer.stderr(quiet()).status().or_fault(Code::FileFailed)?;
            if status.success() {
                return Ok(());
            }
            let detail = format!("no viewer for {}", document.display());
            Err(Fault::new(Code::FileFailed, detail))
        })
    }
}

impl Shared {
    fn decommission(
        &self,
        order: &RetirementOrder,
        password: &str,
        tell: &mut dyn FnMut(Event),
    ) -> Result<Retired, Fault> {
        let ended = || Fault::new(Code::SessionEnded, "");
        let present = self.state().present.clone().ok_or_else(ended)?;
        let second = self.second(&order.verifier, password)?;
        self.state().occupy(order.slot)?;
        let result = self.decommission_as(&present.session, &second.session, order, tell);
        self.state().busy.remove(&order.slot);
        result
    }

    /// The second person, here until this is dropped.
    fn second(&self, name: &OperatorName, password: &str) -> Result<Present, Fault> {
        let store = self.station.store().clone();
        let station = &self.station.config().station;
        let session = store.sign_in(name, password, station)?;
        Ok(Present { session, store })
    }

    fn decommission_as(
        &self,
        session: &Session,
        verifier: &Session,
        order: &RetirementOrder,
        tell: &mut dyn FnMut(Event),
    ) -> Result<Retired, Fault> {
        let what = Decommissioning {
            session,
            slot: Some(order.slot),
            serial: &order.serial,
            reason: order.reason,
            verifier,
            waiver: None,
            source: order.source.clone(),
            destination: order.destination,
        };
        let retirement = self.station.decommission(&what, tell)?;
        let documents = &self.station.config().documents;
        Ok(Retired {
            complete: retirement.is_complete(),
            document: retirement.document,
            pdf: documents.join(format!("{}.pdf", order.serial)),
        })
    }
}
