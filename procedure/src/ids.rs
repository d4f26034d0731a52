//! Names of things, each a type of its own, so that a serial is never taken for a UID.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::fault::{Code, Fault};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $max:literal, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads the name.
            ///
            /// # Errors
            /// `CFG-03` if it is empty, too long or holds a character that is not allowed.
            pub fn new(text: impl Into<String>) -> Result<Self, Fault> {
                let text = text.into();
                let allowed: fn(char) -> bool = $allowed;
                if text.is_empty() || text.len() > $max || !text.chars().all(allowed) {
                    let what = stringify!($name);
                    return Err(Fault::new(Code::InputInvalid, format!("{what}: {text:?}")));
                }
                Ok(Self(text))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Fault;
            fn try_from(text: String) -> Result<Self, Fault> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = Fault;
            fn from_str(text: &str) -> Result<Self, Fault> {
                Self::new(text)
            }
        }
    };
}

fn label(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// It goes into a certificate as `PrintableString` (X.520 §6.2.9), which has no underscore.
fn printable(c: char) -> bool {
    label(c) && c != '_'
}

text_id! {
    /// Serial number of a unit, as on its label. At most 64 of `A-Z a-z 0-9 - .`
    Serial, 64, printable
}
text_id! {
    /// A batch's name.
    BatchId, 64, label
}
text_id! {
    /// A person's sign-in name.
    OperatorName, 64, label
}
text_id! {
    /// A station's name.
    StationId, 64, label
}
text_id! {
    /// A release: product and version, such as `sensor-1.4.2`.
    ReleaseId, 96, label
}
text_id! {
    /// Name of a target profile, such as `stm32f405`.
    ProfileId, 64, label
}
text_id! {
    /// Name of a registry outside the house.
    RegistryName, 64, label
}

/// A fixture position on the bench, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SlotId(pub u16);

impl fmt::Display for SlotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Unique identifier that the chip maker put into the chip, as the chip gives it.
/// 12 bytes on STM32, 6 on ESP32.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Uid(Vec<u8>);

impl Uid {
    /// Takes the bytes as read.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// The bytes as read.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode(&self.0))
    }
}

impl From<Uid> for String {
    fn from(uid: Uid) -> Self {
        uid.to_string()
    }
}

impl std::str::FromStr for Uid {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self, Fault> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for Uid {
    type Error = Fault;
    fn try_from(text: String) -> Result<Self, Fault> {
        match hex::decode(&text) {
            Ok(bytes) if (6..=16).contains(&bytes.len()) => Ok(Self(bytes)),
            _ => Err(Fault::new(Code::InputInvalid, format!("UID: {text:?}"))),
        }
    }
}

/// A SHA-256 digest; hexadecimal as text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// Digest of the bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// A digest made elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode(self.0))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

impl From<Sha256> for String {
    fn from(digest: Sha256) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Sha256 {
    type Error = Fault;
    fn try_from(text: String) -> Result<Self, Fault> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(&text, &mut bytes)
            .map_err(|_| Fault::new(Code::InputInvalid, format!("SHA-256: {text:?}")))?;
        Ok(Self(bytes))
    }
}
