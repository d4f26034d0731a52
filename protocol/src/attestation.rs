//! What a device says about itself, signed: an Entity Attestation Token (RFC 9711) with CBOR
//! claims in a COSE_Sign1 (RFC 9052 §4.2), algorithm ES256.
//!
//! The encoding is deterministic (RFC 8949 §4.2.1): claims in one order, nothing optional, so
//! both sides agree byte for byte and the decoder refuses everything else. Private claims have
//! keys below -65536, the range that RFC 8392 §9.1 leaves to the parties.

mod encoding;

use sha2::{Digest, Sha256};

use crate::cbor::{CborError, Reader, Writer};
use crate::limits::MAX_ATTESTATION;
use crate::message::{ChipUid, Nonce};
use crate::metadata::Bank;
use encoding::{read_claims, write_claims};

/// `eat_profile` (RFC 9711 §4.3.2): this set of claims, this encoding.
pub const PROFILE: &str = "tag:example.com,2026:cradle/attestation/1";
/// Room for [`to_be_signed`].
pub const MAX_TO_BE_SIGNED: usize = MAX_ATTESTATION;
/// Longest software name and version, in bytes.
pub const MAX_NAME: usize = 64;

/// Claim keys: RFC 9711 §10.2 and, negative, our own.
pub mod claim {
    /// Challenge.
    pub const NONCE: i32 = 10;
    /// Universal entity id, see [`super::ueid`].
    pub const UEID: i32 = 256;
    /// Hardware model.
    pub const HWMODEL: i32 = 259;
    /// Debug status.
    pub const DBGSTAT: i32 = 263;
    /// Profile.
    pub const PROFILE: i32 = 265;
    /// Software name.
    pub const SWNAME: i32 = 270;
    /// Software version.
    pub const SWVERSION: i32 = 271;
    /// 96-bit unique id of the chip, as read from its memory.
    pub const CHIP_UID: i32 = -65537;
    /// SHA-256 of the running image, as its MCUboot TLV has it.
    pub const IMAGE_SHA256: i32 = -65538;
    /// SHA-256 of the whole bootloader region, 0xFF where nothing was programmed.
    pub const BOOTLOADER_SHA256: i32 = -65539;
    /// Content of the one-time block that holds the root-key hash.
    pub const ROOT_KEY_SHA256: i32 = -65540;
    /// Whether that block is locked.
    pub const ROOT_KEY_LOCKED: i32 = -65541;
    /// Anti-rollback counter in one-time memory.
    pub const COUNTER: i32 = -65542;
    /// Read protection, see [`super::Claims::rdp`].
    pub const RDP: i32 = -65543;
    /// Write-protected flash sectors, bit n for sector n.
    pub const WRITE_PROTECTED: i32 = -65544;
    /// Bank the running image is in: 0 or 1.
    pub const BOOT_BANK: i32 = -65545;
    /// Whether that bank is confirmed.
    pub const BANK_CONFIRMED: i32 = -65546;
}

const COSE_SIGN1_TAG: u32 = 18;
/// `{1: -7}`: algorithm ES256 (RFC 9053 §2.1).
const PROTECTED: &[u8] = &[0xA1, 0x01, 0x26];
const CONTEXT: &str = "Signature1";
/// UEID type RAND (RFC 9711 §4.2.1.1).
const UEID_RAND: u8 = 0x01;

/// What a device says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims<'a> {
    /// The challenge it answers.
    pub nonce: Nonce,
    /// Who it is.
    pub uid: ChipUid,
    /// Chip model.
    pub hardware_model: &'a str,
    /// What runs, at most [`MAX_NAME`] bytes.
    pub software_name: &'a str,
    /// Its version, at most [`MAX_NAME`] bytes.
    pub software_version: &'a str,
    /// SHA-256 of the running image, as its MCUboot TLV has it.
    pub image_sha256: [u8; 32],
    /// SHA-256 of the whole 32 KiB bootloader region, 0xFF where nothing was programmed.
    pub bootloader_sha256: [u8; 32],
    /// Content of the one-time block that holds the root-key hash.
    pub root_key_sha256: [u8; 32],
    /// Whether that block is locked.
    pub root_key_locked: bool,
    /// Anti-rollback counter in one-time memory.
    pub counter: u32,
    /// Read protection: 0xAA none, 0xCC for ever, any other in force. The RDP option byte of an
    /// STM32: level 0, level 2, level 1 (RM0090 §3.7.3). An ESP32-C3 has none while ROM loader and
    /// JTAG are both unrestricted; for ever is JTAG off for good and the loader in Secure Download
    /// Mode or off.
    pub rdp: u8,
    /// Write-protected flash sectors, bit n for sector n.
    pub write_protected: u32,
    /// Bank the running image is in.
    pub boot_bank: Bank,
    /// Whether that bank is confirmed.
    pub bank_confirmed: bool,
}

/// Why an attestation could not be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttestationError {
    /// Not the one encoding of the one structure expected here.
    Malformed,
    /// A claim contradicts another: UEID and UID, RDP and debug status.
    Contradiction,
    /// Does not fit.
    TooLong,
}

/// A COSE_Sign1 taken apart; the signature is not verified yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// Encoded claims.
    pub payload: &'a [u8],
    /// ES256 signature over [`to_be_signed`], r ‖ s.
    pub signature: &'a [u8; 64],
}

/// The UEID of a chip: a 96-bit id fits no EUI type, so it is hashed as RFC 9711 §4.2.1.1 says
/// for RAND: 0x01 ‖ SHA-256("cradle/ueid/v1" ‖ UID).
#[must_use]
pub fn ueid(uid: &ChipUid) -> [u8; 33] {
    let mut id = [UEID_RAND; 33];
    let hash = Sha256::new_with_prefix(b"cradle/ueid/v1")
        .chain_update(uid)
        .finalize();
    id[1..].copy_from_slice(&hash);
    id
}

/// Debug status (RFC 9711 §4.2.9) of an RDP byte. At level 1 a debugger that connects stops the
/// flash from answering (RM0090 §3.7.3), so nothing attested here can be debugged: `disabled`.
/// Level 2 has no way back: `disabled-fully-and-permanently`.
#[must_use]
pub const fn debug_status(rdp: u8) -> u32 {
    match rdp {
        0xAA => 0,
        0xCC => 4,
        _ => 1,
    }
}

/// Encodes claims: the payload. Returns its length.
///
/// # Errors
/// [`AttestationError::TooLong`].
pub fn encode_claims(claims: &Claims<'_>, out: &mut [u8]) -> Result<usize, AttestationError> {
    if claims.software_name.len() > MAX_NAME || claims.software_version.len() > MAX_NAME {
        return Err(AttestationError::TooLong);
    }
    let mut writer = Writer::new(out);
    write_claims(claims, &mut writer).map_err(|_| AttestationError::TooLong)?;
    Ok(writer.length())
}

/// Decodes a payload.
///
/// # Errors
/// [`AttestationError::Malformed`] or [`AttestationError::Contradiction`].
pub fn decode_claims(payload: &[u8]) -> Result<Claims<'_>, AttestationError> {
    let mut reader = Reader::new(payload);
    let (claims, ueid_said, debug_said) =
        read_claims(&mut reader).map_err(|_| AttestationError::Malformed)?;
    reader.finish().map_err(|_| AttestationError::Malformed)?;
    let consistent = ueid_said == ueid(&claims.uid) && debug_said == debug_status(claims.rdp);
    consistent
        .then_some(claims)
        .ok_or(AttestationError::Contradiction)
}

/// The bytes that ES256 signs: the `Sig_structure` of RFC 9052 §4.4 without external data.
///
/// # Errors
/// [`AttestationError::TooLong`].
pub fn to_be_signed<'o>(
    payload: &[u8],
    out: &'o mut [u8; MAX_TO_BE_SIGNED],
) -> Result<&'o [u8], AttestationError> {
    let mut writer = Writer::new(out);
    let write = |w: &mut Writer<'_>| -> Result<(), CborError> {
        w.array(4)?;
        w.text(CONTEXT)?;
        w.bytes(PROTECTED)?;
        w.bytes(&[])?;
        w.bytes(payload)
    };
    write(&mut writer).map_err(|_| AttestationError::TooLong)?;
    let length = writer.length();
    Ok(&out[..length])
}

/// Puts payload and signature (r ‖ s) into a tagged COSE_Sign1.
///
/// # Errors
/// [`AttestationError::TooLong`].
pub fn assemble<'o>(
    payload: &[u8],
    signature: &[u8; 64],
    out: &'o mut [u8; MAX_ATTESTATION],
) -> Result<&'o [u8], AttestationError> {
    let mut writer = Writer::new(out);
    let write = |w: &mut Writer<'_>| -> Result<(), CborError> {
        w.tag(COSE_SIGN1_TAG)?;
        w.array(4)?;
        w.bytes(PROTECTED)?;
        w.map(0)?;
        w.bytes(payload)?;
        w.bytes(signature)
    };
    write(&mut writer).map_err(|_| AttestationError::TooLong)?;
    let length = writer.length();
    Ok(&out[..length])
}

/// Takes a COSE_Sign1 apart.
///
/// # Errors
/// [`AttestationError::TooLong`] or [`AttestationError::Malformed`].
pub fn open(cose: &[u8]) -> Result<Envelope<'_>, AttestationError> {
    if cose.len() > MAX_ATTESTATION {
        return Err(AttestationError::TooLong);
    }
    read_envelope(cose).map_err(|_| AttestationError::Malformed)
}

fn read_envelope(cose: &[u8]) -> Result<Envelope<'_>, CborError> {
    let mut reader = Reader::new(cose);
    reader.tag(COSE_SIGN1_TAG)?;
    reader.array(4)?;
    if reader.bytes()? != PROTECTED {
        return Err(CborError);
    }
    reader.map(0)?;
    let payload = reader.bytes()?;
    let signature = reader.exact()?;
    reader.finish()?;
    Ok(Envelope { payload, signature })
}

#[cfg(test)]
mod tests;
