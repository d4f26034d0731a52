//! The little of CBOR (RFC 8949) that attestations use, deterministic (§4.2.1) in both
//! directions: definite lengths, shortest heads, nothing else is written or accepted.

/// The bytes are not what was asked for, or the buffer is too small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CborError;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const FALSE: u8 = 0xF4;
const TRUE: u8 = 0xF5;

/// Writes items one after the other.
pub(crate) struct Writer<'a> {
    out: &'a mut [u8],
    length: usize,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(out: &'a mut [u8]) -> Self {
        Self { out, length: 0 }
    }

    /// How much was written.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    pub(crate) fn array(&mut self, items: u32) -> Result<(), CborError> {
        self.head(ARRAY, items)
    }

    pub(crate) fn map(&mut self, pairs: u32) -> Result<(), CborError> {
        self.head(MAP, pairs)
    }

    pub(crate) fn tag(&mut self, tag: u32) -> Result<(), CborError> {
        self.head(TAG, tag)
    }

    pub(crate) fn unsigned(&mut self, value: u32) -> Result<(), CborError> {
        self.head(UNSIGNED, value)
    }

    pub(crate) fn integer(&mut self, value: i32) -> Result<(), CborError> {
        match u32::try_from(value) {
            Ok(positive) => self.head(UNSIGNED, positive),
            Err(_) => self.head(NEGATIVE, !value.cast_unsigned()),
        }
    }

    pub(crate) fn boolean(&mut self, value: bool) -> Result<(), CborError> {
        self.raw(&[if value { TRUE } else { FALSE }])
    }

    pub(crate) fn bytes(&mut self, value: &[u8]) -> Result<(), CborError> {
        self.head(BYTES, u32::try_from(value.len()).map_err(|_| CborError)?)?;
        self.raw(value)
    }

    pub(crate) fn text(&mut self, value: &str) -> Result<(), CborError> {
        self.head(TEXT, u32::try_from(value.len()).map_err(|_| CborError)?)?;
        self.raw(value.as_bytes())
    }

    fn head(&mut self, major: u8, value: u32) -> Result<(), CborError> {
        let major = major << 5;
        let [.., high, low] = value.to_be_bytes();
        match value {
            0..24 => self.raw(&[major | low]),
            24..0x100 => self.raw(&[major | 24, low]),
            0x100..0x1_0000 => self.raw(&[major | 25, high, low]),
            _ => {
                self.raw(&[major | 26])?;
                self.raw(&value.to_be_bytes())
            }
        }
    }

    fn raw(&mut self, bytes: &[u8]) -> Result<(), CborError> {
        let end = self.length.checked_add(bytes.len()).ok_or(CborError)?;
        let room = self.out.get_mut(self.length..end).ok_or(CborError)?;
        room.copy_from_slice(bytes);
        self.length = end;
        Ok(())
    }
}

/// Reads items one after the other.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Nothing may be left.
    pub(crate) fn finish(self) -> Result<(), CborError> {
        self.rest.is_empty().then_some(()).ok_or(CborError)
    }

    pub(crate) fn array(&mut self, items: u32) -> Result<(), CborError> {
        self.expect(ARRAY, items)
    }

    pub(crate) fn map(&mut self, pairs: u32) -> Result<(), CborError> {
        self.expect(MAP, pairs)
    }

    pub(crate) fn tag(&mut self, tag: u32) -> Result<(), CborError> {
        self.expect(TAG, tag)
    }

    /// The next integer must be this one; for map keys.
    pub(crate) fn integer(&mut self, value: i32) -> Result<(), CborError> {
        match u32::try_from(value) {
            Ok(positive) => self.expect(UNSIGNED, positive),
            Err(_) => self.expect(NEGATIVE, !value.cast_unsigned()),
        }
    }

    pub(crate) fn unsigned(&mut self) -> Result<u32, CborError> {
        self.head(UNSIGNED)
    }

    pub(crate) fn boolean(&mut self) -> Result<bool, CborError> {
        match self.take(1)? {
            [FALSE] => Ok(false),
            [TRUE] => Ok(true),
            _ => Err(CborError),
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], CborError> {
        let length = self.head(BYTES)?;
        self.take(length)
    }

    pub(crate) fn exact<const N: usize>(&mut self) -> Result<&'a [u8; N], CborError> {
        self.bytes()?.try_into().map_err(|_| CborError)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, CborError> {
        let length = self.head(TEXT)?;
        core::str::from_utf8(self.take(length)?).map_err(|_| CborError)
    }

    fn expect(&mut self, major: u8, value: u32) -> Result<(), CborError> {
        (self.head(major)? == value).then_some(()).ok_or(CborError)
    }

    fn head(&mut self, major: u8) -> Result<u32, CborError> {
        let first = self.take(1)?[0];
        if first >> 5 != major {
            return Err(CborError);
        }
        let (value, least) = match first & 0x1F {
            small @ 0..24 => (u32::from(small), 0),
            24 => (u32::from(self.take(1)?[0]), 24),
            25 => (self.number::<2>()?, 0x100),
            26 => (self.number::<4>()?, 0x1_0000),
            _ => return Err(CborError),
        };
        if value < least {
            return Err(CborError);
        }
        Ok(value)
    }

    fn number<const N: u32>(&mut self) -> Result<u32, CborError> {
        let bytes = self.take(N)?;
        Ok(bytes.iter().fold(0, |sum, b| sum << 8 | u32::from(*b)))
    }

    fn take(&mut self, length: u32) -> Result<&'a [u8], CborError> {
        let length = usize::try_from(length).map_err(|_| CborError)?;
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(CborError)?;
        self.rest = rest;
        Ok(taken)
    }
}
