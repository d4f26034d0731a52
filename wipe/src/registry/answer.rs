//! What a registry answered, and what that means for another try.

use cradle_procedure::fault::{Code, Fault};
use serde_json::Value;

/// Longest piece of a body that is shown, in characters.
const SHOWN: usize = 120;

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) etag: Option<String>,
    /// What AWS calls the error.
    pub(super) error_type: Option<String>,
    /// Seconds after which to ask again (RFC 9110 §10.2.3).
    pub(super) retry_after_s: Option<u64>,
    pub(super) body: Vec<u8>,
}

/// Why a request came to nothing.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It may be different in a moment; the registry may say when.
    Passing {
        fault: Fault,
        retry_after_s: Option<u64>,
    },
    /// It will not.
    Lasting(Fault),
}

impl Trouble {
    pub(super) fn refused(why: impl std::fmt::Display) -> Self {
        Self::Lasting(Fault::new(Code::RegistryRefused, why))
    }

    pub(super) fn into_fault(self) -> Fault {
        match self {
            Self::Passing { fault, .. } | Self::Lasting(fault) => fault,
        }
    }
}

impl Answer {
    /// Status and the beginning of the body, on one line, in plain characters.
    pub(super) fn words(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let plain = |c: char| if c.is_ascii_graphic() { c } else { ' ' };
        let text: String = text.chars().take(SHOWN).map(plain).collect();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = self.error_type.as_deref().unwrap_or_default();
        let words = ["HTTP", &self.status.to_string(), name, &text].join(" ");
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Result<Value, Trouble> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Trouble::refused(format!("{}: not JSON: {error}", self.words())))
    }

    /// What an answer that is no success means: an overloaded or broken registry may recover
    /// (RFC 9110 §15.5.9 and §15.6, RFC 6585 §4), everything else will not change by itself.
    pub(super) fn trouble(&self) -> Trouble {
        let passing = matches!(self.status, 408 | 425 | 429 | 500 | 502..=504);
        if passing || self.is_throttled() {
            return self.passing();
        }
        Trouble::refused(self.words())
    }

    /// That it may be different in a moment.
    pub(super) fn passing(&self) -> Trouble {
        Trouble::Passing {
            fault: Fault::new(Code::RegistryUnreachable, self.words()),
            retry_after_s: self.retry_after_s,
        }
    }

    /// AWS IoT throttles with status 400 (its API reference, `ThrottlingException`).
    fn is_throttled(&self) -> bool {
        self.error_type.as_deref() == Some("ThrottlingException")
    }
}
