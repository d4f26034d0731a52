//! Requests to the loader and the shape of its answers (Espressif, "Serial Protocol").

/// Seed of the checksum over data blocks.
const CHECKSUM_SEED: u8 = 0xEF;
const DIRECTION_REQUEST: u8 = 0;
const DIRECTION_RESPONSE: u8 = 1;

/// Operations by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    FlashBegin,
    FlashData,
    FlashEnd,
    MemBegin,
    MemEnd,
    MemData,
    Sync,
    WriteReg,
    ReadReg,
    SpiSetParams,
    SpiAttach,
    ReadFlashSlow,
    ChangeBaudrate,
    DeflateBegin,
    DeflateData,
    DeflateEnd,
    FlashMd5,
    SecurityInfo,
    EraseFlash,
    EraseRegion,
    ReadFlash,
    RunUserCode,
}

impl Op {
    fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0x02 => Self::FlashBegin,
            0x03 => Self::FlashData,
            0x04 => Self::FlashEnd,
            0x05 => Self::MemBegin,
            0x06 => Self::MemEnd,
            0x07 => Self::MemData,
            0x08 => Self::Sync,
            0x09 => Self::WriteReg,
            0x0A => Self::ReadReg,
            0x0B => Self::SpiSetParams,
            0x0D => Self::SpiAttach,
            0x0E => Self::ReadFlashSlow,
            0x0F => Self::ChangeBaudrate,
            0x10 => Self::DeflateBegin,
            0x11 => Self::DeflateData,
            0x12 => Self::DeflateEnd,
            0x13 => Self::FlashMd5,
            0x14 => Self::SecurityInfo,
            0xD0 => Self::EraseFlash,
            0xD1 => Self::EraseRegion,
            0xD2 => Self::ReadFlash,
            0xD3 => Self::RunUserCode,
            _ => return None,
        })
    }

    /// What the flasher stub adds to the ROM's operations.
    pub(super) fn needs_stub(self) -> bool {
        matches!(
            self,
            Self::EraseFlash | Self::EraseRegion | Self::ReadFlash | Self::RunUserCode
        )
    }

    /// What the ROM still does in Secure Download Mode: nothing that reads or writes memory or
    /// registers, or reads the flash.
    pub(super) fn is_in_secure_download(self) -> bool {
        matches!(
            self,
            Self::FlashBegin
                | Self::FlashData
                | Self::FlashEnd
                | Self::DeflateBegin
                | Self::DeflateData
                | Self::DeflateEnd
                | Self::Sync
                | Self::SpiSetParams
                | Self::SpiAttach
                | Self::ChangeBaudrate
                | Self::SecurityInfo
        )
    }

    /// Whether a block of data follows, under the checksum.
    fn carries_data(self) -> bool {
        matches!(self, Self::FlashData | Self::MemData | Self::DeflateData)
    }
}

/// Error bytes of the ROM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Refusal {
    Invalid = 0x05,
    Failed = 0x06,
    Checksum = 0x07,
    Deflate = 0x0B,
}

#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) number: u8,
    /// `None`: there is no such operation.
    pub(super) op: Option<Op>,
    /// The fixed part of a data block (16 bytes), or everything.
    arguments: &'a [u8],
    pub(super) data: &'a [u8],
    checksum_fits: bool,
}

impl<'a> Request<'a> {
    /// `None`: it is no request at all, and gets no answer.
    pub(super) fn parse(frame: &'a [u8]) -> Option<Self> {
        let [direction, number, low, high, checksum, _, _, _, body @ ..] = frame else {
            return None;
        };
        let len = usize::from(u16::from_le_bytes([*low, *high]));
        if *direction != DIRECTION_REQUEST || body.len() != len {
            return None;
        }
        let op = Op::from_number(*number);
        let mut request = Self {
            number: *number,
            op,
            arguments: body,
            data: &[],
            checksum_fits: true,
        };
        if op.is_some_and(Op::carries_data) {
            (request.arguments, request.data) = body.split_at_checked(16)?;
            let sum = request
                .data
                .iter()
                .fold(CHECKSUM_SEED, |sum, byte| sum ^ byte);
            request.checksum_fits = sum == *checksum;
        }
        Some(request)
    }

    /// The `index`-th word of the arguments.
    pub(super) fn word(&self, index: usize) -> Result<u32, Refusal> {
        let bytes = self.arguments.get(4 * index..4 * index + 4);
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(u32::from_le_bytes).ok_or(Refusal::Invalid)
    }

    /// The data of a block, whose length stands before it.
    pub(super) fn block(&self) -> Result<&'a [u8], Refusal> {
        if self.word(0)? as usize != self.data.len() {
            return Err(Refusal::Invalid);
        }
        if self.checksum_fits {
            Ok(self.data)
        } else {
            Err(Refusal::Checksum)
        }
    }
}

/// What an operation gives back.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) value: u32,
    pub(super) payload: Vec<u8>,
}

impl From<u32> for Answer {
    fn from(value: u32) -> Self {
        Self {
            value,
            payload: Vec::new(),
        }
    }
}

impl From<Vec<u8>> for Answer {
    fn from(payload: Vec<u8>) -> Self {
        Self { value: 0, payload }
    }
}

/// An answer on the wire. The ROM ends it with four status bytes, the stub with two.
pub(super) fn response(number: u8, result: Result<Answer, Refusal>, stub: bool) -> Vec<u8> {
    let (answer, status) = match result {
        Ok(answer) => (answer, [0, 0]),
        Err(refusal) => (Answer::default(), [1, refusal as u8]),
    };
    let mut body = answer.payload;
    body.extend(status);
    if !stub {
        body.extend([0, 0]);
    }
    let len = (body.len() as u16).to_le_bytes();
    let mut frame = vec![DIRECTION_RESPONSE, number, len[0], len[1]];
    frame.extend(answer.value.to_le_bytes());
    frame.extend(body);
    frame
}
