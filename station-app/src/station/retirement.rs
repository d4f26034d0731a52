//! One unit, taken out of service.

use cradle_ca::issue::DeviceAuthority;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::{Serial, SlotId};
use cradle_procedure::pki::certificate_key;
use cradle_procedure::ports::Signer as _;
use cradle_procedure::role::Permission;
use cradle_procedure::step::Event;
use cradle_records::Session;
use cradle_wipe::{
    Backup, Classification, Destination, DestinationKind, Media, Order, Person, Reason, Retirement,
    Target, Tool, Waiver, World, decommission, pdf,
};

use super::{Station, entropy, now_ms};
use crate::files;

/// What to take out of service, by whom, and what the document shall say.
pub struct Decommissioning<'a> {
    /// Who does it.
    pub session: &'a Session,
    /// Where the board is.
    pub slot: SlotId,
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
        let mut device = self.bench.open(what.slot, &self.profile)?;
        let mut ledger = self.store().retirement(what.session);
        let revocations = self.store().revocations(what.session);
        let mut revoker = DeviceAuthority::new(self.authority.clone(), revocations);
        let issuer_key = certificate_key(self.authority.ca.certificate())?;
        let mut world = World {
            device: device.as_mut(),
            ledger: &mut ledger,
            revoker: &mut revoker,
            registries: &mut [],
            wipe_signer: &self.keys.wipe,
            document_signer: &self.keys.document,
            issuer_key: &issuer_key,
            clock: &now_ms,
            entropy: &mut entropy,
            events,
        };
        let retirement = decommission(&mut world, &self.order(what))?;
        self.settle(what.slot)?;
        self.write_document(what.serial, &retirement)?;
        let digest = retirement.signed.as_ref().map_err(Clone::clone)?.digest();
        self.store()
            .verify_document(what.verifier, what.serial, digest)?;
        Ok(retirement)
    }

    /// The key that documents must verify with (`SubjectPublicKeyInfo`, DER).
    #[must_use]
    pub fn document_key(&self) -> &[u8] {
        self.keys.document.public_key()
    }

    fn order(&self, what: &Decommissioning<'_>) -> Order {
        let manifest = self.release.manifest();
        Order {
            serial: what.serial.clone(),
            reason: what.reason,
            target: Target::from(&self.profile),
            media: Media {
                manufacturer: self.config().organization.clone(),
                model: manifest.product.clone(),
                property_number: None,
                media_type: format!(
                    "embedded NOR flash, {} KiB, in {}",
                    self.profile.flash_kib, self.profile.chip
                ),
                source: what.source.clone(),
            },
            classification: Classification::default(),
            backup: Backup::Unknown,
            destination: Destination {
                kind: what.destination,
                details: String::new(),
            },
            tool: Tool {
                name: "Cradle".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            sanitizer: self.person(what.session),
            verifier: self.person(what.verifier),
            waiver: what.waiver.clone(),
            notes: String::new(),
        }
    }

    /// A person who is signed in, as documents name them.
    #[must_use]
    pub fn person(&self, session: &Session) -> Person {
        let title = session.role().title();
        self.config().person(session.operator().as_str(), title)
    }

    fn write_document(&self, serial: &Serial, retirement: &Retirement) -> Result<(), Fault> {
        let signed = retirement.signed.as_ref().map_err(Clone::clone)?;
        let folder = &self.config().documents;
        files::make_folder(folder)?;
        files::write(&folder.join(format!("{serial}.json")), signed.json())?;
        let page = pdf::render(signed).or_fault(Code::Internal)?;
        files::write(&folder.join(format!("{serial}.pdf")), &page)
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
