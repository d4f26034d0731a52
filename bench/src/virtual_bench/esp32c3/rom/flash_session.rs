//! A write into the flash, plain or deflated, as FLASH_BEGIN and FLASH_DEFL_BEGIN open it.

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

use super::request::{Refusal, Request};
use super::silicon::Silicon;

/// Longest block, bytes.
const LONGEST_BLOCK: u32 = 0x1_0000;
const CHUNK: usize = 0x4000;

#[derive(Default)]
pub(super) struct FlashSession {
    start: u32,
    block: u32,
    /// The ROM encrypts what it writes.
    encrypted: bool,
    /// Written so far, of a deflated stream.
    written: u32,
    inflater: Option<Box<InflateState>>,
}

impl std::fmt::Debug for FlashSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FlashSession")
            .field("start", &self.start)
            .finish_non_exhaustive()
    }
}

impl FlashSession {
    /// Size to erase, number of blocks, block size, offset, whether to encrypt.
    pub(super) fn begin(
        request: &Request<'_>,
        deflated: bool,
        silicon: &mut Silicon<'_>,
    ) -> Result<Self, Refusal> {
        let (size, block, start) = (request.word(0)?, request.word(2)?, request.word(3)?);
        let encrypted = request.word(4).unwrap_or(0) != 0;
        if block > LONGEST_BLOCK || encrypted && (deflated || !silicon.encrypts()) {
            return Err(Refusal::Failed);
        }
        silicon.erase(start, size)?;
        let inflater = deflated.then(|| InflateState::new_boxed(DataFormat::Zlib));
        Ok(Self {
            start,
            block,
            encrypted,
            written: 0,
            inflater,
        })
    }

    pub(super) fn data(
        &mut self,
        request: &Request<'_>,
        deflated: bool,
        silicon: &mut Silicon<'_>,
    ) -> Result<(), Refusal> {
        let bytes = request.block()?;
        match (&mut self.inflater, deflated) {
            (Some(inflater), true) => {
                let plain = inflated(inflater, bytes)?;
                let at = self.start.wrapping_add(self.written);
                self.written = self.written.wrapping_add(plain.len() as u32);
                silicon.program(at, &plain)
            }
            (None, false) if self.block > 0 => {
                let at = request.word(1)?.wrapping_mul(self.block);
                let at = self.start.wrapping_add(at);
                match self.encrypted {
                    true => silicon.program_encrypted(at, bytes),
                    false => silicon.program(at, bytes),
                }
            }
            // No FLASH_BEGIN of that kind came before.
            _ => Err(Refusal::Failed),
        }
    }
}

fn inflated(inflater: &mut InflateState, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut plain = Vec::new();
    let mut chunk = vec![0; CHUNK];
    let mut rest = bytes;
    loop {
        let result = inflate(inflater, rest, &mut chunk, MZFlush::None);
        rest = &rest[result.bytes_consumed..];
        plain.extend(&chunk[..result.bytes_written]);
        match result.status {
            Ok(MZStatus::StreamEnd) => return Ok(plain),
            Ok(_) if result.bytes_written == CHUNK => {}
            Ok(_) if rest.is_empty() => return Ok(plain),
            // It wants more although there is more: the stream is broken.
            Ok(_) if result.bytes_consumed == 0 && result.bytes_written == 0 => {
                return Err(Refusal::Deflate);
            }
            Ok(_) => {}
            // Nothing to do for it is no error.
            Err(miniz_oxide::MZError::Buf) if rest.is_empty() => return Ok(plain),
            Err(_) => return Err(Refusal::Deflate),
        }
    }
}
