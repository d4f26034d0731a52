//! The loader in the ROM, on UART0 (Espressif, "Serial Protocol"; TRM chapter "Chip Boot
//! Control"), and the flasher stub that it can be made to run.
//!
//! The stub calls the mask ROM, which is not emulated; when a known stub is started, the model
//! answers in its place. Any other program runs on the core.

use std::time::Duration;

use super::flash_session::FlashSession;
use super::request::{Answer, Op, Refusal, Request, response};
use super::security::Security;
use super::silicon::Silicon;
use super::slip;
use super::stub::{FlashReading, is_stub};

/// A SYNC is answered this often.
const SYNC_ANSWERS: usize = 8;
const GREETING: &[u8] = b"OHAI";

/// What the chip has to do after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Wait for the host.
    Listen,
    /// Start the program in RAM.
    Run(u32),
    Reset,
    /// The flash is never ready again, and the loader waits for it.
    Hang,
    /// Listen and send at another rate from now on.
    Baud(u32),
}

/// Bytes to the host after a time, and what comes then.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) bytes: Vec<u8>,
    pub(crate) delay: Duration,
    pub(crate) next: Next,
}

#[derive(Debug, Default)]
pub(crate) struct Loader {
    security: Security,
    chip_id: u32,
    decoder: slip::Decoder,
    /// The host has been heard: the rate is found.
    synced: bool,
    stub: bool,
    attached: bool,
    flash: FlashSession,
    reading: Option<FlashReading>,
    /// Where the blocks of a part in RAM go, and how long they are.
    part: (u32, u32),
    /// Everything that was loaded into RAM.
    loaded: Vec<u8>,
}

impl Loader {
    pub(crate) fn new(security: Security, chip_id: u32) -> Self {
        Self {
            security,
            chip_id,
            ..Self::default()
        }
    }

    /// The ROM measures the host's rate in its first SYNC.
    pub(crate) fn finds_rate(&self) -> bool {
        !self.synced
    }

    /// One byte from the host; a frame when it is whole.
    pub(crate) fn feed(&mut self, byte: u8) -> Option<Vec<u8>> {
        self.decoder.feed(byte)
    }

    /// Answers one frame; `None` when there is nothing to answer. With `refuse` the operation
    /// fails.
    pub(crate) fn serve(
        &mut self,
        frame: &[u8],
        refuse: bool,
        silicon: &mut Silicon<'_>,
    ) -> Option<Reply> {
        if let Some(reading) = &mut self.reading {
            let (bytes, done) = reading.acknowledged(frame);
            if done {
                self.reading = None;
            }
            return Some(listen(bytes, silicon));
        }
        let request = Request::parse(frame)?;
        let mut next = Next::Listen;
        let result = if refuse {
            Err(Refusal::Failed)
        } else {
            self.carry_out(&request, silicon, &mut next)
        };
        let failed = result.is_err();
        let mut bytes = slip::encode(&response(request.number, result, self.stub));
        if request.op == Some(Op::Sync) {
            bytes = bytes.repeat(if failed { 1 } else { SYNC_ANSWERS });
        }
        self.follow(&request, failed, &mut bytes, &mut next, silicon);
        let next = if silicon.hangs() { Next::Hang } else { next };
        Some(Reply {
            bytes,
            delay: silicon.take_delay(),
            next,
        })
    }

    /// What comes after the answer itself.
    fn follow(
        &mut self,
        request: &Request<'_>,
        failed: bool,
        bytes: &mut Vec<u8>,
        next: &mut Next,
        silicon: &Silicon<'_>,
    ) {
        if failed {
            return;
        }
        if matches!(next, Next::Run(_)) && is_stub(&std::mem::take(&mut self.loaded)) {
            self.stub = true;
            // The stub attaches the flash by itself.
            self.attached = true;
            *next = Next::Listen;
            bytes.extend(slip::encode(GREETING));
        }
        if let (Some(Op::ReadFlash), Some(reading)) = (request.op, &mut self.reading) {
            bytes.extend(reading.begin(silicon));
        }
    }

    fn allows(&self, op: Op) -> bool {
        let closed = self.security.secure_download() && !op.is_in_secure_download();
        !closed && (self.stub || !op.needs_stub())
    }

    fn carry_out(
        &mut self,
        request: &Request<'_>,
        silicon: &mut Silicon<'_>,
        next: &mut Next,
    ) -> Result<Answer, Refusal> {
        let op = request.op.filter(|op| self.allows(*op));
        let op = op.ok_or(Refusal::Invalid)?;
        match op {
            Op::Sync => {
                self.synced = true;
                // By this value, host programs tell the ROM from the stub.
                return Ok(Answer::from(if self.stub { 0 } else { 0x2012_0707 }));
            }
            Op::ReadReg => {
                let value = silicon.read(request.word(0)?).ok_or(Refusal::Failed)?;
                return Ok(Answer::from(value));
            }
            Op::WriteReg => write_register(request, silicon)?,
            Op::SecurityInfo => return Ok(Answer::from(self.security_info())),
            Op::SpiAttach => self.attached = true,
            Op::SpiSetParams => {}
            Op::ChangeBaudrate => *next = Next::Baud(request.word(0)?),
            Op::MemBegin => self.part = (request.word(3)?, request.word(2)?),
            Op::MemData => self.load(request, silicon)?,
            // Not 0 means stay in the loader. Only Secure Download Mode keeps programs that
            // nobody has signed out of RAM; secure boot alone does not.
            Op::MemEnd if request.word(0)? == 0 => *next = Next::Run(request.word(1)?),
            Op::MemEnd => {}
            Op::RunUserCode => *next = Next::Reset,
            _ if !self.attached => return Err(Refusal::Failed),
            _ => return self.flash_operation(op, request, silicon, next),
        }
        Ok(Answer::default())
    }

    fn flash_operation(
        &mut self,
        op: Op,
        request: &Request<'_>,
        silicon: &mut Silicon<'_>,
        next: &mut Next,
    ) -> Result<Answer, Refusal> {
        match op {
            Op::FlashBegin | Op::DeflateBegin => {
                let deflated = op == Op::DeflateBegin;
                self.flash = FlashSession::begin(request, deflated, silicon)?;
            }
            Op::FlashData | Op::DeflateData => {
                let deflated = op == Op::DeflateData;
                self.flash.data(request, deflated, silicon)?;
            }
            // 0 asks for a reset, 1 to stay.
            Op::FlashEnd | Op::DeflateEnd => {
                if request.word(0)? == 0 {
                    *next = Next::Reset;
                }
            }
            Op::FlashMd5 => {
                let digest = silicon.md5(request.word(0)?, request.word(1)?)?;
                return Ok(Answer::from(if self.stub {
                    digest.to_vec()
                } else {
                    in_hex(&digest)
                }));
            }
            Op::ReadFlashSlow => {
                let bytes = silicon.read_flash(request.word(0)?, request.word(1)?.min(64))?;
                return Ok(Answer::from(bytes));
            }
            Op::EraseFlash => silicon.erase_chip(),
            Op::EraseRegion => silicon.erase(request.word(0)?, request.word(1)?)?,
            _ => self.reading = Some(FlashReading::new(request)?),
        }
        Ok(Answer::default())
    }

    fn load(&mut self, request: &Request<'_>, silicon: &mut Silicon<'_>) -> Result<(), Refusal> {
        let bytes = request.block()?;
        let (start, block) = self.part;
        let at = start.wrapping_add(request.word(1)?.wrapping_mul(block));
        silicon.write_ram(at, bytes).ok_or(Refusal::Failed)?;
        self.loaded.extend(bytes);
        Ok(())
    }

    /// Flags, crypt count, key purposes, chip, version of the interface.
    fn security_info(&self) -> Vec<u8> {
        let security = &self.security;
        let flags = [
            security.secure_boot(),
            security.aggressive_revoke(),
            security.secure_download(),
            security.revoked(0),
            security.revoked(1),
            security.revoked(2),
            security.soft_dis_jtag() == 7,
            security.pad_jtag_disabled(),
            security.usb_jtag_disabled(),
            false,
            security.download_icache_disabled(),
        ];
        let flags = (0..).zip(flags);
        let flags: u32 = flags.map(|(bit, on)| u32::from(on) << bit).sum();
        let mut info = flags.to_le_bytes().to_vec();
        info.push(security.crypt_count());
        info.extend((0..6).map(|key| security.key_purpose(key)));
        info.push(0);
        info.extend(self.chip_id.to_le_bytes());
        info.extend(0_u32.to_le_bytes());
        info
    }
}

fn listen(bytes: Vec<u8>, silicon: &mut Silicon<'_>) -> Reply {
    Reply {
        bytes,
        delay: silicon.take_delay(),
        next: Next::Listen,
    }
}

/// Address, value, mask, delay in microseconds; as often as there are arguments.
fn write_register(request: &Request<'_>, silicon: &mut Silicon<'_>) -> Result<(), Refusal> {
    let mut at = 0;
    loop {
        let (address, value) = (request.word(at)?, request.word(at + 1)?);
        let mask = request.word(at + 2)?;
        let old = match mask {
            u32::MAX => 0,
            _ => silicon.read(address).ok_or(Refusal::Failed)?,
        };
        let new = old & !mask | value & mask;
        silicon.write(address, new).ok_or(Refusal::Failed)?;
        at += 4;
        if request.word(at).is_err() {
            return Ok(());
        }
    }
}

fn in_hex(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| DIGITS[usize::from(digit)]).collect()
}
