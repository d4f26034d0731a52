//! What a journey needs from the world. Each trait is implemented in one crate and knows nothing
//! of the others.

use cradle_protocol::message::{BootEvent, DeviceState, Nonce, Posture, PublicKey, WipeReport};

use crate::curve::SubjectKey;
use crate::element::ElementFiles;
use crate::fault::{Code, Fault};
use crate::ids::{BatchId, ReleaseId, Serial, Sha256, SlotId, Uid};
use crate::named::named;
use crate::plan::BurnItem;
use crate::step::{StepId, StepReport, Verdict};

pub use crate::chip::{ChipState, Forecast, Fuses, Protections, ReadProtection};
pub use crate::retirement::{Attempt, Due, Earlier, HandOver, RetirementLedger, SealedDocument};
pub use crate::revocation::{
    CertificateStatus, Revocation, RevocationLedger, RevocationReason, Revoker, StatusLedger,
};

/// Bytes that are read in one go.
const READ_BLOCK: u32 = 32 * 1024;

/// One chip in one slot. Implemented by the drivers in `bench`; the caller cannot tell which
/// family it is, nor whether it is emulated.
pub trait Device: Send {
    /// Attaches, under reset if needed, and reads who and how the chip is. Changes nothing.
    ///
    /// # Errors
    /// `DEV-01` nothing answers, `DEV-02` another chip family.
    fn identify(&mut self) -> Result<ChipState, Fault>;

    /// Erases the sectors under `[address, address + bytes.len())` and writes `bytes`.
    /// `progress` is told the bytes done so far.
    ///
    /// # Errors
    /// `DEV-07`, `DEV-08`.
    fn program(
        &mut self,
        address: u32,
        bytes: &[u8],
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), Fault>;

    /// Erases the sectors that make up `[address, address + length)`.
    ///
    /// # Errors
    /// `DEV-07`, `DEV-08`.
    fn erase(&mut self, address: u32, length: u32) -> Result<(), Fault>;

    /// Reads flash through the debugger or loader.
    ///
    /// # Errors
    /// `DEV-07`.
    fn read(&mut self, address: u32, length: u32) -> Result<Vec<u8>, Fault>;

    /// Whether the chip encrypts what is written there: then [`Device::read`] gives what stands
    /// in flash, and [`Device::holds`] asks the chip for a digest of what it reads.
    fn encrypts(&self, _address: u32) -> bool {
        false
    }

    /// Whether the flash from `address` on holds these bytes. `progress` is told the bytes
    /// compared so far.
    ///
    /// # Errors
    /// As [`Device::read`].
    fn holds(
        &mut self,
        address: u32,
        bytes: &[u8],
        progress: &mut dyn FnMut(u64),
    ) -> Result<bool, Fault> {
        holds_as_read(self, address, bytes, progress)
    }

    /// Loads the provisioner (an ELF linked to RAM) and runs its hardware check.
    ///
    /// # Errors
    /// `DEV-07`, `DEV-12`, `DEV-14`.
    fn start_provisioner(&mut self, elf: &[u8]) -> Result<(), Fault>;

    /// The device makes its key, or names the one it has made before.
    ///
    /// # Errors
    /// `DEV-13`, `DEV-14`.
    fn make_key(&mut self) -> Result<PublicKey, Fault>;

    /// The provisioner reads what the maker of the board's secure element put into it.
    ///
    /// # Errors
    /// `DEV-22`; `DEV-13` from drivers of boards that have none.
    fn element_files(&mut self) -> Result<ElementFiles, Fault> {
        Err(no_such_question())
    }

    /// The secure element signs [`element_statement`](cradle_protocol::message::element_statement)
    /// for this chip with the key that its maker certified. Returns r ‖ s.
    ///
    /// # Errors
    /// As [`Device::element_files`].
    fn prove_element(&mut self, _nonce: &Nonce) -> Result<[u8; 64], Fault> {
        Err(no_such_question())
    }

    /// The device signs a `CertificationRequestInfo` (DER). Returns the DER signature.
    ///
    /// # Errors
    /// `DEV-13`.
    fn sign_request(&mut self, info: &[u8]) -> Result<Vec<u8>, Fault>;

    /// Stores certificate (DER) and the key that may order a wipe.
    ///
    /// # Errors
    /// `DEV-13`.
    fn store_credentials(&mut self, certificate: &[u8], wipe: &PublicKey) -> Result<(), Fault>;

    /// Burns or protects one item. Irreversible. Not verified here: read [`Device::fuses`].
    ///
    /// # Errors
    /// `DEV-10`, `DEV-11`.
    fn burn(&mut self, item: &BurnItem) -> Result<(), Fault>;

    /// Burns items that may take in any order, in as few burns as the chip allows.
    ///
    /// # Errors
    /// As [`Device::burn`].
    fn burn_together(&mut self, items: &[&BurnItem]) -> Result<(), Fault> {
        items.iter().try_for_each(|item| self.burn(item))
    }

    /// What the parts of its one-time memory hold, and would hold once these were burnt. Changes
    /// nothing. Empty from drivers that know no finer parts than the items.
    ///
    /// # Errors
    /// `DEV-07`; as [`Device::burn`] where the chip would refuse an item.
    fn forecast(&mut self, _items: &[BurnItem]) -> Result<Vec<Forecast>, Fault> {
        Ok(Vec::new())
    }

    /// Reads all one-time values and protections as the chip holds them now.
    ///
    /// # Errors
    /// `DEV-07`.
    fn fuses(&mut self) -> Result<Fuses, Fault>;

    /// Reads the protections, which a read-protected chip still shows.
    ///
    /// # Errors
    /// `DEV-07`.
    fn protections(&mut self) -> Result<Protections, Fault> {
        Ok(self.fuses()?.protections())
    }

    /// Lets go of the debugger, takes power away and gives it again, so that the chip runs from
    /// flash the way it will in the field.
    ///
    /// # Errors
    /// `DEV-01`.
    fn run(&mut self) -> Result<(), Fault>;

    /// Asks the running firmware who it is.
    ///
    /// # Errors
    /// `DEV-12`.
    fn ask_identity(&mut self) -> Result<(Uid, DeviceState), Fault>;

    /// Asks the running firmware for an attestation (COSE_Sign1, tagged).
    ///
    /// # Errors
    /// `DEV-12`, `DEV-13`.
    fn attest(&mut self, nonce: &Nonce) -> Result<Vec<u8>, Fault>;

    /// Asks the running firmware in which state of life and protection it is. Unsigned: for
    /// diagnosis, not for proof.
    ///
    /// # Errors
    /// `DEV-12`, `DEV-13`; `DEV-13` from drivers whose firmware has no such question.
    fn posture(&mut self) -> Result<Posture, Fault> {
        Err(no_such_question())
    }

    /// Asks the running firmware for the boot events after that one, oldest first; 0 for all it
    /// has kept.
    ///
    /// # Errors
    /// As [`Device::posture`].
    fn boot_events(&mut self, _after: u32) -> Result<Vec<BootEvent>, Fault> {
        Err(no_such_question())
    }

    /// Asks the running firmware for the certificate it keeps (DER); `None` if it has none.
    ///
    /// # Errors
    /// As [`Device::posture`].
    fn read_certificate(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        Err(no_such_question())
    }

    /// Asks the running firmware for a wipe challenge.
    ///
    /// # Errors
    /// `DEV-12`, `DEV-13`.
    fn request_wipe(&mut self) -> Result<Nonce, Fault>;

    /// Orders the wipe; `signature` is r ‖ s by the wipe authority.
    ///
    /// # Errors
    /// `WIP-01`, `DEV-12`.
    fn wipe(&mut self, signature: &[u8; 64]) -> Result<WipeReport, Fault>;

    /// Asks firmware that was wiped before what became of that.
    ///
    /// # Errors
    /// As [`Device::posture`]; `DEV-13`, too, if it was not wiped.
    fn wipe_report(&mut self) -> Result<WipeReport, Fault> {
        Err(no_such_question())
    }

    /// Removes the read protection, which makes the chip erase its whole flash, and all write
    /// protection; returns with the chip attached again and open.
    ///
    /// # Errors
    /// `DEV-07`, `DEV-11`.
    fn mass_erase(&mut self) -> Result<(), Fault>;

    /// For a chip whose flash cannot be read back any more: restarts it and listens to what its
    /// ROM says of the flash. Returns the ROM's words if it finds an erased one.
    ///
    /// # Errors
    /// `DEV-19` it starts something, or says nothing; `DEV-13` from drivers of chips that can
    /// always be read once they are erased.
    fn starts_nothing(&mut self) -> Result<String, Fault> {
        Err(Fault::new(
            Code::DeviceRefused,
            "its ROM says nothing of the flash",
        ))
    }
}

/// [`Device::holds`] by reading everything.
///
/// # Errors
/// As [`Device::read`].
pub fn holds_as_read<D: Device + ?Sized>(
    device: &mut D,
    address: u32,
    bytes: &[u8],
    progress: &mut dyn FnMut(u64),
) -> Result<bool, Fault> {
    let mut compared = 0;
    for wanted in bytes.chunks(READ_BLOCK as usize) {
        let length = wanted.len() as u32;
        if device.read(address + compared, length)? != wanted {
            return Ok(false);
        }
        compared += length;
        progress(compared.into());
    }
    Ok(true)
}

fn no_such_question() -> Fault {
    Fault::new(Code::DeviceRefused, "its firmware has no such question")
}

/// What the batch allows. A value of this type is the answer to [`Ledger::authorize`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// The open batch.
    pub batch: BatchId,
    /// The release it was approved for.
    pub release: ReleaseId,
    /// Digest of that release's manifest.
    pub manifest: Sha256,
    /// Units left in the quota.
    pub left: u32,
}

/// What the record knows of a unit when its chip shows up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// Serial number bound to the chip: scanned, next of the batch, or the one it had.
    pub serial: Serial,
    /// Whether work on it began before.
    pub history: History,
}

/// What happened to a unit before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum History {
    /// Never seen.
    New,
    /// Begun and not finished. Steps whose intent is on record, in order of their intent.
    Begun(Vec<StepId>),
}

/// The journal: an intent before, an outcome after, each durable when the call returns.
pub trait StepLog {
    /// Says what is about to be done to the unit.
    ///
    /// # Errors
    /// `STO-02`: then it must not be done.
    fn intent(&mut self, serial: &Serial, step: StepId, detail: &str) -> Result<(), Fault>;

    /// Says what became of a step.
    ///
    /// # Errors
    /// `STO-02`.
    fn outcome(&mut self, serial: &Serial, report: &StepReport) -> Result<(), Fault>;
}

/// The system of record for one session and one batch. Implemented in `records`; each call is
/// durable when it returns.
pub trait Ledger: StepLog {
    /// Session, role, batch, validity and quota are in order.
    ///
    /// # Errors
    /// `AUT-…`, `BAT-…`.
    fn authorize(&mut self) -> Result<Authorization, Fault>;

    /// Binds serial, chip and slot before anything is written to the chip.
    ///
    /// # Errors
    /// `DEV-06` the chip is another, finished unit; `DEV-18` the serial is another chip's.
    fn admit(
        &mut self,
        slot: SlotId,
        uid: &Uid,
        scanned: Option<&Serial>,
    ) -> Result<Admission, Fault>;

    /// The unit's certificate, if one was issued and is not revoked.
    ///
    /// # Errors
    /// `STO-02`.
    fn certificate(&mut self, serial: &Serial) -> Result<Option<IssuedCertificate>, Fault>;

    /// The unit's end state.
    ///
    /// # Errors
    /// `STO-02`.
    fn conclude(
        &mut self,
        serial: &Serial,
        verdict: Verdict,
        fault: Option<&Fault>,
    ) -> Result<(), Fault>;
}

/// Who a certificate is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Batch whose quota it counts against.
    pub batch: BatchId,
    /// The unit's serial number: the subject's `serialNumber`.
    pub serial: Serial,
    /// The chip: `hwSerialNum` of the `hardwareModuleName` (RFC 4108 §5).
    pub uid: Uid,
    /// The key that the device made.
    pub public_key: SubjectKey,
}

/// A certificate as issued and recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedCertificate {
    /// DER.
    pub der: Vec<u8>,
    /// Serial number, hexadecimal.
    pub serial_number: String,
}

/// The certificate authority. Implemented in `ca`.
pub trait Authority {
    /// The `CertificationRequestInfo` (DER, RFC 2986 §4.1) that the device is to sign.
    ///
    /// # Errors
    /// `CA-03`.
    fn prepare_request(&mut self, subject: &Subject) -> Result<Vec<u8>, Fault>;

    /// Checks the proof of possession and the batch, signs, and records: certificate and quota
    /// in one transaction. Asked again for the same chip and key, gives the same certificate.
    ///
    /// # Errors
    /// `CA-01`, `CA-02`, `BAT-…`, `TOK-…`.
    fn issue(
        &mut self,
        subject: &Subject,
        info: &[u8],
        signature: &[u8],
    ) -> Result<IssuedCertificate, Fault>;
}

/// The part of issuance that must be one transaction with the record. Implemented in `records`,
/// called by `ca`.
pub trait IssuanceLedger {
    /// If this chip and key have a certificate already, returns it. Else checks batch ticket,
    /// state, validity, quota, and that chip and key are no other unit's; calls `sign`; stores
    /// the certificate and counts it. Nothing is stored unless all of it is.
    ///
    /// # Errors
    /// `BAT-…`, `CA-02`, `STO-02`, and whatever `sign` returns.
    fn issue(
        &mut self,
        subject: &Subject,
        sign: &mut dyn FnMut() -> Result<IssuedCertificate, Fault>,
    ) -> Result<IssuedCertificate, Fault>;

    /// Takes note that the authority refused a request, before any of this was asked.
    ///
    /// # Errors
    /// `STO-02`.
    fn refused(&mut self, subject: &Subject, why: &Fault) -> Result<(), Fault>;
}

/// A signing key that stays where it is (a PKCS#11 token, in production). ECDSA, with SHA-256 on
/// P-256 and SHA-384 on P-384.
pub trait Signer: Send + Sync {
    /// Signs the message; DER `Ecdsa-Sig-Value`.
    ///
    /// # Errors
    /// `TOK-…`.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault>;

    /// The public key, `SubjectPublicKeyInfo` DER.
    fn public_key(&self) -> &[u8];
}

/// A key that signs bootloaders for a chip's ROM. RSA-3072, PSS with a salt of 32 bytes, SHA-256.
pub trait BootSigner: Send + Sync {
    /// Signs the message; 384 bytes, big endian.
    ///
    /// # Errors
    /// `TOK-…`.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault>;

    /// The modulus, 384 bytes, big endian.
    fn modulus(&self) -> &[u8];

    /// The public exponent.
    fn exponent(&self) -> u32;
}

/// Wall clock: milliseconds since 1970-01-01 UTC.
pub type Clock<'a> = &'a dyn Fn() -> u64;

/// A unit as the record knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRecord {
    /// Serial number.
    pub serial: Serial,
    /// Chip identifier.
    pub uid: Uid,
    /// Product name.
    pub product: String,
    /// Batch it was made in.
    pub batch: BatchId,
    /// State of life.
    pub state: UnitState,
    /// Its certificate, if one was issued.
    pub certificate: Option<IssuedCertificate>,
}

named! {
    /// A unit's state of life.
    UnitState {
        /// Bound to a serial number; nothing was changed on its chip yet.
        Blank = "blank",
        /// Work on it has begun.
        InProgress = "in-progress",
        /// It passed.
        Provisioned = "provisioned",
        /// Set aside.
        Quarantined = "quarantined",
        /// Out of the line to be mended; it may go on when it comes back.
        InRepair = "in-repair",
        /// Wiped and revoked, both proven.
        Decommissioned = "decommissioned",
        /// There is no such device any more.
        Destroyed = "destroyed",
    }
}

/// A card that a person signs in with. Implemented in `ca`, asked by `records`.
pub trait Card {
    /// The card's certificate, DER.
    fn certificate(&self) -> &[u8];

    /// Signs what it is asked with the certificate's key: ECDSA P-256 / SHA-256, DER.
    ///
    /// # Errors
    /// `TOK-…`.
    fn answer(&self, question: &[u8]) -> Result<Vec<u8>, Fault>;
}
