//! Decommissioning, each on a thread of its slot's own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{OperatorName, Serial, Sha256};
use cradle_procedure::step::Event;
use cradle_records::{Destruction, Session};
use cradle_wipe::Waiver;
use zeroize::Zeroizing;

use super::{Desk, Present, Shared};
use crate::document_image::{self, PageImage};
use crate::files;
use crate::gui::backend::{
    DestructionOrder, Pending, Retired, RetirementOrder, RetirementRun, Retiring, SettledUnit,
};
use crate::station::{Decommissioning, Grounds, Settled};

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

    fn waiting_units(&self) -> Pending<Vec<Serial>> {
        self.ask(&self.reader, |desk, session| {
            let waiting = desk.station.store().unsettled(session)?;
            Ok(waiting.into_iter().map(|unit| unit.serial).collect())
        })
    }

    fn settle_units(&self) -> Pending<Vec<SettledUnit>> {
        self.ask(&self.clerk, |desk, session| {
            let settled = desk.station.settle_all(session, &mut |_| {})?;
            Ok(settled.into_iter().map(settled_unit).collect())
        })
    }

    fn destroy(&self, order: DestructionOrder, password: Zeroizing<String>) -> Pending<Serial> {
        self.ask(&self.clerk, move |desk, session| {
            let evidence = order.evidence.as_deref().map(files::read).transpose()?;
            let destruction = Destruction {
                reason: order.reason,
                evidence: evidence.map(|bytes| Sha256::of(&bytes)),
            };
            let witness = desk.second(&order.witness, &password)?;
            let store = desk.station.store();
            store.destroy(session, &witness.session, &order.serial, &destruction)?;
            Ok(order.serial)
        })
    }

    fn document_pages(&self, document: PathBuf) -> Pending<Vec<PageImage>> {
        self.ask(&self.clerk, move |_, _| {
            document_image::pages(files::read(&document)?)
        })
    }

    fn open_document(&self, document: PathBuf) -> Pending<()> {
        self.ask(&self.clerk, move |_, _| hand_over("xdg-open", &document))
    }

    fn print_document(&self, document: PathBuf) -> Pending<()> {
        self.ask(&self.clerk, move |_, _| hand_over("lp", &document))
    }

    fn copy_document(&self, document: PathBuf, to: PathBuf) -> Pending<PathBuf> {
        self.ask(&self.clerk, move |_, _| {
            let name = document.file_name().unwrap_or_default();
            let to = if to.is_dir() { to.join(name) } else { to };
            if to.exists() {
                let detail = format!("{} is there already", to.display());
                return Err(Fault::new(Code::FileFailed, detail));
            }
            files::write(&to, &files::read(&document)?)?;
            Ok(to)
        })
    }
}

/// Gives a document to a program of the system.
fn hand_over(program: &str, document: &Path) -> Result<(), Fault> {
    let quiet = || Stdio::null();
    let mut command = Command::new(program);
    command.arg(document).stdin(quiet()).stdout(quiet());
    let status = command.stderr(quiet()).status();
    let told = || format!("{program} does not take {}", document.display());
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(Fault::new(Code::FileFailed, told())),
        Err(error) => Err(Fault::new(Code::FileFailed, format!("{}: {error}", told()))),
    }
}

fn settled_unit(settled: Settled) -> SettledUnit {
    let missing = match settled.result {
        Ok(retirement) if retirement.is_complete() => Vec::new(),
        Ok(retirement) => {
            let missing = retirement.document.missing().iter();
            missing
                .map(|missing| format!("{}: {}", missing.part, missing.why))
                .collect()
        }
        Err(fault) => vec![fault.to_string()],
    };
    SettledUnit {
        serial: settled.serial,
        missing,
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
        if let Some(slot) = order.slot {
            self.state().occupy(slot)?;
        }
        let result = self.decommission_as(&present.session, &second.session, order, tell);
        if let Some(slot) = order.slot {
            self.state().busy.remove(&slot);
        }
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
            slot: order.slot,
            serial: &order.serial,
            reason: order.reason,
            verifier,
            waiver: self.waiver(session, verifier, order)?,
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

    /// The verifier, who is here, stands for a unit that cannot prove who it is.
    fn waiver(
        &self,
        session: &Session,
        verifier: &Session,
        order: &RetirementOrder,
    ) -> Result<Option<Waiver>, Fault> {
        let Some(text) = &order.grounds else {
            return Ok(None);
        };
        let grounds = Grounds {
            serial: &order.serial,
            reason: order.reason,
            text,
        };
        if let Some(asked) = self.station.ask_for_waiver(session, &grounds)? {
            let key = self.station.audit_key();
            let store = self.station.store();
            store.approve_request(verifier, asked.id, key)?;
        }
        self.station.use_waiver(session, &grounds)
    }
}
