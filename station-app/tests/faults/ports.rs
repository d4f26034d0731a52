//! The real ports of a journey, each operation behind a tap.

use cradle_procedure::element::ElementFiles;
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{RegistryName, Serial, SlotId, Uid};
use cradle_procedure::plan::BurnItem;
use cradle_procedure::ports::{
    Admission, Authorization, ChipState, Device, Due, Earlier, Fuses, IssuanceLedger,
    IssuedCertificate, Ledger, Protections, RetirementLedger, Revocation, RevocationLedger,
    RevocationReason, SealedDocument, Signer, StepLog, Subject, UnitRecord, holds_as_read,
};
use cradle_procedure::step::{StepId, StepReport, Verdict};
use cradle_protocol::message::{DeviceState, Nonce, PublicKey, WipeReport};
use cradle_wipe::{Departure, Registry, Standing};

use crate::strike::Place::{Debug, Network, Record, Serial as Line, Token};
use crate::tap::Tap;

/// A port behind a tap.
pub struct Tapped<T> {
    inner: T,
    tap: Tap,
}

impl<T> Tapped<T> {
    pub fn new(inner: T, tap: &Tap) -> Self {
        Self {
            inner,
            tap: tap.clone(),
        }
    }
}

impl Device for Tapped<Box<dyn Device>> {
    fn identify(&mut self) -> Result<ChipState, Fault> {
        self.tap.op("identify", Debug, || self.inner.identify())
    }
    fn program(
        &mut self,
        address: u32,
        bytes: &[u8],
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), Fault> {
        let inner = &mut self.inner;
        self.tap
            .op("program", Debug, || inner.program(address, bytes, progress))
    }
    fn erase(&mut self, address: u32, length: u32) -> Result<(), Fault> {
        self.tap
            .op("erase", Debug, || self.inner.erase(address, length))
    }
    fn read(&mut self, address: u32, length: u32) -> Result<Vec<u8>, Fault> {
        self.tap
            .op("read", Debug, || self.inner.read(address, length))
    }
    fn encrypts(&self, address: u32) -> bool {
        self.inner.encrypts(address)
    }
    fn holds(
        &mut self,
        address: u32,
        bytes: &[u8],
        progress: &mut dyn FnMut(u64),
    ) -> Result<bool, Fault> {
        if !self.inner.encrypts(address) {
            return holds_as_read(self, address, bytes, progress);
        }
        let inner = &mut self.inner;
        self.tap
            .op("digest", Line, || inner.holds(address, bytes, progress))
    }
    fn start_provisioner(&mut self, elf: &[u8]) -> Result<(), Fault> {
        self.tap.op("start-provisioner", Debug, || {
            self.inner.start_provisioner(elf)
        })
    }
    fn make_key(&mut self) -> Result<PublicKey, Fault> {
        self.tap.op("make-key", Debug, || self.inner.make_key())
    }
    fn element_files(&mut self) -> Result<ElementFiles, Fault> {
        self.tap
            .op("element-files", Debug, || self.inner.element_files())
    }
    fn prove_element(&mut self, nonce: &Nonce) -> Result<[u8; 64], Fault> {
        self.tap
            .op("prove-element", Debug, || self.inner.prove_element(nonce))
    }
    fn sign_request(&mut self, info: &[u8]) -> Result<Vec<u8>, Fault> {
        self.tap
            .op("sign-request", Debug, || self.inner.sign_request(info))
    }
    fn store_credentials(&mut self, certificate: &[u8], wipe: &PublicKey) -> Result<(), Fault> {
        let inner = &mut self.inner;
        self.tap.op("store-credentials", Debug, || {
            inner.store_credentials(certificate, wipe)
        })
    }
    fn burn(&mut self, item: &BurnItem) -> Result<(), Fault> {
        self.tap.op("burn", Debug, || self.inner.burn(item))
    }
    fn burn_together(&mut self, items: &[&BurnItem]) -> Result<(), Fault> {
        self.tap
            .op("burn", Debug, || self.inner.burn_together(items))
    }
    fn fuses(&mut self) -> Result<Fuses, Fault> {
        self.tap.op("fuses", Debug, || self.inner.fuses())
    }
    fn protections(&mut self) -> Result<Protections, Fault> {
        self.tap
            .op("protections", Debug, || self.inner.protections())
    }
    fn run(&mut self) -> Result<(), Fault> {
        self.tap.op("run", Debug, || self.inner.run())
    }
    fn ask_identity(&mut self) -> Result<(Uid, DeviceState), Fault> {
        self.tap
            .op("ask-identity", Line, || self.inner.ask_identity())
    }
    fn attest(&mut self, nonce: &Nonce) -> Result<Vec<u8>, Fault> {
        self.tap.op("attest", Line, || self.inner.attest(nonce))
    }
    fn request_wipe(&mut self) -> Result<Nonce, Fault> {
        self.tap
            .op("request-wipe", Line, || self.inner.request_wipe())
    }
    fn wipe(&mut self, signature: &[u8; 64]) -> Result<WipeReport, Fault> {
        self.tap.op("wipe", Line, || self.inner.wipe(signature))
    }
    fn wipe_report(&mut self) -> Result<WipeReport, Fault> {
        self.tap
            .op("wipe-report", Line, || self.inner.wipe_report())
    }
    fn mass_erase(&mut self) -> Result<(), Fault> {
        self.tap.op("mass-erase", Debug, || self.inner.mass_erase())
    }
    fn starts_nothing(&mut self) -> Result<String, Fault> {
        self.tap
            .op("starts-nothing", Debug, || self.inner.starts_nothing())
    }
}

impl<L: StepLog> StepLog for Tapped<L> {
    fn intent(&mut self, serial: &Serial, step: StepId, detail: &str) -> Result<(), Fault> {
        let inner = &mut self.inner;
        self.tap
            .op("intent", Record, || inner.intent(serial, step, detail))
    }
    fn outcome(&mut self, serial: &Serial, report: &StepReport) -> Result<(), Fault> {
        self.tap
            .op("outcome", Record, || self.inner.outcome(serial, report))
    }
}

impl<L: Ledger> Ledger for Tapped<L> {
    fn authorize(&mut self) -> Result<Authorization, Fault> {
        self.tap.op("authorize", Record, || self.inner.authorize())
    }
    fn admit(
        &mut self,
        slot: SlotId,
        uid: &Uid,
        scanned: Option<&Serial>,
    ) -> Result<Admission, Fault> {
        let inner = &mut self.inner;
        self.tap
            .op("admit", Record, || inner.admit(slot, uid, scanned))
    }
    fn certificate(&mut self, serial: &Serial) -> Result<Option<IssuedCertificate>, Fault> {
        self.tap
            .op("certificate", Record, || self.inner.certificate(serial))
    }
    fn conclude(
        &mut self,
        serial: &Serial,
        verdict: Verdict,
        fault: Option<&Fault>,
    ) -> Result<(), Fault> {
        let inner = &mut self.inner;
        self.tap.op("conclude", Record, || {
            inner.conclude(serial, verdict, fault)
        })
    }
}

impl<L: IssuanceLedger> IssuanceLedger for Tapped<L> {
    fn issue(
        &mut self,
        subject: &Subject,
        sign: &mut dyn FnMut() -> Result<IssuedCertificate, Fault>,
    ) -> Result<IssuedCertificate, Fault> {
        self.tap
            .op("issue", Record, || self.inner.issue(subject, sign))
    }
    fn refused(&mut self, subject: &Subject, why: &Fault) -> Result<(), Fault> {
        self.tap
            .op("refused", Record, || self.inner.refused(subject, why))
    }
}

impl<L: RevocationLedger> RevocationLedger for Tapped<L> {
    fn revoke(&mut self, serial_number: &str, reason: RevocationReason) -> Result<(), Fault> {
        self.tap.op("revoke", Record, || {
            self.inner.revoke(serial_number, reason)
        })
    }
    fn next_crl(&mut self) -> Result<(u64, Vec<Revocation>), Fault> {
        self.tap.op("next-crl", Record, || self.inner.next_crl())
    }
    fn stream_crl(
        &mut self,
        each: &mut dyn FnMut(&Revocation) -> Result<(), Fault>,
    ) -> Result<u64, Fault> {
        self.tap
            .op("stream-crl", Record, || self.inner.stream_crl(each))
    }
}

impl<L: RetirementLedger> RetirementLedger for Tapped<L> {
    fn unit(&mut self, serial: &Serial) -> Result<UnitRecord, Fault> {
        self.tap.op("unit", Record, || self.inner.unit(serial))
    }
    fn earlier(&mut self, serial: &Serial) -> Result<Earlier, Fault> {
        self.tap
            .op("earlier", Record, || self.inner.earlier(serial))
    }
    fn owe(&mut self, serial: &Serial, registry: &RegistryName) -> Result<Due, Fault> {
        self.tap
            .op("owe", Record, || self.inner.owe(serial, registry))
    }
    fn answered(
        &mut self,
        serial: &Serial,
        registry: &RegistryName,
        answer: &Result<String, Fault>,
    ) -> Result<(), Fault> {
        let inner = &mut self.inner;
        self.tap.op("answered", Record, || {
            inner.answered(serial, registry, answer)
        })
    }
    fn retire(
        &mut self,
        serial: &Serial,
        document: &SealedDocument,
        complete: bool,
    ) -> Result<(), Fault> {
        let inner = &mut self.inner;
        self.tap.op("retire", Record, || {
            inner.retire(serial, document, complete)
        })
    }
    fn pause(&mut self, serial: &Serial) -> Result<(), Fault> {
        self.tap.op("pause", Record, || self.inner.pause(serial))
    }
}

impl<S: Signer> Signer for Tapped<S> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        self.tap.op("sign", Token, || self.inner.sign(message))
    }
    fn public_key(&self) -> &[u8] {
        self.inner.public_key()
    }
}

impl Registry for Tapped<Box<dyn Registry>> {
    fn name(&self) -> &RegistryName {
        self.inner.name()
    }
    fn deregister(&mut self, departure: &Departure<'_>) -> Result<String, Fault> {
        self.tap
            .op("deregister", Network, || self.inner.deregister(departure))
    }
    fn look(&mut self, unit: &UnitRecord) -> Result<Standing, Fault> {
        self.tap.op("look", Network, || self.inner.look(unit))
    }
}
