//! Elements that are not what they say.

use std::fmt;
use std::str::FromStr;

use cradle_procedure::element::{Dates, Point};
use serde::{Deserialize, Serialize};

use super::maker::{ELEMENT_DATES, Files, Identity, Maker};

/// What somebody sells as an element of the maker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Counterfeit {
    /// A blank part, configured alike.
    NoCertificates,
    /// Certified by somebody who took the maker's name.
    ForeignRoot,
    /// A part with the certificates of another.
    CopiedCertificates,
    /// A genuine part whose certificate was given another date.
    AlteredDate,
    /// A part that says all that another one says, serial number and public key too.
    Impostor,
}

impl Counterfeit {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::NoCertificates,
        Self::ForeignRoot,
        Self::CopiedCertificates,
        Self::AlteredDate,
        Self::Impostor,
    ];

    const fn text(self) -> &'static str {
        match self {
            Self::NoCertificates => "no-certificates",
            Self::ForeignRoot => "foreign-root",
            Self::CopiedCertificates => "copied-certificates",
            Self::AlteredDate => "altered-date",
            Self::Impostor => "impostor",
        }
    }

    /// What is in its slots in place of the maker's certificates for `own`; `other` is a genuine
    /// element.
    pub(super) fn files(self, own: &Identity, other: &Identity) -> Option<Files> {
        let maker = Maker::of_training()?;
        match self {
            Self::NoCertificates => None,
            Self::ForeignRoot => Maker::forger()?.certify(own),
            Self::CopiedCertificates | Self::Impostor => maker.certify(other),
            Self::AlteredDate => {
                let mut files = maker.certify(own)?;
                let Dates([year, rest, years]) = ELEMENT_DATES;
                // Two years later.
                files.device.dates = Dates([year + (2 << 3), rest, years]);
                Some(files)
            }
        }
    }

    /// The serial number it shows.
    pub(super) fn serial(self, own: &Identity, other: &Identity) -> [u8; 9] {
        match self {
            Self::Impostor => other.serial,
            _ => own.serial,
        }
    }

    /// The public key that it tells in place of its own.
    pub(super) fn tells(self, other: &Identity) -> Option<Point> {
        (self == Self::Impostor).then(|| other.point())
    }
}

impl fmt::Display for Counterfeit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl FromStr for Counterfeit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|kind| kind.text() == text);
        let all = || Self::ALL.map(Self::text).join(", ");
        known.ok_or_else(|| format!("no such counterfeit; there are {}", all()))
    }
}

impl TryFrom<String> for Counterfeit {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Counterfeit> for String {
    fn from(counterfeit: Counterfeit) -> Self {
        counterfeit.text().to_owned()
    }
}
