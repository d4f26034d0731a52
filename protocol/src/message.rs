//! The questions the station may ask and the answers a device gives.
//!
//! Two vocabularies: the *provisioner* (runs from RAM, over RTT or UART, only at the factory) and the
//! *agent* (lives in production firmware and, reduced, in the bootloader's recovery mode, over
//! UART). Enum order is the wire format: append only.

use serde::{Deserialize, Serialize};

use crate::metadata::{Bank, Event};

/// Speed of the agent's UART, 8N1.
pub const AGENT_BAUD: u32 = 921_600;
/// Speed of the provisioner where it talks over a UART, 8N1: what a ROM loader starts with.
pub const PROVISIONER_BAUD: u32 = 115_200;

/// Bytes in a challenge.
pub const NONCE_LENGTH: usize = 32;
/// A challenge, fresh for each question.
pub type Nonce = [u8; NONCE_LENGTH];
/// The chip's own identifier: the 96-bit unique device id of an STM32 (RM0090 §39.1); the factory
/// MAC of an ESP32-C3, as printed, and the first six bytes of its OPTIONAL_UNIQUE_ID.
pub type ChipUid = [u8; 12];
/// A P-256 public key, uncompressed SEC 1 point (0x04 ‖ X ‖ Y).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// X coordinate, big endian.
    pub x: [u8; 32],
    /// Y coordinate, big endian.
    pub y: [u8; 32],
}

impl PublicKey {
    /// The key as a 65-byte uncompressed SEC 1 point.
    #[must_use]
    pub fn to_sec1(self) -> [u8; 65] {
        let mut point = [4; 65];
        point[1..33].copy_from_slice(&self.x);
        point[33..].copy_from_slice(&self.y);
        point
    }

    /// Reads a 65-byte uncompressed SEC 1 point. Whether it lies on the curve is not checked.
    #[must_use]
    pub fn from_sec1(point: &[u8]) -> Option<Self> {
        let (4, rest) = (*point.first()?, &point[1..]) else {
            return None;
        };
        Some(Self {
            x: rest.get(..32)?.try_into().ok()?,
            y: rest.get(32..).filter(|y| y.len() == 32)?.try_into().ok()?,
        })
    }
}

/// What the station asks the provisioner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProvisionerRequest<'a> {
    /// Check the hardware and say who you are. Answer: [`ProvisionerReply::Hardware`].
    Hello,
    /// Make the device key from the TRNG and keep it; if one is kept already, that one counts.
    /// Answer: [`ProvisionerReply::Key`].
    MakeKey,
    /// Sign this `CertificationRequestInfo` DER; refused unless the key in it is the device's.
    /// Answer: [`ProvisionerReply::Signature`].
    SignRequest {
        /// `CertificationRequestInfo`, DER.
        info: &'a [u8],
    },
    /// Keep this certificate beside the key; refused unless it is for the device's key.
    /// Answer: [`ProvisionerReply::Done`].
    StoreCertificate {
        /// Certificate, DER.
        der: &'a [u8],
    },
    /// Keep the public key whose signature the agent will require on a wipe command.
    /// Answer: [`ProvisionerReply::Done`].
    StoreWipeAuthority {
        /// The authority's public key.
        key: PublicKey,
    },
    /// Program one word of the OTP area and read it back. Refused with [`Refusal::Range`] by a
    /// chip whose one-time memory the station burns itself.
    /// Answer: [`ProvisionerReply::Word`].
    BurnOtpWord {
        /// Index of the 32-bit word, from the start of the OTP area.
        index: u16,
        /// Value; bits already 0 stay 0.
        value: u32,
    },
    /// Lock one OTP block for good. Answer: [`ProvisionerReply::Word`] with its lock byte.
    LockOtpBlock {
        /// 0 to 15.
        block: u8,
    },
    /// Test the TRNG as before a key is made. Answer: [`ProvisionerReply::Trng`].
    CheckTrng,
    /// Read what the maker of the secure element put into it. Answer:
    /// [`ProvisionerReply::Element`].
    ReadElement {
        /// Which part.
        file: ElementFile,
    },
    /// Have the secure element sign [`element_statement`] with the key that its maker certified.
    /// Answer: [`ProvisionerReply::Element`] with r ‖ s, 64 bytes.
    ProveElement {
        /// Fresh challenge.
        nonce: Nonce,
    },
    /// Make the key that the chip encrypts its flash with, from the TRNG; burn it, so that no
    /// program reads it, and see that the chip uses it. What a power cut interrupted is finished,
    /// except where the key can still be read: that is refused with [`Refusal::AlreadySet`], and
    /// with [`Refusal::Range`] by a chip that encrypts no flash.
    /// Answer: [`ProvisionerReply::Done`].
    MakeFlashKey,
    /// Have the chip encrypt these bytes into flash and read them back; an address that begins a
    /// sector erases it first. Refused with [`Refusal::Range`] where the chip encrypts nothing.
    /// Answer: [`ProvisionerReply::Done`].
    WriteFlash {
        /// Where they go, a multiple of 16.
        address: u32,
        /// At most [`crate::limits::MAX_CHUNK`]; the last 16 are filled up with 0xFF.
        bytes: &'a [u8],
    },
    /// SHA-256 of encrypted flash, as programs read it. Refused like [`Self::WriteFlash`].
    /// Answer: [`ProvisionerReply::Digest`].
    DigestFlash {
        /// First address.
        start: u32,
        /// Length in bytes.
        length: u32,
    },
}

/// What the maker of a secure element put into it, as parts of at most
/// [`MAX_ELEMENT_FILE`](crate::limits::MAX_ELEMENT_FILE) bytes. Where they lie: data sheet of the
/// ATECC608B-TNGTLS, and the certificate definitions `tngtls_cert_def_*` of CryptoAuthLib.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ElementFile {
    /// Serial number, from the configuration zone: 9 bytes.
    SerialNumber,
    /// EUI-48 as hexadecimal text, slot 5: 12 bytes.
    Eui48,
    /// Public key of slot 0, computed by the element now: X ‖ Y.
    PublicKey,
    /// Compressed certificate of that key, slot 10: 72 bytes.
    DeviceCertificate,
    /// Public key of its signer, slot 11: 4 bytes of padding, X, 4 bytes of padding, Y.
    SignerKey,
    /// Compressed certificate of the signer, slot 12: 72 bytes.
    SignerCertificate,
}

/// What the provisioner answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProvisionerReply<'a> {
    /// Who and how healthy.
    Hardware(Hardware),
    /// The device's public key.
    Key(PublicKey),
    /// ECDSA P-256 / SHA-256 signature, DER `Ecdsa-Sig-Value`.
    Signature(&'a [u8]),
    /// A word as it reads after it was written.
    Word(u32),
    /// Done and verified on the device.
    Done,
    /// Not done, and why.
    Refused(Refusal),
    /// What is wrong with the TRNG, if anything is.
    Trng(Option<TrngFault>),
    /// As the secure element gave it.
    Element(&'a [u8]),
    /// SHA-256.
    Digest([u8; 32]),
}

/// What the provisioner's hardware check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hardware {
    /// Unique device identifier.
    pub uid: ChipUid,
    /// Main flash in KiB, as the chip says.
    pub flash_kib: u16,
    /// TRNG passed its start-up tests; if not, [`ProvisionerRequest::CheckTrng`] says why.
    pub trng_healthy: bool,
    /// Core clock in Hz.
    pub clock_hz: u32,
}

/// Why a TRNG must not make a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TrngFault {
    /// It reported that its clock is missing or too slow (CEIS, RM0090 §24.4.2).
    Clock,
    /// It reported a faulty sequence (SEIS, RM0090 §24.4.2).
    Seed,
    /// Repetition count test (NIST SP 800-90B §4.4.1).
    Repetition,
    /// Adaptive proportion test (NIST SP 800-90B §4.4.2).
    Proportion,
}

/// What the station asks the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentRequest<'a> {
    /// Who are you. Answer: [`AgentReply::Identity`]. The only question answered in every state.
    Identify,
    /// Prove it. Answer: [`AgentReply::Attestation`].
    Attest {
        /// Fresh challenge.
        nonce: Nonce,
    },
    /// Answer: [`AgentReply::Certificate`].
    ReadCertificate,
    /// Start a wipe. Answer: [`AgentReply::WipeChallenge`]; it is good for one command.
    RequestWipe,
    /// Zeroize the keys and erase the NVS. Answer: [`AgentReply::Wiped`].
    Wipe {
        /// Signature of the wipe authority over [`wipe_statement`], 64 bytes r ‖ s.
        signature: &'a [u8],
    },
    /// Make room for an image: erases that bank. Refused with [`Refusal::WrongState`] for the
    /// bank that runs, and while the running firmware has not proven itself.
    /// Answer: [`AgentReply::Received`] with 0.
    BeginUpdate {
        /// Where it is to go; it must be linked for that bank.
        bank: Bank,
        /// Bytes of the whole image.
        length: u32,
    },
    /// The next bytes of the image. A chunk that was taken already is taken again if it says the
    /// same. Answer: [`AgentReply::Received`].
    UpdateChunk {
        /// Where in the image they belong; a multiple of 4.
        offset: u32,
        /// At most [`crate::limits::MAX_CHUNK`]; a multiple of 4 but for the last.
        bytes: &'a [u8],
    },
    /// Verify what was received as the bootloader will, and put it on trial.
    /// Answer: [`AgentReply::Installed`], or [`Refusal::Rejected`].
    FinishUpdate,
    /// Answer: [`AgentReply::Restarting`]; then the device resets.
    Restart,
    /// The boot events after that one, oldest first. Answer: [`AgentReply::Events`].
    ReadEvents {
        /// Sequence number of the last one known; 0 for all that are kept.
        after: u32,
    },
    /// In which state of life and protection the device is. Not signed: [`Self::Attest`] proves.
    /// Answer: [`AgentReply::Posture`].
    ReadPosture,
    /// What became of the wipe, for a station that did not hear it. A device that was not wiped
    /// refuses with [`Refusal::WrongState`]. Answer: [`AgentReply::Wiped`].
    ReadWipeReport,
}

/// What the agent answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentReply<'a> {
    /// Who answers.
    Identity(Identity),
    /// COSE_Sign1 with EAT claims.
    Attestation(&'a [u8]),
    /// Device certificate, DER.
    Certificate(&'a [u8]),
    /// Challenge to be signed by the wipe authority.
    WipeChallenge(Nonce),
    /// What was done, each part read back.
    Wiped(WipeReport),
    /// Not done, and why.
    Refused(Refusal),
    /// Bytes of the image that are in flash and read back.
    Received(u32),
    /// The image is on trial from the next start.
    Installed(Bank),
    /// The device resets when this has left.
    Restarting,
    /// Boot events; fewer than [`EVENTS`] are all there are.
    Events([Option<BootEvent>; EVENTS]),
    /// State of life and protection.
    Posture(Posture),
}

/// Boot events in one answer.
pub const EVENTS: usize = 16;

/// One record of the boot metadata, see [`crate::metadata`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootEvent {
    /// Number of the record; grows by one with each.
    pub sequence: u32,
    /// Why it was written.
    pub event: Event,
    /// Bank that was trusted then.
    pub active: Option<Bank>,
    /// Bank that was put on trial.
    pub pending: Option<Bank>,
    /// Trial boots it has left.
    pub trials_left: u8,
    /// It confirmed itself.
    pub confirmed: bool,
}

/// State of life and protection, as the running firmware reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posture {
    /// Bank that runs.
    pub bank: Bank,
    /// It has proven itself.
    pub confirmed: bool,
    /// Anti-rollback counter in one-time memory.
    pub counter: u32,
    /// Read protection, see [`crate::attestation::Claims::rdp`].
    pub rdp: u8,
    /// Write-protected flash sectors, bit n for sector n.
    pub write_protected: u32,
    /// One-time memory holds a root-key hash and its block is locked.
    pub root_key_locked: bool,
    /// There is a device key.
    pub key: bool,
    /// There is a certificate.
    pub certificate: bool,
}

/// Who is on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Unique device identifier.
    pub uid: ChipUid,
    /// Which program answers.
    pub state: DeviceState,
}

/// Which program answers, and in which state of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceState {
    /// Production firmware, keys in place.
    Operational,
    /// Production firmware after a wipe; it says who it is and what became of the wipe, no more.
    Wiped,
    /// Bootloader: no bank verifies. Why, for banks A and B.
    Recovery([BankVerdict; 2]),
}

/// What the bootloader found when it checked a bank, in the order of its checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BankVerdict {
    /// Every check passed.
    Good,
    /// Erased: nothing to check.
    Empty,
    /// Header or TLV area not sane, or sizes do not fit the bank exactly.
    Malformed,
    /// The key in the image is not the one whose hash is in OTP.
    UnknownKey,
    /// The signature does not verify.
    BadSignature,
    /// The SHA-256 in the image differs from that of its bytes.
    BadHash,
    /// Security counter below the OTP counter.
    RolledBack,
    /// OTP holds no root-key hash.
    NoRootKey,
    /// Every check passed, but the image did not confirm itself in its trials.
    Unconfirmed,
}

/// What the agent erased; each part read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WipeReport {
    /// What became of the device's private key.
    pub key: KeyFate,
    /// The NVS sector reads erased.
    pub nvs_erased: bool,
}

/// What a wipe made of the private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyFate {
    /// It may still be there.
    Remains,
    /// Its cells read as zero.
    Zeroized,
    /// A secure element made another in its place, as the slot's public key shows. Nobody was
    /// told the new one, and no certificate is for it.
    Replaced {
        /// The element's slot.
        slot: u8,
    },
}

/// Why a device refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The frame or message was not understood.
    NotUnderstood,
    /// Over a limit of [`crate::limits`].
    TooLong,
    /// The public key given is not the device's own.
    ForeignKey,
    /// There is no device key (yet, or any more).
    NoKey,
    /// There is no certificate.
    NoCertificate,
    /// Something else is kept there already.
    AlreadySet,
    /// The TRNG reported a fault.
    Entropy,
    /// Flash or OTP did not take the value; status register of the flash controller.
    Storage(u32),
    /// Outside the memory this request may touch.
    Range,
    /// The signature does not verify, or no challenge is open.
    NotAuthorized,
    /// The device was wiped.
    Wiped,
    /// Not answered in this state.
    WrongState,
    /// The image that was received would not be run, and why.
    Rejected(BankVerdict),
    /// The secure element did not do it; its status byte, 0xFF if it was not understood.
    SecureElement(u8),
    /// The secure element's configuration is not locked, so it makes no key.
    ElementUnlocked,
}

/// Length of [`element_statement`].
pub const ELEMENT_STATEMENT_LENGTH: usize = ELEMENT_CONTEXT.len() + 12 + NONCE_LENGTH;
const ELEMENT_CONTEXT: &[u8; 20] = b"cradle/element/v1\0\0\0";

/// The bytes that a secure element signs (ECDSA P-256 over their SHA-256) to show that it has the
/// key that its maker certified: a context string, so that the signature serves for nothing else,
/// the UID of the chip beside it and the station's challenge.
#[must_use]
pub fn element_statement(uid: &ChipUid, nonce: &Nonce) -> [u8; ELEMENT_STATEMENT_LENGTH] {
    let mut statement = [0; ELEMENT_STATEMENT_LENGTH];
    statement[..20].copy_from_slice(ELEMENT_CONTEXT);
    statement[20..32].copy_from_slice(uid);
    statement[32..].copy_from_slice(nonce);
    statement
}

/// Length of [`wipe_statement`].
pub const WIPE_STATEMENT_LENGTH: usize = WIPE_CONTEXT.len() + 12 + NONCE_LENGTH;
const WIPE_CONTEXT: &[u8; 16] = b"cradle/wipe/v1\0\0";

/// The bytes that the wipe authority signs (ECDSA P-256 over their SHA-256): a context string,
/// the UID and the device's challenge, so that a command serves one device once.
#[must_use]
pub fn wipe_statement(uid: &ChipUid, challenge: &Nonce) -> [u8; WIPE_STATEMENT_LENGTH] {
    let mut statement = [0; WIPE_STATEMENT_LENGTH];
    statement[..16].copy_from_slice(WIPE_CONTEXT);
    statement[16..28].copy_from_slice(uid);
    statement[28..].copy_from_slice(challenge);
    statement
}
