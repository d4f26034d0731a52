//! A chip in memory: flash that must be erased, one-time cells that only clear, protections.

use cradle_procedure::attestation::sector_mask;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{Sha256, Uid};
use cradle_procedure::plan::BurnItem;
use cradle_procedure::ports::{ChipState, Device, Fuses, ReadProtection};
use cradle_procedure::profile::{BANK_A, BOOTLOADER, TargetProfile};
use cradle_procedure::release::VerifiedRelease;
use cradle_protocol::attestation as eat;
use cradle_protocol::image;
use cradle_protocol::limits::MAX_ATTESTATION;
use cradle_protocol::message::{DeviceState, Nonce, PublicKey, WipeReport};
use cradle_protocol::metadata::Bank;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};

use super::Faults;

pub struct Chip {
    faults: Faults,
    profile: TargetProfile,
    provisioner: Vec<u8>,
    pub uid: [u8; 12],
    pub device_id: u32,
    pub flash_kib: u32,
    pub flash: Vec<u8>,
    pub fuses: Fuses,
    /// What the chip draws when it makes a key; the n-th key made has seed + n.
    seed: u8,
    key: Option<SigningKey>,
    pub certificate: Option<Vec<u8>>,
    provisioning: bool,
    /// Highest counter ever held, to see that it never overshoots.
    pub burns: Vec<BurnItem>,
    /// A claim that the firmware gets wrong, to see that it is noticed.
    pub lie: Option<fn(&mut eat::Claims<'_>)>,
    /// Power fails while the option bytes are rewritten, once: what is left is level 1 with no
    /// write protection.
    pub tear_option_bytes: bool,
}

impl Chip {
    pub fn new(faults: Faults, profile: TargetProfile, release: &VerifiedRelease) -> Self {
        Self {
            flash: vec![0x55; profile.flash_length() as usize],
            provisioner: release.provisioner().to_vec(),
            faults,
            uid: *b"\x2A\x00\x1F\x00\x0DQ894452",
            device_id: profile.device_id,
            flash_kib: profile.flash_kib,
            profile,
            fuses: Fuses {
                root_key: [0xFF; 32],
                root_key_locked: false,
                counter: 0,
                boot_key: None,
                acts: std::collections::BTreeSet::new(),
                rest_virgin: true,
                write_protected: Vec::new(),
                read_protection: ReadProtection::Open,
            },
            seed: 40,
            key: None,
            certificate: None,
            provisioning: false,
            burns: Vec::new(),
            lie: None,
            tear_option_bytes: false,
        }
    }

    fn act<T>(
        &mut self,
        operation: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let faults = self.faults.clone();
        let result = faults.guard(Code::LinkLost, || operation(self));
        if result.is_err() {
            self.provisioning = false;
        }
        result
    }

    fn region_hash(&self, name: &str, length: Option<usize>) -> Sha256 {
        let region = self.profile.region(name).unwrap();
        let start = (region.start - self.profile.flash.start) as usize;
        let length = length.unwrap_or(region.length as usize);
        Sha256::of(&self.flash[start..start + length])
    }

    fn bank(&self) -> &[u8] {
        let region = self.profile.region(BANK_A).unwrap();
        let start = (region.start - self.profile.flash.start) as usize;
        &self.flash[start..start + region.length as usize]
    }

    fn statement(&self, nonce: &Nonce) -> Vec<u8> {
        let image = image::parse_in_bank(self.bank()).unwrap();
        let mut claims = eat::Claims {
            nonce: *nonce,
            uid: self.uid,
            hardware_model: "STM32F405RG",
            software_name: "sample",
            software_version: "1.0.0",
            image_sha256: *image.digest,
            bootloader_sha256: *self.region_hash(BOOTLOADER, None).bytes(),
            root_key_sha256: self.fuses.root_key,
            root_key_locked: self.fuses.root_key_locked,
            counter: self.fuses.counter,
            rdp: if self.fuses.read_protection == ReadProtection::Open {
                0xAA
            } else {
                0x55
            },
            write_protected: sector_mask(&self.profile, &self.fuses.write_protected).unwrap(),
            boot_bank: Bank::A,
            bank_confirmed: true,
        };
        if let Some(lie) = self.lie {
            lie(&mut claims);
        }
        let mut payload = [0; 700];
        let length = eat::encode_claims(&claims, &mut payload).unwrap();
        let mut room = [0; eat::MAX_TO_BE_SIGNED];
        let signed = eat::to_be_signed(&payload[..length], &mut room).unwrap();
        let signature: Signature = self.key.as_ref().unwrap().sign(signed);
        let mut out = [0; MAX_ATTESTATION];
        eat::assemble(&payload[..length], &signature.to_bytes().into(), &mut out)
            .unwrap()
            .to_vec()
    }
}

impl Device for Chip {
    fn identify(&mut self) -> Result<ChipState, Fault> {
        self.act(|chip| {
            let open = chip.fuses.read_protection == ReadProtection::Open;
            Ok(ChipState {
                device_id: chip.device_id,
                revision: 0x1007,
                uid: Uid::new(&chip.uid),
                flash_kib: chip.flash_kib,
                fuses: open.then(|| chip.fuses.clone()),
                read_protection: chip.fuses.read_protection,
            })
        })
    }

    fn program(
        &mut self,
        address: u32,
        bytes: &[u8],
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), Fault> {
        self.erase(address, bytes.len() as u32)?;
        self.act(|chip| {
            let start = (address - chip.profile.flash.start) as usize;
            chip.flash[start..start + bytes.len()].copy_from_slice(bytes);
            progress(bytes.len() as u64);
            Ok(())
        })
    }

    fn erase(&mut self, address: u32, length: u32) -> Result<(), Fault> {
        self.act(|chip| {
            assert!(
                chip.fuses.write_protected.is_empty(),
                "erase after write protection"
            );
            let sectors: Vec<_> = chip.profile.sectors().collect();
            for (start, size) in sectors {
                if start < address + length && address < start + size {
                    let from = (start - chip.profile.flash.start) as usize;
                    chip.flash[from..from + size as usize].fill(0xFF);
                }
            }
            let nvs = chip.profile.region("nvs").unwrap().start;
            if address <= nvs && nvs < address + length {
                (chip.key, chip.certificate) = (None, None);
            }
            Ok(())
        })
    }

    fn read(&mut self, address: u32, length: u32) -> Result<Vec<u8>, Fault> {
        self.act(|chip| {
            let start = (address - chip.profile.flash.start) as usize;
            Ok(chip.flash[start..start + length as usize].to_vec())
        })
    }

    fn start_provisioner(&mut self, elf: &[u8]) -> Result<(), Fault> {
        self.act(|chip| {
            assert_eq!(elf, chip.provisioner);
            chip.provisioning = true;
            Ok(())
        })
    }

    fn make_key(&mut self) -> Result<PublicKey, Fault> {
        self.act(|chip| {
            assert!(chip.provisioning);
            if chip.key.is_none() {
                chip.seed += 1;
                chip.key = SigningKey::from_slice(&[chip.seed; 32]).ok();
            }
            let key = chip.key.as_ref().unwrap().verifying_key();
            Ok(PublicKey::from_sec1(key.to_sec1_point(false).as_bytes()).unwrap())
        })
    }

    fn sign_request(&mut self, info: &[u8]) -> Result<Vec<u8>, Fault> {
        self.act(|chip| {
            let signature: Signature = chip.key.as_ref().unwrap().sign(info);
            Ok(signature.to_der().as_bytes().to_vec())
        })
    }

    fn store_credentials(&mut self, certificate: &[u8], _: &PublicKey) -> Result<(), Fault> {
        self.act(|chip| {
            chip.certificate = Some(certificate.to_vec());
            Ok(())
        })
    }

    fn burn(&mut self, item: &BurnItem) -> Result<(), Fault> {
        self.act(|chip| {
            let options = matches!(item, BurnItem::WriteProtect(_) | BurnItem::ReadProtect);
            if options && std::mem::take(&mut chip.tear_option_bytes) {
                chip.fuses.write_protected.clear();
                chip.fuses.read_protection = ReadProtection::Locked;
                return Err(Fault::new(Code::LinkLost, "power failed"));
            }
            chip.burns.push(item.clone());
            match item {
                BurnItem::RootKeyHash(hash) => {
                    assert!(!chip.fuses.root_key_locked);
                    for (cell, wanted) in chip.fuses.root_key.iter_mut().zip(hash.bytes()) {
                        *cell &= wanted;
                    }
                }
                BurnItem::LockRootKey => chip.fuses.root_key_locked = true,
                BurnItem::Counter(value) => chip.fuses.counter = chip.fuses.counter.max(*value),
                BurnItem::WriteProtect(regions) => chip.fuses.write_protected = regions.clone(),
                BurnItem::ReadProtect => chip.fuses.read_protection = ReadProtection::Locked,
                BurnItem::BootKey(_) | BurnItem::Act { .. } => {
                    unreachable!("this chip has neither")
                }
            }
            Ok(())
        })
    }

    fn fuses(&mut self) -> Result<Fuses, Fault> {
        self.act(|chip| Ok(chip.fuses.clone()))
    }

    fn run(&mut self) -> Result<(), Fault> {
        self.act(|chip| {
            chip.provisioning = false;
            Ok(())
        })
    }

    fn ask_identity(&mut self) -> Result<(Uid, DeviceState), Fault> {
        self.act(|chip| Ok((Uid::new(&chip.uid), DeviceState::Operational)))
    }

    fn attest(&mut self, nonce: &Nonce) -> Result<Vec<u8>, Fault> {
        self.act(|chip| Ok(chip.statement(nonce)))
    }

    fn request_wipe(&mut self) -> Result<Nonce, Fault> {
        unreachable!("provisioning wipes nothing")
    }

    fn wipe(&mut self, _: &[u8; 64]) -> Result<WipeReport, Fault> {
        unreachable!("provisioning wipes nothing")
    }

    fn mass_erase(&mut self) -> Result<(), Fault> {
        unreachable!("provisioning erases nothing")
    }
}
