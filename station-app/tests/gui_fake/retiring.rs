//! The fake's decommissioning: it is refused unless the unit is the one that is known.

use std::path::PathBuf;
use std::sync::mpsc;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Serial;
use cradle_procedure::step::{Event, StepId};
use cradle_station::document_image::PageImage;
use cradle_station::gui::backend::{
    DestructionOrder, Pending, RetirementOrder, RetirementRun, Retiring, SettledUnit,
};

use zeroize::Zeroizing;

use super::records::now;
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

    fn waiting_units(&self) -> Pending<Vec<Serial>> {
        now(Ok(self.inner().waiting.clone()))
    }

    fn settle_units(&self) -> Pending<Vec<SettledUnit>> {
        let mut inner = self.inner();
        let settle = |serial| SettledUnit {
            serial,
            missing: Vec::new(),
        };
        now(Ok(inner.waiting.drain(..).map(settle).collect()))
    }

    fn destroy(&self, order: DestructionOrder, password: Zeroizing<String>) -> Pending<Serial> {
        if *password != PASSWORD {
            return now(Err(Fault::new(Code::SignInRefused, "")));
        }
        let serial = order.serial.clone();
        self.inner().asked.push(Asked::Destroy(order));
        now(Ok(serial))
    }

    fn document_pages(&self, _: PathBuf) -> Pending<Vec<PageImage>> {
        now(Ok(vec![PageImage {
            size: [2, 3],
            rgba: vec![255; 24],
        }]))
    }

    fn print_document(&self, _: PathBuf) -> Pending<()> {
        now(Ok(()))
    }

    fn copy_document(&self, _: PathBuf, to: PathBuf) -> Pending<PathBuf> {
        now(Ok(to))
    }

    fn open_document(&self, document: PathBuf) -> Pending<()> {
        let (promise, pending) = Pending::new();
        let detail = format!("no viewer for {}", document.display());
        promise.answer(Err(Fault::new(Code::FileFailed, detail)));
        pending
    }
}
