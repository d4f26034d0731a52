//! One unit, taken out of service.

use cradle_ca::issue::DeviceAuthority;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::{Serial, SlotId};
use cradle_procedure::pki::certificate_key;
use cradle_procedure::ports::{Device, SealedDocument, Signer as _};
use cradle_procedure::role::Permission;
use cradle_procedure::step::Event;
use cradle_records::{Retirement as Ledger, Session};
use cradle_wipe::{
    Backup, Classification, Destination, DestinationKind, LastDocument, Media, Order, Person,
    Reason, Retirement, SignedDocument, Target, Tool, Waiver, World, decommission, pdf,
};

use super::{Product, Station, entropy, now_ms};
use crate::files;

/// What to take out of service, by whom, and what the document shall say.
pub struct Decommissioning<'a> {
    /// Who does it.
    pub session: &'a Session,
    /// Where the board is; `None` for a unit that nobody has.
    pub slot: Option<SlotId>,
    /// The unit, as on its label.
    pub serial: &'a Serial,
    /// Why.
    pub reason: Reason,
    /// Who checks the result and answers for it: another person, signed in as well.
    pub verifier: &'a Session,
    /// What a second person said to it that the device cannot prove who it is, or be wiped.
    pub waiver: Option<Waiver>,
    /// Where the unit was in use.
    pub source: String,
    /// Where it goes.
    pub destination: DestinationKind,
}

/// What became of a unit that waited.
pub struct Settled {
    /// Which.
    pub serial: Serial,
    /// The attempt; or why it could not be made.
    pub result: Result<Retirement, Fault>,
}

impl Station {
    /// Decommissions the unit in a slot and writes its certificate of sanitization as PDF and
    /// JSON into the documents folder.
    ///
    /// # Errors
    /// Before anything is touched: `DEV-17`, `STO-05`, `STO-06`, `AUT-…`; `AUT-04` the verifier is
    /// the one who wipes. After: `CFG-02` if the
    /// document could not be written. Everything between is in the [`Retirement`].
    pub fn decommission(
        &self,
        what: &Decommissioning<'_>,
        events: &mut dyn FnMut(Event),
    ) -> Result<Retirement, Fault> {
        require_second(what)?;
        let product = self.product_of_unit(what.session, what.serial);
        let slot = what
            .slot
            .map(|slot| self.bench.open(slot, &product.profile));
        let mut device = slot.transpose()?;
        let last = self.store().last_document(what.session, what.serial)?;
        let last = last.map(|last| LastDocument::open(&last, self.document_key()));
        let order = Order {
            replaces: last.transpose()?,
            ..self.order(what, product)
        };
        let device: Option<&mut dyn Device> = match &mut device {
            Some(device) => Some(device.as_mut()),
            None => None,
        };
        let ledger = self.store().retirement(what.session);
        let ledger = ledger.verified_by(what.verifier);
        let retirement = self.retire(what.session, ledger, device, &order, events)?;
        if let Some(slot) = what.slot {
            self.settle(slot)?;
        }
        let signed = retirement.signed.as_ref().map_err(Clone::clone)?;
        self.write_document(what.serial, signed)?;
        Ok(retirement)
    }

    /// Goes on with every unit that waits for something that needs no board: a registry, or the
    /// publication of the CRL. A document takes the place of the last one where it says more.
    ///
    /// # Errors
    /// Only before the first unit: `AUT-…`, `STO-…`, `CFG-…`.
    pub fn settle_all(
        &self,
        session: &Session,
        events: &mut dyn FnMut(Event),
    ) -> Result<Vec<Settled>, Fault> {
        self.config().registries.open()?;
        let waiting = self.store().unsettled(session)?;
        let settled = waiting.into_iter().map(|unit| Settled {
            result: self.go_on(session, &unit.document, events),
            serial: unit.serial,
        });
        Ok(settled.collect())
    }

    /// Writes the documents of units that left and that are on record, but not in the documents
    /// folder: the station died before it wrote them, or the folder was lost. Gives whose.
    ///
    /// # Errors
    /// `AUT-…`, `STO-…`, `WIP-03`, `CFG-02`.
    pub fn write_missing_documents(&self, session: &Session) -> Result<Vec<Serial>, Fault> {
        let mut written = Vec::new();
        for departed in self.store().departed(session)? {
            let serial = departed.unit.serial;
            let json = self.config().documents.join(format!("{serial}.json"));
            let last = self.store().last_document(session, &serial)?;
            let Some(last) = last.filter(|_| !json.exists()) else {
                continue;
            };
            let signed = SignedDocument::from_record(last, self.document_key())?;
            self.write_document(&serial, &signed)?;
            written.push(serial);
        }
        Ok(written)
    }

    fn go_on(
        &self,
        session: &Session,
        document: &SealedDocument,
        events: &mut dyn FnMut(Event),
    ) -> Result<Retirement, Fault> {
        let last = LastDocument::open(document, self.document_key())?;
        let product = self.product_of_unit(session, &last.document().contents().unit.serial);
        let order = last.go_on(Target::from(&product.profile), tool());
        let ledger = self.store().retirement(session);
        let retirement = self.retire(session, ledger, None, &order, events)?;
        if let Ok(signed) = &retirement.signed {
            self.write_document(&order.serial, signed)?;
        }
        Ok(retirement)
    }

    fn retire(
        &self,
        session: &Session,
        mut ledger: Ledger,
        device: Option<&mut dyn Device>,
        order: &Order,
        events: &mut dyn FnMut(Event),
    ) -> Result<Retirement, Fault> {
        // Whoever may not know it is refused by the ledger.
        let pace = self.store().pace_of_retirement(session, &order.serial);
        let revocations = self.store().revocations(session);
        let mut registries = self.config().registries.open()?;
        let mut revoker = DeviceAuthority::new(self.authority.clone(), revocations);
        let issuer_key = certificate_key(self.authority.ca.certificate())?;
        let mut world = World {
            device: match device {
                Some(device) => Some(device),
                None => None,
            },
            ledger: &mut ledger,
            revoker: &mut revoker,
            registries: &mut registries,
            wipe_signer: &self.keys.wipe,
            document_signer: &self.keys.document,
            issuer_key: &issuer_key,
            clock: &now_ms,
            pace: &pace.unwrap_or_default(),
            entropy: &mut entropy,
            events,
        };
        decommission(&mut world, order)
    }

    /// The key that documents must verify with (`SubjectPublicKeyInfo`, DER).
    #[must_use]
    pub fn document_key(&self) -> &[u8] {
        self.keys.document.public_key()
    }

    fn order(&self, what: &Decommissioning<'_>, product: &Product) -> Order {
        let (manifest, profile) = (product.release.manifest(), &product.profile);
        Order {
            serial: what.serial.clone(),
            reason: what.reason,
            target: Target::from(profile),
            media: Media {
                manufacturer: self.config().organization.clone(),
                model: manifest.product.clone(),
                property_number: None,
                media_type: format!(
                    "embedded NOR flash, {} KiB, in {}",
                    profile.flash_kib, profile.chip
                ),
                source: what.source.clone(),
            },
            classification: Classification::default(),
            backup: Backup::Unknown,
            destination: Destination {
                kind: what.destination,
                details: String::new(),
            },
            tool: tool(),
            sanitizer: self.person(what.session),
            verifier: self.person(what.verifier),
            waiver: what.waiver.clone(),
            notes: String::new(),
            replaces: None,
        }
    }

    /// A person who is signed in, as documents name them.
    #[must_use]
    pub fn person(&self, session: &Session) -> Person {
        let title = session.role().title();
        self.config().person(session.operator().as_str(), title)
    }

    fn write_document(&self, serial: &Serial, signed: &SignedDocument) -> Result<(), Fault> {
        let folder = &self.config().documents;
        files::make_folder(folder)?;
        let page = pdf::render(signed).or_fault(Code::Internal)?;
        files::write(&folder.join(format!("{serial}.pdf")), &page)?;
        // Last: where it is, both are.
        files::write(&folder.join(format!("{serial}.json")), signed.json())
    }
}

pub(super) fn tool() -> Tool {
    Tool {
        name: "Cradle".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// Two people answer for a wipe, and the second one is there.
fn require_second(what: &Decommissioning<'_>) -> Result<(), Fault> {
    if what.verifier.operator() == what.session.operator() {
        let detail = "the verifier is the one who wipes";
        return Err(Fault::new(Code::OwnApproval, detail));
    }
    let needs = Permission::WitnessDecommission;
    what.verifier.role().require(needs)
}
