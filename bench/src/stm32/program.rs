//! Flash through probe-rs's own algorithm for the chip.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::ReadProtection;
use probe_rs::MemoryInterface;
use probe_rs::flashing::{self, DownloadOptions, FlashProgress, ProgressEvent, ProgressOperation};

use super::link::{Link, told};
use super::option_bytes;

/// Erases the sectors under the bytes, no others, and writes them. Read-back is a step of its
/// own, so nothing is verified here.
pub(crate) fn program(
    link: &mut Link,
    address: u32,
    bytes: &[u8],
    progress: &mut dyn FnMut(u64),
) -> Result<(), Fault> {
    if bytes.is_empty() {
        return Ok(());
    }
    let connection = link.connection()?;
    // The algorithm takes the core and its memory.
    connection.provisioner = None;
    let session = &mut connection.session;
    let mut loader = session.target().flash_loader();
    loader
        .add_data(u64::from(address), bytes)
        .map_err(|error| Fault::new(Code::Internal, told(&error)))?;
    let total = bytes.len() as u64;
    let mut done = 0;
    let mut options = DownloadOptions::new();
    options.progress = FlashProgress::new(|event| {
        if let ProgressEvent::Progress {
            operation: ProgressOperation::Program,
            size,
            ..
        } = event
        {
            // Pages are written whole, past the end of the bytes.
            done = total.min(done + size);
            progress(done);
        }
    });
    let result = loader.commit(session, options);
    result.map_err(|error| link.failed(Code::FlashFailed, told(&error)))
}

/// Erases the sectors that make up a run of flash.
pub(crate) fn erase(link: &mut Link, address: u32, length: u32) -> Result<(), Fault> {
    let connection = link.connection()?;
    connection.provisioner = None;
    let (start, end) = (u64::from(address), u64::from(address) + u64::from(length));
    let mut silent = FlashProgress::empty();
    let result = flashing::erase(&mut connection.session, &mut silent, start, end, false);
    result.map_err(|error| link.failed(Code::FlashFailed, told(&error)))
}

/// Reads memory through the debugger.
pub(crate) fn read(link: &mut Link, address: u32, length: u32) -> Result<Vec<u8>, Fault> {
    let read = link.with_core(Code::LinkLost, |core| {
        if option_bytes::read(core)?.read_protection() != ReadProtection::Open {
            return Ok(None);
        }
        let mut bytes = vec![0; length as usize];
        core.read(u64::from(address), &mut bytes)?;
        Ok(Some(bytes))
    })?;
    read.ok_or_else(|| Fault::new(Code::AlreadyLocked, "flash cannot be read from outside"))
}
