//! The fake's decommissioning: it is refused unless the unit is the one that is known.

use std::path::PathBuf;
use std::sync::mpsc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Serial;
use cradle_procedure::step::{Event, StepId};
use cradle_station::document_image::PageImage;
use cradle_station::gui::backend::{
    DestructionOrder, Pending, Retired, RetirementOrder, RetirementRun, Retiring, SettledUnit,
};
use cradle_wipe::Document;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey as _;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Asked, Fake, NOW_MS, PASSWORD};

impl Fake {
    /// The decommissioning under way gets on.
    pub(crate) fn retirement_tells(&self, event: Event) {
        let inner = self.inner();
        let (events, _) = inner.retirement.as_ref().unwrap();
        events.send(event).unwrap();
    }

    /// The decommissioning under way ends: with everything proven, or with a unit that could not
    /// prove who it is.
    pub(crate) fn finish_retirement(&self, complete: bool) {
        let (_, promise) = self.inner().retirement.take().unwrap();
        promise.answer(Ok(Retired {
            document: document(complete),
            complete,
            pdf: PathBuf::from(PDF),
        }));
        self.wake();
    }
}

/// Where the fake's document is.
pub(crate) const PDF: &str = "/documents/FS-001040.pdf";

/// A document as it is on record. Only what is signed can be read back, so this signs it.
fn document(complete: bool) -> Document {
    let mut contents: Value = serde_json::from_str(include_str!("document.json")).unwrap();
    if !complete {
        contents["status"] = "pending".into();
        let why = "DEV-07: The connection to the device broke off.: no answer";
        contents["missing"] = json!([{ "part": "prove-identity", "why": why }]);
        contents["parts"][0]["outcome"] = "failed".into();
    }
    contents.sort_all_objects();
    let key = SigningKey::from_slice(&[7; 32]).unwrap();
    let public_key = key.verifying_key().to_public_key_der().unwrap();
    let signature: Signature = key.sign(&serde_json::to_vec(&contents).unwrap());
    let file = json!({
        "document": contents,
        "signature": {
            "algorithm": "ES256",
            "public_key": STANDARD.encode(public_key.as_bytes()),
            "value": STANDARD.encode(signature.to_der()),
        },
    });
    let mut file = serde_json::to_vec_pretty(&file).unwrap();
    file.push(b'\n');
    cradle_wipe::verify(&file, public_key.as_bytes()).unwrap()
}

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
        self.answer(Ok(self.inner().waiting.clone()))
    }

    fn settle_units(&self) -> Pending<Vec<SettledUnit>> {
        let mut inner = self.inner();
        let settle = |serial| SettledUnit {
            serial,
            missing: Vec::new(),
        };
        self.answer(Ok(inner.waiting.drain(..).map(settle).collect()))
    }

    fn destroy(&self, order: DestructionOrder, password: Zeroizing<String>) -> Pending<Serial> {
        if *password != PASSWORD {
            return self.answer(Err(Fault::new(Code::SignInRefused, "")));
        }
        let serial = order.serial.clone();
        self.inner().asked.push(Asked::Destroy(order));
        self.answer(Ok(serial))
    }

    fn document_pages(&self, _: PathBuf) -> Pending<Vec<PageImage>> {
        self.answer(Ok(vec![PageImage {
            size: [2, 3],
            rgba: vec![255; 24],
        }]))
    }

    fn print_document(&self, document: PathBuf) -> Pending<()> {
        self.inner().asked.push(Asked::Print(document));
        self.answer(Ok(()))
    }

    fn copy_document(&self, document: PathBuf, to: PathBuf) -> Pending<PathBuf> {
        self.inner().asked.push(Asked::Copy(document, to.clone()));
        self.answer(Ok(to))
    }

    fn open_document(&self, document: PathBuf) -> Pending<()> {
        let (promise, pending) = Pending::new();
        let detail = format!("no viewer for {}", document.display());
        promise.answer(Err(Fault::new(Code::FileFailed, detail)));
        pending
    }
}
