//! The chip in a slot, as the procedure sees it.

use std::collections::BTreeSet;
use std::sync::Arc;

use cradle_procedure::element::ElementFiles;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Uid;
use cradle_procedure::plan::BurnItem;
use cradle_procedure::ports::{ChipState, Device, Fuses, Protections, ReadProtection};
use cradle_procedure::profile::TargetProfile;
use cradle_protocol::message::{
    BootEvent, DeviceState, Nonce, Posture, ProvisionerReply, ProvisionerRequest, PublicKey,
    WipeReport,
};

use super::elf::RamProgram;
use super::link::Link;
use super::option_bytes::OptionBytes;
use super::{burn, identity, mass_erase, option_bytes, otp, program, provisioner};
use crate::agent::Agent;
use crate::conversation::{Answer, Ids};
use crate::provisioner::AsksProvisioner;
use crate::slot::Slot;

/// An STM32F40x/41x in a slot.
pub(crate) struct Stm32Device {
    link: Link,
    profile: TargetProfile,
    ids: Ids,
}

impl Stm32Device {
    /// The driver for that slot. Nothing is touched yet.
    pub(crate) fn new(slot: Arc<dyn Slot>, profile: &TargetProfile) -> Self {
        Self {
            link: Link::new(slot, &profile.chip, profile.device_id),
            profile: profile.clone(),
            ids: Ids::default(),
        }
    }

    /// Option bytes, and one-time memory where it can be read: level 1 hides it from the
    /// debugger (§3.7.3, table "Access versus read protection level").
    fn option_bytes_and_otp(&mut self) -> Result<(OptionBytes, Option<otp::Bytes>), Fault> {
        let (options, bytes) = self.link.with_core(Code::LinkLost, |core| {
            let options = option_bytes::read(core)?;
            let open = options.read_protection() == ReadProtection::Open;
            Ok((options, open.then(|| otp::read(core)).transpose()?))
        })?;
        if bytes.is_some() {
            self.link.connection()?.otp = bytes;
        }
        Ok((options, bytes))
    }

    fn decode(&self, options: OptionBytes, bytes: &otp::Bytes) -> Result<Fuses, Fault> {
        let otp = otp::decode(bytes)?;
        Ok(Fuses {
            root_key: otp.root_key,
            root_key_locked: otp.root_key_locked,
            counter: otp.counter,
            boot_key: None,
            acts: BTreeSet::new(),
            rest_virgin: otp.rest_virgin,
            write_protected: options.protected_regions(&self.profile),
            read_protection: options.read_protection(),
        })
    }

    fn agent(&mut self) -> Agent<'_> {
        Agent::new(self.link.slot(), &mut self.ids)
    }
}

impl AsksProvisioner for Stm32Device {
    fn answer_of_provisioner<T>(
        &mut self,
        request: &ProvisionerRequest<'_>,
        pick: impl Fn(ProvisionerReply<'_>) -> Option<T>,
    ) -> Result<Answer<T>, Fault> {
        provisioner::ask(&mut self.link, &mut self.ids, request, pick)
    }

    fn attached(&self) -> Option<&Uid> {
        self.link.uid()
    }
}

impl Device for Stm32Device {
    fn identify(&mut self) -> Result<ChipState, Fault> {
        self.link.identify()?;
        let silicon = self.link.with_core(Code::LinkLost, identity::read)?;
        let (options, bytes) = self.option_bytes_and_otp()?;
        let fuses = bytes
            .map(|bytes| self.decode(options, &bytes))
            .transpose()?;
        Ok(ChipState {
            device_id: silicon.device_id,
            revision: silicon.revision,
            uid: silicon.uid,
            flash_kib: silicon.flash_kib,
            fuses,
            read_protection: options.read_protection(),
        })
    }

    fn program(
        &mut self,
        address: u32,
        bytes: &[u8],
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), Fault> {
        program::program(&mut self.link, address, bytes, progress)
    }

    fn erase(&mut self, address: u32, length: u32) -> Result<(), Fault> {
        program::erase(&mut self.link, address, length)
    }

    fn read(&mut self, address: u32, length: u32) -> Result<Vec<u8>, Fault> {
        program::read(&mut self.link, address, length)
    }

    fn start_provisioner(&mut self, elf: &[u8]) -> Result<(), Fault> {
        let program = RamProgram::parse(elf)?;
        provisioner::start(&mut self.link, &program)?;
        self.check_hardware(self.profile.flash_kib)
    }

    fn make_key(&mut self) -> Result<PublicKey, Fault> {
        self.device_key()
    }

    fn element_files(&mut self) -> Result<ElementFiles, Fault> {
        self.files_of_the_element()
    }

    fn prove_element(&mut self, nonce: &Nonce) -> Result<[u8; 64], Fault> {
        self.proof_of_the_element(nonce)
    }

    fn sign_request(&mut self, info: &[u8]) -> Result<Vec<u8>, Fault> {
        self.signature(info)
    }

    fn store_credentials(&mut self, certificate: &[u8], wipe: &PublicKey) -> Result<(), Fault> {
        self.keep(certificate, wipe)
    }

    fn burn(&mut self, item: &BurnItem) -> Result<(), Fault> {
        burn::burn(&mut self.link, &mut self.ids, &self.profile, item)
    }

    /// Right after read protection was set, one-time memory is what was read over the same
    /// connection before: it is hidden now, and only the provisioner could have changed it.
    fn fuses(&mut self) -> Result<Fuses, Fault> {
        let (options, bytes) = self.option_bytes_and_otp()?;
        let bytes = bytes.or(self.link.connection()?.otp).ok_or_else(|| {
            let detail = "read protection hides the one-time memory";
            Fault::new(Code::AlreadyLocked, detail)
        })?;
        self.decode(options, &bytes)
    }

    /// `FLASH_OPTCR` can be read at levels 0 and 1.
    fn protections(&mut self) -> Result<Protections, Fault> {
        let options = self.link.with_core(Code::LinkLost, option_bytes::read)?;
        Ok(Protections {
            write_protected: options.protected_regions(&self.profile),
            read_protection: options.read_protection(),
            acts: BTreeSet::new(),
        })
    }

    fn run(&mut self) -> Result<(), Fault> {
        self.link.release();
        self.link.slot().power_cycle()
    }

    fn ask_identity(&mut self) -> Result<(Uid, DeviceState), Fault> {
        self.agent().identity()
    }

    fn attest(&mut self, nonce: &Nonce) -> Result<Vec<u8>, Fault> {
        self.agent().attest(nonce)
    }

    fn posture(&mut self) -> Result<Posture, Fault> {
        self.agent().posture()
    }

    fn boot_events(&mut self, after: u32) -> Result<Vec<BootEvent>, Fault> {
        self.agent().boot_events(after)
    }

    fn read_certificate(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        self.agent().read_certificate()
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

    fn mass_erase(&mut self) -> Result<(), Fault> {
        mass_erase::mass_erase(&mut self.link)
    }
}
