//! The chip in a slot, as the procedure sees it.

use std::collections::BTreeSet;
use std::sync::Arc;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Uid;
use cradle_procedure::plan::BurnItem;
use cradle_procedure::ports::{
    ChipState, Device, Forecast, Fuses, Protections, ReadProtection, holds_as_read,
};
use cradle_procedure::profile::TargetProfile;
use cradle_protocol::message::{
    BootEvent, DeviceState, Nonce, Posture, ProvisionerReply, ProvisionerRequest, PublicKey,
    WipeReport,
};

use super::boot_log;
use super::efuse::{self, DOWNLOAD_DISABLE, JTAG_DISABLE, SECURE_BOOT, SECURE_DOWNLOAD};
use super::elf::RamProgram;
use super::encrypted;
use super::flash;
use super::identity::{self, CHIP_ID};
use super::link::Link;
use crate::agent::Agent;
use crate::conversation::{Answer, Ids};
use crate::provisioner::AsksProvisioner;
use crate::slot::Slot;

/// Flags of the security information ("serial protocol", `GET_SECURITY_INFO`).
const FLAG_SECURE_BOOT: u32 = 1 << 0;
const FLAG_HARD_DIS_JTAG: u32 = 1 << 7;
/// Read-protection byte of a chip that is closed for ever.
const FOR_EVER: u8 = 0xCC;

/// An ESP32-C3 in a slot.
pub(crate) struct Esp32C3Device {
    link: Link,
    profile: TargetProfile,
    ids: Ids,
}

impl Esp32C3Device {
    /// The driver for that slot. Nothing is touched yet.
    pub(crate) fn new(slot: Arc<dyn Slot>, profile: &TargetProfile) -> Self {
        Self {
            link: Link::new(slot),
            profile: profile.clone(),
            ids: Ids::default(),
        }
    }

    fn agent(&mut self) -> Agent<'_> {
        Agent::new(self.link.slot(), &mut self.ids)
    }

    /// An open chip, as its loader tells.
    fn open_state(&mut self) -> Result<ChipState, Fault> {
        let image = self.link.efuses()?;
        let flash_kib = self.link.with_loader(super::loader::Loader::flash_kib)?;
        let fuses = efuse::decode(&image);
        Ok(ChipState {
            device_id: CHIP_ID,
            revision: identity::revision(&image),
            uid: identity::uid(&image),
            flash_kib,
            read_protection: fuses.read_protection,
            fuses: Some(fuses),
        })
    }

    /// A chip whose loader tells nothing any more: its firmware says who it is, and revision and
    /// flash are those of the profile that it was locked under. Whether the firmware is right,
    /// its attestation has to show.
    fn hidden_state(&mut self, on: &Protections) -> Result<ChipState, Fault> {
        self.link.release();
        if boot_log::has_nothing_to_start(self.link.slot(), self.encrypts(0))? {
            return Err(Fault::new(Code::SecureDownload, "its flash is erased"));
        }
        let (uid, _) = self.agent().identity().map_err(|fault| match fault.code {
            Code::DeviceSilent => Fault::new(Code::SecureDownload, fault),
            _ => fault,
        })?;
        self.link.recognise(uid.clone())?;
        let revisions = &self.profile.genuine.revisions;
        Ok(ChipState {
            device_id: self.profile.device_id,
            revision: revisions.first().copied().unwrap_or(0),
            uid,
            flash_kib: self.profile.flash_kib,
            fuses: None,
            read_protection: on.read_protection,
        })
    }

    /// What the loader tells in secure download mode.
    fn secure_download_protections(flags: u32) -> Protections {
        let flagged = [
            (true, SECURE_DOWNLOAD),
            (flags & FLAG_SECURE_BOOT != 0, SECURE_BOOT),
            (flags & FLAG_HARD_DIS_JTAG != 0, JTAG_DISABLE),
        ];
        let acts: BTreeSet<_> = flagged
            .into_iter()
            .filter(|(on, _)| *on)
            .map(|(_, name)| name.to_owned())
            .collect();
        Protections {
            write_protected: Vec::new(),
            read_protection: efuse::protection(true, acts.contains(JTAG_DISABLE)),
            acts,
        }
    }

    /// Where no loader answers: what the firmware says, if it says that there is none for ever.
    fn protections_by_firmware(&mut self, silent: Fault) -> Result<Protections, Fault> {
        self.link.run()?;
        match self.agent().identity().and_then(|_| self.agent().posture()) {
            Ok(posture) if posture.rdp == FOR_EVER => Ok(Protections {
                write_protected: Vec::new(),
                read_protection: ReadProtection::Permanent,
                acts: [DOWNLOAD_DISABLE, SECURE_BOOT, JTAG_DISABLE]
                    .map(str::to_owned)
                    .into(),
            }),
            _ => Err(silent),
        }
    }
}

impl AsksProvisioner for Esp32C3Device {
    fn answer_of_provisioner<T>(
        &mut self,
        request: &ProvisionerRequest<'_>,
        pick: impl Fn(ProvisionerReply<'_>) -> Option<T>,
    ) -> Result<Answer<T>, Fault> {
        let answer = self.link.provisioner()?.ask(&mut self.ids, request, pick);
        if answer.is_err() {
            self.link.release();
        }
        answer
    }

    fn attached(&self) -> Option<&Uid> {
        self.link.uid()
    }
}

impl Device for Esp32C3Device {
    fn identify(&mut self) -> Result<ChipState, Fault> {
        self.link.forget();
        let on = self.protections()?;
        match on.acts.contains(SECURE_DOWNLOAD) || on.acts.contains(DOWNLOAD_DISABLE) {
            false => self.open_state(),
            true => self.hidden_state(&on),
        }
    }

    fn program(
        &mut self,
        address: u32,
        bytes: &[u8],
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), Fault> {
        if self.encrypts(address) {
            return encrypted::program(self, address, bytes, progress);
        }
        self.link
            .with_loader(|loader| flash::program(loader, address, bytes, progress))
    }

    fn encrypts(&self, address: u32) -> bool {
        encrypted::is_encrypted(&self.profile, address)
    }

    fn holds(
        &mut self,
        address: u32,
        bytes: &[u8],
        progress: &mut dyn FnMut(u64),
    ) -> Result<bool, Fault> {
        if self.encrypts(address) {
            let held = encrypted::holds(self, address, bytes)?;
            progress(bytes.len() as u64);
            return Ok(held);
        }
        holds_as_read(self, address, bytes, progress)
    }

    fn erase(&mut self, address: u32, length: u32) -> Result<(), Fault> {
        self.link
            .with_loader(|loader| flash::erase(loader, address, length, &mut |_| {}))
    }

    fn read(&mut self, address: u32, length: u32) -> Result<Vec<u8>, Fault> {
        self.link
            .with_loader(|loader| flash::read(loader, address, length))
    }

    fn start_provisioner(&mut self, elf: &[u8]) -> Result<(), Fault> {
        self.link.load(RamProgram::parse(elf)?);
        self.check_hardware(self.profile.flash_kib)
    }

    fn make_key(&mut self) -> Result<PublicKey, Fault> {
        self.device_key()
    }

    fn sign_request(&mut self, info: &[u8]) -> Result<Vec<u8>, Fault> {
        self.signature(info)
    }

    fn store_credentials(&mut self, certificate: &[u8], wipe: &PublicKey) -> Result<(), Fault> {
        self.keep(certificate, wipe)
    }

    fn burn(&mut self, item: &BurnItem) -> Result<(), Fault> {
        self.burn_together(&[item])
    }

    /// The loader keeps what it read of the fuses at its start, so what was burnt counts from
    /// the next reset on; the driver reads the cells themselves.
    fn burn_together(&mut self, items: &[&BurnItem]) -> Result<(), Fault> {
        match items.iter().any(|item| efuse::is_flash_key(item)) {
            true => encrypted::make_key(self),
            false => self
                .link
                .with_loader(|loader| efuse::burn(loader, items).map(drop)),
        }
    }

    fn forecast(&mut self, items: &[BurnItem]) -> Result<Vec<Forecast>, Fault> {
        self.link
            .with_loader(|loader| efuse::forecast(loader, items))
    }

    fn fuses(&mut self) -> Result<Fuses, Fault> {
        let image = self.link.efuses()?;
        Ok(efuse::decode(&image))
    }

    /// In secure download mode the loader still tells that it is, and whether it starts signed
    /// bootloaders only.
    fn protections(&mut self) -> Result<Protections, Fault> {
        match self.link.loader() {
            Ok(loader) if loader.is_secure_download() => {
                let flags = loader.security().flags;
                Ok(Self::secure_download_protections(flags))
            }
            Ok(_) => Ok(self.fuses()?.protections()),
            Err(fault) if fault.code == Code::NotInDownloadMode => {
                self.protections_by_firmware(fault)
            }
            Err(fault) => Err(fault),
        }
    }

    fn run(&mut self) -> Result<(), Fault> {
        self.link.run()
    }

    fn ask_identity(&mut self) -> Result<(Uid, DeviceState), Fault> {
        self.link.release();
        self.agent().identity()
    }

    fn attest(&mut self, nonce: &Nonce) -> Result<Vec<u8>, Fault> {
        self.agent().attest(nonce)
    }

    fn read_certificate(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        self.agent().read_certificate()
    }

    fn posture(&mut self) -> Result<Posture, Fault> {
        self.agent().posture()
    }

    fn boot_events(&mut self, after: u32) -> Result<Vec<BootEvent>, Fault> {
        self.agent().boot_events(after)
    }

    fn request_wipe(&mut self) -> Result<Nonce, Fault> {
        self.agent().request_wipe()
    }

    fn wipe(&mut self, signature: &[u8; 64]) -> Result<WipeReport, Fault> {
        self.agent().wipe(signature)
    }

    fn wipe_report(&mut self) -> Result<WipeReport, Fault> {
        self.agent().wipe_report()
    }

    /// Erases the whole flash through the loader. What was burnt stays.
    fn mass_erase(&mut self) -> Result<(), Fault> {
        let length = self.profile.flash_length();
        self.link
            .with_loader(|loader| flash::erase(loader, 0, length, &mut |_| {}))
    }

    fn starts_nothing(&mut self) -> Result<String, Fault> {
        self.link.release();
        boot_log::of_an_erased_flash(self.link.slot(), self.encrypts(0))
    }
}
