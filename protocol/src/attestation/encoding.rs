//! Claims as a CBOR map: every key once, in the order of their encodings.

use super::{Claims, PROFILE, claim, debug_status, ueid};
use crate::cbor::{CborError, Reader, Writer};
use crate::message::NONCE_LENGTH;
use crate::metadata::Bank;

const CLAIMS: u32 = 17;
/// Version scheme `semver` of the CoSWID registry (RFC 9393 §6.2.4).
const SEMVER: u32 = 16384;

pub(super) fn write_claims(claims: &Claims<'_>, w: &mut Writer<'_>) -> Result<(), CborError> {
    w.map(CLAIMS)?;
    w.integer(claim::NONCE)?;
    w.bytes(&claims.nonce)?;
    w.integer(claim::UEID)?;
    w.bytes(&ueid(&claims.uid))?;
    w.integer(claim::HWMODEL)?;
    w.bytes(claims.hardware_model.as_bytes())?;
    w.integer(claim::DBGSTAT)?;
    w.unsigned(debug_status(claims.rdp))?;
    w.integer(claim::PROFILE)?;
    w.text(PROFILE)?;
    w.integer(claim::SWNAME)?;
    w.text(claims.software_name)?;
    w.integer(claim::SWVERSION)?;
    w.array(2)?;
    w.text(claims.software_version)?;
    w.unsigned(SEMVER)?;
    w.integer(claim::CHIP_UID)?;
    w.bytes(&claims.uid)?;
    w.integer(claim::IMAGE_SHA256)?;
    w.bytes(&claims.image_sha256)?;
    w.integer(claim::BOOTLOADER_SHA256)?;
    w.bytes(&claims.bootloader_sha256)?;
    w.integer(claim::ROOT_KEY_SHA256)?;
    w.bytes(&claims.root_key_sha256)?;
    w.integer(claim::ROOT_KEY_LOCKED)?;
    w.boolean(claims.root_key_locked)?;
    w.integer(claim::COUNTER)?;
    w.unsigned(claims.counter)?;
    w.integer(claim::RDP)?;
    w.unsigned(u32::from(claims.rdp))?;
    w.integer(claim::WRITE_PROTECTED)?;
    w.unsigned(claims.write_protected)?;
    w.integer(claim::BOOT_BANK)?;
    w.unsigned(claims.boot_bank as u32)?;
    w.integer(claim::BANK_CONFIRMED)?;
    w.boolean(claims.bank_confirmed)
}

/// Returns with the claims the two that say again what another says: UEID and debug status.
pub(super) fn read_claims<'a>(
    r: &mut Reader<'a>,
) -> Result<(Claims<'a>, [u8; 33], u32), CborError> {
    r.map(CLAIMS)?;
    r.integer(claim::NONCE)?;
    let nonce = *r.exact::<NONCE_LENGTH>()?;
    r.integer(claim::UEID)?;
    let ueid = *r.exact()?;
    r.integer(claim::HWMODEL)?;
    let hardware_model = core::str::from_utf8(r.bytes()?).map_err(|_| CborError)?;
    r.integer(claim::DBGSTAT)?;
    let debug_status = r.unsigned()?;
    r.integer(claim::PROFILE)?;
    if r.text()? != PROFILE {
        return Err(CborError);
    }
    r.integer(claim::SWNAME)?;
    let software_name = r.text()?;
    r.integer(claim::SWVERSION)?;
    r.array(2)?;
    let software_version = r.text()?;
    if r.unsigned()? != SEMVER {
        return Err(CborError);
    }
    let claims = Claims {
        nonce,
        hardware_model,
        software_name,
        software_version,
        uid: *keyed(r, claim::CHIP_UID)?.exact()?,
        image_sha256: *keyed(r, claim::IMAGE_SHA256)?.exact()?,
        bootloader_sha256: *keyed(r, claim::BOOTLOADER_SHA256)?.exact()?,
        root_key_sha256: *keyed(r, claim::ROOT_KEY_SHA256)?.exact()?,
        root_key_locked: keyed(r, claim::ROOT_KEY_LOCKED)?.boolean()?,
        counter: keyed(r, claim::COUNTER)?.unsigned()?,
        rdp: byte(keyed(r, claim::RDP)?.unsigned()?)?,
        write_protected: keyed(r, claim::WRITE_PROTECTED)?.unsigned()?,
        boot_bank: byte(keyed(r, claim::BOOT_BANK)?.unsigned()?)
            .and_then(|index| Bank::from_index(index).ok_or(CborError))?,
        bank_confirmed: keyed(r, claim::BANK_CONFIRMED)?.boolean()?,
    };
    Ok((claims, ueid, debug_status))
}

fn keyed<'r, 'a>(reader: &'r mut Reader<'a>, key: i32) -> Result<&'r mut Reader<'a>, CborError> {
    reader.integer(key)?;
    Ok(reader)
}

fn byte(value: u32) -> Result<u8, CborError> {
    u8::try_from(value).map_err(|_| CborError)
}
