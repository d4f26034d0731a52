//! What each command does, and how long it takes.

use std::time::Duration;

use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};

use super::packet::{Packet, Status};
use super::zones::Zones;
use crate::virtual_bench::noise::Noise;

const READ: u8 = 0x02;
const NONCE: u8 = 0x16;
const LOCK: u8 = 0x17;
const INFO: u8 = 0x30;
pub(super) const GEN_KEY: u8 = 0x40;
const SIGN: u8 = 0x41;

/// Longest execution times, in milliseconds, at the shipped clock divider (CryptoAuthLib
/// `calib_execution.c`, `device_execution_time_608_m0`).
pub(super) fn execution_time(packet: &Packet) -> Duration {
    Duration::from_millis(match packet.opcode {
        INFO | READ => 5,
        LOCK => 35,
        NONCE => 20,
        GEN_KEY | SIGN => 115,
        _ => 1,
    })
}

/// Where the random numbers come from.
#[derive(Debug)]
pub(super) enum Random {
    OperatingSystem,
    Seeded(Noise),
}

impl Random {
    /// A private key by rejection; `None` without entropy.
    pub(super) fn key(&mut self) -> Option<SigningKey> {
        (0..4).find_map(|_| {
            let mut bytes = [0; 32];
            match self {
                Self::OperatingSystem => getrandom::fill(&mut bytes).ok()?,
                Self::Seeded(noise) => {
                    for chunk in bytes.chunks_mut(8) {
                        chunk.copy_from_slice(&noise.next_u64().to_le_bytes());
                    }
                }
            }
            SigningKey::from_slice(&bytes).ok()
        })
    }
}

/// TempKey, as far as it is used here: a message digest (DS20005927 §2.4.3).
pub(super) type TempKey = Option<[u8; 32]>;

/// Executes a command; gives the payload of its response, or the status that stands for it.
pub(super) fn execute(
    packet: &Packet,
    zones: &mut Zones,
    temp_key: &mut TempKey,
    random: &mut Random,
) -> Result<Vec<u8>, Status> {
    match packet.opcode {
        INFO => info(packet),
        READ => read(packet, zones),
        LOCK => lock(packet, zones),
        NONCE => nonce(packet, temp_key),
        GEN_KEY => gen_key(packet, zones, temp_key, random),
        SIGN => sign(packet, zones, temp_key),
        _ => Err(Status::Parse),
    }
}

fn done() -> Vec<u8> {
    vec![Status::Ok as u8]
}

/// Info, Revision (DS20005927 §9.10): the silicon's revision, whatever is configured.
fn info(packet: &Packet) -> Result<Vec<u8>, Status> {
    match (packet.first, packet.second) {
        (0x00, 0) => Ok(vec![0x00, 0x00, 0x60, 0x03]),
        _ => Err(Status::Parse),
    }
}

/// Read (§9.17) of the configuration or the data zone: 4 or 32 bytes. The address of data is
/// block, slot and word (table 9-8).
fn read(packet: &Packet, zones: &Zones) -> Result<Vec<u8>, Status> {
    let length = if packet.first & 0x80 == 0 { 4 } else { 32 };
    let (zone, word) = match packet.first & 0x7F {
        0x00 => (&zones.configuration()[..], packet.second),
        0x02 => {
            let slot = packet.second >> 3 & 0xF;
            let word = packet.second >> 8 << 3 | packet.second & 7;
            (zones.readable(slot).ok_or(Status::Execution)?, word)
        }
        _ => return Err(Status::Parse),
    };
    let start = usize::from(word) * 4 / length * length;
    let bytes = zone.get(start..start + length);
    bytes.map(<[u8]>::to_vec).ok_or(Status::Parse)
}

/// Lock (§9.11) without the optional CRC over the zone.
fn lock(packet: &Packet, zones: &mut Zones) -> Result<Vec<u8>, Status> {
    let slot = u16::from(packet.first >> 2 & 0xF);
    match packet.first & 0xC3 {
        0x80 if slot == 0 && !zones.configuration_locked() => zones.lock_configuration(),
        0x81 if slot == 0 && zones.configuration_locked() && !zones.data_locked() => {
            zones.lock_data();
        }
        0x82 if zones.configuration_locked() && zones.lock_slot(slot) => {}
        0x80..=0x82 => return Err(Status::Execution),
        _ => return Err(Status::Parse),
    }
    Ok(done())
}

/// Nonce (§9.15), pass-through: the input goes into TempKey as it is.
fn nonce(packet: &Packet, temp_key: &mut TempKey) -> Result<Vec<u8>, Status> {
    let digest = packet.data.as_slice().try_into();
    match (packet.first, packet.second, digest) {
        (0x03, 0, Ok(digest)) => {
            *temp_key = Some(digest);
            Ok(done())
        }
        _ => Err(Status::Parse),
    }
}

/// GenKey (§9.8): makes a private key, or tells the public key of the one there is.
fn gen_key(
    packet: &Packet,
    zones: &mut Zones,
    temp_key: &mut TempKey,
    random: &mut Random,
) -> Result<Vec<u8>, Status> {
    let slot = packet.second;
    *temp_key = None;
    match packet.first {
        0x04 if zones.configuration_locked() && zones.may_make_key(slot) => {
            let key = random.key().ok_or(Status::Execution)?;
            zones.put_key(slot, &key);
        }
        0x00 if zones.configuration_locked() && zones.may_tell_public_key(slot) => {}
        0x00 | 0x04 => return Err(Status::Execution),
        _ => return Err(Status::Parse),
    }
    let key = zones.key(slot).ok_or(Status::Execution)?;
    let point = key.verifying_key().to_sec1_point(false);
    Ok(point.as_bytes()[1..].to_vec())
}

/// Sign (§9.22), external: the digest in TempKey, which is spent.
fn sign(packet: &Packet, zones: &Zones, temp_key: &mut TempKey) -> Result<Vec<u8>, Status> {
    let slot = packet.second;
    if packet.first != 0x80 {
        return Err(Status::Parse);
    }
    let digest = temp_key.take().ok_or(Status::Execution)?;
    if !zones.configuration_locked() || !zones.may_sign(slot) {
        return Err(Status::Execution);
    }
    let key = zones.key(slot).ok_or(Status::Execution)?;
    let signature: Signature = key.sign_prehash(&digest).map_err(|_| Status::Execution)?;
    Ok(signature.to_bytes().to_vec())
}
