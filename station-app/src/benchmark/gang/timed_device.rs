//! A driver whose calls are timed.

use std::time::{Duration, Instant};

use cradle_procedure::element::ElementFiles;
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::Uid;
use cradle_procedure::plan::BurnItem;
use cradle_procedure::ports::{ChipState, Device, Fuses, Protections};
use cradle_protocol::message::{BootEvent, DeviceState, Nonce, Posture, PublicKey, WipeReport};

pub(super) struct TimedDevice {
    device: Box<dyn Device>,
    spent: Duration,
}

impl TimedDevice {
    pub(super) fn new(device: Box<dyn Device>) -> Self {
        Self {
            device,
            spent: Duration::ZERO,
        }
    }

    /// Time inside its calls so far.
    pub(super) fn spent(&self) -> Duration {
        self.spent
    }

    fn time<T>(&mut self, call: impl FnOnce(&mut dyn Device) -> T) -> T {
        let begun = Instant::now();
        let answer = call(self.device.as_mut());
        self.spent += begun.elapsed();
        answer
    }
}

impl Device for TimedDevice {
    fn identify(&mut self) -> Result<ChipState, Fault> {
        self.time(|device| device.identify())
    }

    fn program(
        &mut self,
        address: u32,
        bytes: &[u8],
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), Fault> {
        self.time(|device| device.program(address, bytes, progress))
    }

    fn erase(&mut self, address: u32, length: u32) -> Result<(), Fault> {
        self.time(|device| device.erase(address, length))
    }

    fn read(&mut self, address: u32, length: u32) -> Result<Vec<u8>, Fault> {
        self.time(|device| device.read(address, length))
    }

    fn encrypts(&self, address: u32) -> bool {
        self.device.encrypts(address)
    }

    fn holds(
        &mut self,
        address: u32,
        bytes: &[u8],
        progress: &mut dyn FnMut(u64),
    ) -> Result<bool, Fault> {
        self.time(|device| device.holds(address, bytes, progress))
    }

    fn start_provisioner(&mut self, elf: &[u8]) -> Result<(), Fault> {
        self.time(|device| device.start_provisioner(elf))
    }

    fn make_key(&mut self) -> Result<PublicKey, Fault> {
        self.time(|device| device.make_key())
    }

    fn element_files(&mut self) -> Result<ElementFiles, Fault> {
        self.time(|device| device.element_files())
    }

    fn prove_element(&mut self, nonce: &Nonce) -> Result<[u8; 64], Fault> {
        self.time(|device| device.prove_element(nonce))
    }

    fn sign_request(&mut self, info: &[u8]) -> Result<Vec<u8>, Fault> {
        self.time(|device| device.sign_request(info))
    }

    fn store_credentials(&mut self, certificate: &[u8], wipe: &PublicKey) -> Result<(), Fault> {
        self.time(|device| device.store_credentials(certificate, wipe))
    }

    fn burn(&mut self, item: &BurnItem) -> Result<(), Fault> {
        self.time(|device| device.burn(item))
    }

    fn burn_together(&mut self, items: &[&BurnItem]) -> Result<(), Fault> {
        self.time(|device| device.burn_together(items))
    }

    fn fuses(&mut self) -> Result<Fuses, Fault> {
        self.time(|device| device.fuses())
    }

    fn protections(&mut self) -> Result<Protections, Fault> {
        self.time(|device| device.protections())
    }

    fn run(&mut self) -> Result<(), Fault> {
        self.time(|device| device.run())
    }

    fn ask_identity(&mut self) -> Result<(Uid, DeviceState), Fault> {
        self.time(|device| device.ask_identity())
    }

    fn attest(&mut self, nonce: &Nonce) -> Result<Vec<u8>, Fault> {
        self.time(|device| device.attest(nonce))
    }

    fn posture(&mut self) -> Result<Posture, Fault> {
        self.time(|device| device.posture())
    }

    fn boot_events(&mut self, after: u32) -> Result<Vec<BootEvent>, Fault> {
        self.time(|device| device.boot_events(after))
    }

    fn read_certificate(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        self.time(|device| device.read_certificate())
    }

    fn request_wipe(&mut self) -> Result<Nonce, Fault> {
        self.time(|device| device.request_wipe())
    }

    fn wipe(&mut self, signature: &[u8; 64]) -> Result<WipeReport, Fault> {
        self.time(|device| device.wipe(signature))
    }

    fn wipe_report(&mut self) -> Result<WipeReport, Fault> {
        self.time(|device| device.wipe_report())
    }

    fn mass_erase(&mut self) -> Result<(), Fault> {
        self.time(|device| device.mass_erase())
    }
}
