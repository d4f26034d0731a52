//! The fake's decommissioning: it is refused unless the unit is the one that is known.

use std::path::PathBuf;
use std::sync::mpsc;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::step::{Event, StepId};
use cradle_station::gui::backend::{Pending, RetirementOrder, RetirementRun, Retiring};

use zeroize::Zeroizing;

use super::{Asked, Fake, NOW_MS, PASSWORD};

impl Retiring for Fake {
    fn decommission(&self, order: RetirementOrder, password: Zeroizing<String>) -> RetirementRun {
        let (sender, events) = mpsc::channel();
        let (promise, answer) = Pending::new();
        let mut inner = self.inner();
        if *password != PASSWORD {
            promise.answer(Err(Fault::new(Code::SignInRefused, "")));
        } else if order.serial.as_str() == "FS-001040" {
            let started = Event::Started {
                step: StepId::ProveIdentity,
                at_ms: NOW_MS,
            };
            sender.send(started).unwrap();
            inner.retirement = Some((sender, promise));
        } else {
            promise.answer(Err(Fault::new(Code::UnitUnknown, &order.serial)));
        }
        inner.asked.push(Asked::Decommission(order));
        RetirementRun { events, answer }
    }

    fn open_document(&self, document: PathBuf) -> Pending<()> {
        let (promise, pending) = Pending::new();
        let detail = format!("no viewer for {}", document.display());
        promise.answer(Err(Fault::new(Code::FileFailed, detail)));
        pending
    }
}
