//! A device that keeps flash, protection, key and agent state, and can fail at each of them.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Uid;
use cradle_procedure::plan::BurnItem;
use cradle_procedure::ports::{ChipState, Device, Fuses, ReadProtection};
use cradle_protocol::attestation::{self, Claims, MAX_TO_BE_SIGNED};
use cradle_protocol::limits::MAX_ATTESTATION;
use cradle_protocol::message::{
    ChipUid, DeviceState, KeyFate, Nonce, PublicKey, WipeReport, wipe_statement,
};
use cradle_protocol::metadata::Bank;

use super::office::Key;

pub const UID: ChipUid = *b"\x2A\x00\x33\x00\x0ECRADLE1";
pub const FLASH_START: u32 = 0x0800_0000;
pub const FLASH_BYTES: u32 = 1024 * 1024;

pub struct FakeDevice {
    pub uid: ChipUid,
    pub key: Option<Key>,
    /// What the debugger would read; `None` chips cannot be reached at all.
    pub flash: Vec<u8>,
    pub protection: ReadProtection,
    pub calls: Vec<&'static str>,
    pub firmware_dead: bool,
    /// Nothing is read from it any more, and only its firmware knows who it is.
    pub locked_for_ever: bool,
    /// The answer to the wipe order never arrives.
    pub wipe_answer_is_lost: bool,
    /// Its firmware is older than the question what became of a wipe.
    pub forgets_its_wipe: bool,
    /// What a wipe makes of the key.
    pub key_fate: KeyFate,
    pub wipe_leaves_key: bool,
    pub wipe_leaves_nvs: bool,
    pub attests_after_wipe: bool,
    pub erase_does_nothing: bool,
    pub erase_reports_failure: bool,
    pub stuck_byte: Option<usize>,
    authority: Key,
    challenge: Option<Nonce>,
    wiped: bool,
}

impl FakeDevice {
    pub fn new(key: Key, authority: Key) -> Self {
        Self {
            uid: UID,
            key: Some(key),
            flash: (0..FLASH_BYTES).map(|at| (at / 7) as u8).collect(),
            protection: ReadProtection::Locked,
            calls: Vec::new(),
            firmware_dead: false,
            locked_for_ever: false,
            wipe_answer_is_lost: false,
            forgets_its_wipe: false,
            key_fate: KeyFate::Zeroized,
            wipe_leaves_key: false,
            wipe_leaves_nvs: false,
            attests_after_wipe: false,
            erase_does_nothing: false,
            erase_reports_failure: false,
            stuck_byte: None,
            authority,
            challenge: None,
            wiped: false,
        }
    }

    pub fn is_blank(&self) -> bool {
        self.flash.iter().all(|byte| *byte == 0xFF)
    }

    fn agent(&mut self, call: &'static str) -> Result<(), Fault> {
        self.calls.push(call);
        if self.firmware_dead {
            return Err(Fault::new(Code::DeviceSilent, call));
        }
        Ok(())
    }

    /// Somebody wiped it long ago.
    pub fn wipe_before(&mut self) {
        self.wiped = true;
    }

    fn report(&self) -> WipeReport {
        WipeReport {
            key: match self.wipe_leaves_key {
                true => KeyFate::Remains,
                false => self.key_fate,
            },
            nvs_erased: !self.wipe_leaves_nvs,
        }
    }
}

impl Device for FakeDevice {
    fn identify(&mut self) -> Result<ChipState, Fault> {
        self.calls.push("identify");
        if self.locked_for_ever && self.firmware_dead {
            return Err(Fault::new(Code::SecureDownload, "nobody answers"));
        }
        Ok(ChipState {
            device_id: 0x413,
            revision: 0x100F,
            uid: Uid::new(&self.uid),
            flash_kib: FLASH_BYTES / 1024,
            fuses: None,
            read_protection: self.protection,
        })
    }

    fn read(&mut self, address: u32, length: u32) -> Result<Vec<u8>, Fault> {
        self.calls.push("read");
        if self.protection != ReadProtection::Open {
            return Err(Fault::new(Code::LinkLost, "read protected"));
        }
        let start = (address - FLASH_START) as usize;
        Ok(self.flash[start..start + length as usize].to_vec())
    }

    fn run(&mut self) -> Result<(), Fault> {
        self.calls.push("run");
        Ok(())
    }

    fn ask_identity(&mut self) -> Result<(Uid, DeviceState), Fault> {
        self.agent("ask_identity")?;
        let state = if self.wiped {
            DeviceState::Wiped
        } else {
            DeviceState::Operational
        };
        Ok((Uid::new(&self.uid), state))
    }

    fn attest(&mut self, nonce: &Nonce) -> Result<Vec<u8>, Fault> {
        self.agent("attest")?;
        match &self.key {
            Some(key) if !self.wiped || self.attests_after_wipe => {
                Ok(attestation(key, self.uid, *nonce))
            }
            _ => Err(Fault::new(Code::DeviceRefused, "Wiped")),
        }
    }

    fn request_wipe(&mut self) -> Result<Nonce, Fault> {
        self.agent("request_wipe")?;
        if self.wiped {
            return Err(Fault::new(Code::DeviceRefused, "Wiped"));
        }
        self.challenge = Some([0x5C; 32]);
        Ok([0x5C; 32])
    }

    fn wipe(&mut self, signature: &[u8; 64]) -> Result<WipeReport, Fault> {
        self.agent("wipe")?;
        let challenge = self.challenge.take();
        let statement = challenge.map(|challenge| wipe_statement(&self.uid, &challenge));
        if !statement.is_some_and(|it| self.authority.verifies_raw(&it, signature)) {
            return Err(Fault::new(Code::WipeNotAuthorized, "NotAuthorized"));
        }
        self.wiped = true;
        if self.wipe_answer_is_lost {
            return Err(Fault::new(Code::LinkLost, "the cable came off"));
        }
        Ok(self.report())
    }

    fn wipe_report(&mut self) -> Result<WipeReport, Fault> {
        self.agent("wipe_report")?;
        match self.wiped && !self.forgets_its_wipe {
            true => Ok(self.report()),
            false => Err(Fault::new(Code::DeviceRefused, "WrongState")),
        }
    }

    fn mass_erase(&mut self) -> Result<(), Fault> {
        self.calls.push("mass_erase");
        if !self.erase_does_nothing {
            self.flash.fill(0xFF);
            if !self.locked_for_ever {
                self.protection = ReadProtection::Open;
            }
            self.firmware_dead = true;
        }
        if let Some(at) = self.stuck_byte {
            self.flash[at] = 0xFE;
        }
        if self.erase_reports_failure {
            return Err(Fault::new(Code::ProtectFailed, "status register"));
        }
        Ok(())
    }

    fn starts_nothing(&mut self) -> Result<String, Fault> {
        self.calls.push("starts_nothing");
        match self.is_blank() {
            true => Ok("invalid header: 0xffffffff".to_owned()),
            false => Err(Fault::new(Code::NotBlank, "it starts something")),
        }
    }

    fn program(&mut self, _: u32, _: &[u8], _: &mut dyn FnMut(u64)) -> Result<(), Fault> {
        unasked()
    }
    fn erase(&mut self, _: u32, _: u32) -> Result<(), Fault> {
        unasked()
    }
    fn start_provisioner(&mut self, _: &[u8]) -> Result<(), Fault> {
        unasked()
    }
    fn make_key(&mut self) -> Result<PublicKey, Fault> {
        unasked()
    }
    fn sign_request(&mut self, _: &[u8]) -> Result<Vec<u8>, Fault> {
        unasked()
    }
    fn store_credentials(&mut self, _: &[u8], _: &PublicKey) -> Result<(), Fault> {
        unasked()
    }
    fn burn(&mut self, _: &BurnItem) -> Result<(), Fault> {
        unasked()
    }
    fn fuses(&mut self) -> Result<Fuses, Fault> {
        unasked()
    }
}

fn unasked<T>() -> Result<T, Fault> {
    panic!("a decommissioning does not ask this")
}

fn attestation(key: &Key, uid: ChipUid, nonce: Nonce) -> Vec<u8> {
    let claims = Claims {
        nonce,
        uid,
        hardware_model: "STM32F405",
        software_name: "sample",
        software_version: "1.4.2",
        image_sha256: [3; 32],
        bootloader_sha256: [4; 32],
        root_key_sha256: [5; 32],
        root_key_locked: true,
        counter: 3,
        rdp: 0x00,
        write_protected: 3,
        boot_bank: Bank::A,
        bank_confirmed: true,
    };
    let mut payload = [0; MAX_ATTESTATION];
    let length = attestation::encode_claims(&claims, &mut payload).unwrap();
    let mut room = [0; MAX_TO_BE_SIGNED];
    let message = attestation::to_be_signed(&payload[..length], &mut room).unwrap();
    let signature = key.sign_raw(message);
    let mut room = [0; MAX_ATTESTATION];
    attestation::assemble(&payload[..length], &signature, &mut room)
        .unwrap()
        .to_vec()
}
