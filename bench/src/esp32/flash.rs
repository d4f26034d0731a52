//! Flash through the loader in ROM ("serial protocol", commands `FLASH_BEGIN`, `FLASH_DATA`,
//! `READ_FLASH_SLOW`).

use std::time::Duration;

use cradle_procedure::fault::{Code, Fault};
use espflash::command::{Command, CommandResponseValue, CommandType};
use md5::{Digest as _, Md5};

use super::loader::Loader;

/// Erase sector.
const SECTOR: u32 = 4096;
/// Bytes in one `FLASH_DATA` of the ROM.
const BLOCK: usize = 0x400;
/// Bytes that one `READ_FLASH_SLOW` gives.
const READ: u32 = 64;
/// Erased in one go, so that progress shows and no answer takes too long.
const ERASE: u32 = 64 * 1024;
const ANSWER: Duration = Duration::from_secs(3);

/// Erases the sectors under the bytes and writes them.
pub(crate) fn program(
    loader: &mut Loader,
    address: u32,
    bytes: &[u8],
    progress: &mut dyn FnMut(u64),
) -> Result<(), Fault> {
    let length = size(bytes)?;
    let blocks = length.div_ceil(BLOCK as u32);
    begin(loader, address, length.next_multiple_of(SECTOR), blocks)?;
    let mut done = 0;
    for (sequence, data) in (0..).zip(bytes.chunks(BLOCK)) {
        let command = Command::FlashData {
            data,
            pad_to: BLOCK,
            pad_byte: 0xFF,
            sequence,
        };
        let within = command.timeout_for_size(BLOCK as u32);
        loader.command(command, within).map_err(did_not_take)?;
        done += data.len() as u64;
        progress(done);
    }
    verify(loader, address, bytes)
}

/// By the loader's own checksum, which it does not tell in secure download mode.
fn verify(loader: &mut Loader, address: u32, bytes: &[u8]) -> Result<(), Fault> {
    let wanted: [u8; 16] = Md5::digest(bytes).into();
    if loader.is_secure_download() || loader.md5(address, size(bytes)?)? == wanted {
        return Ok(());
    }
    let detail = format!("MD5 of {} bytes at {address:#x}", bytes.len());
    Err(Fault::new(Code::VerifyFailed, detail))
}

/// Erases the sectors that make up the range. `progress` is told the bytes done so far.
pub(crate) fn erase(
    loader: &mut Loader,
    address: u32,
    length: u32,
    progress: &mut dyn FnMut(u64),
) -> Result<(), Fault> {
    let mut done = 0;
    while done < length {
        let part = ERASE.min(length - done);
        begin(loader, address + done, part, 0)?;
        done += part;
        progress(done.into());
    }
    Ok(())
}

/// `FLASH_BEGIN` erases at once what it announces.
fn begin(loader: &mut Loader, offset: u32, size: u32, blocks: u32) -> Result<(), Fault> {
    let command = Command::FlashBegin {
        size,
        blocks,
        block_size: BLOCK as u32,
        offset,
        supports_encryption: true,
    };
    let within = CommandType::FlashBegin.timeout_for_size(size);
    loader.command(command, within).map_err(did_not_take)?;
    Ok(())
}

pub(crate) fn read(loader: &mut Loader, address: u32, length: u32) -> Result<Vec<u8>, Fault> {
    let first = address - address % READ;
    let end = address + length;
    let mut bytes = Vec::with_capacity(length as usize + 2 * READ as usize);
    for offset in (first..end).step_by(READ as usize) {
        bytes.extend_from_slice(&read_window(loader, offset)?);
    }
    let skipped = (address - first) as usize;
    Ok(bytes[skipped..skipped + length as usize].to_vec())
}

/// A whole window: the ROM gives that much whatever it is asked for.
fn read_window(loader: &mut Loader, offset: u32) -> Result<[u8; READ as usize], Fault> {
    let command = Command::ReadFlashSlow {
        offset,
        size: READ,
        block_size: READ,
        max_in_flight: READ,
    };
    let answer = match loader.command(command, ANSWER)? {
        // Data, then the status bytes.
        CommandResponseValue::Vector(answer) => answer.first_chunk().copied(),
        _ => None,
    };
    answer.ok_or_else(|| {
        let detail = format!("loader: not {READ} bytes at {offset:#x}");
        Fault::new(Code::LinkLost, detail)
    })
}

fn size(bytes: &[u8]) -> Result<u32, Fault> {
    u32::try_from(bytes.len()).map_err(|_| Fault::new(Code::FlashFailed, "too long"))
}

/// What the loader refused to write is the flash's fault; what it did not answer is the line's.
fn did_not_take(fault: Fault) -> Fault {
    let refused = fault.detail.contains("Error while running");
    let code = if refused {
        Code::FlashFailed
    } else {
        fault.code
    };
    Fault::new(code, fault.detail)
}
