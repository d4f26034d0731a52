//! The version in an image's header.

/// `ih_ver`: semantic version and build number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Major.
    pub major: u8,
    /// Minor.
    pub minor: u8,
    /// Patch.
    pub revision: u16,
    /// Build number.
    pub build: u32,
}

impl Version {
    /// The version as Semantic Versioning writes it: `1.2.3+4`, without `+4` if the build
    /// number is 0.
    #[must_use]
    pub fn text(self) -> VersionText {
        let mut text = VersionText {
            bytes: [0; VersionText::LONGEST],
            length: 0,
        };
        text.push_number(u32::from(self.major));
        text.push(b'.');
        text.push_number(u32::from(self.minor));
        text.push(b'.');
        text.push_number(u32::from(self.revision));
        if self.build != 0 {
            text.push(b'+');
            text.push_number(self.build);
        }
        text
    }
}

/// A version as text, without a heap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionText {
    bytes: [u8; Self::LONGEST],
    length: usize,
}

impl VersionText {
    /// Bytes of `255.255.65535+4294967295`.
    pub const LONGEST: usize = 24;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII is pushed, so this is never the empty fallback.
        core::str::from_utf8(&self.bytes[..self.length]).unwrap_or("")
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }

    fn push_number(&mut self, value: u32) {
        if value >= 10 {
            self.push_number(value / 10);
        }
        self.push(b'0' + (value % 10) as u8);
    }
}
