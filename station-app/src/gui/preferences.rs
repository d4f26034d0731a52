//! What a person likes about the window, kept from one start to the next.

use serde::{Deserialize, Serialize};

use super::texts::Language;

/// Smallest and largest magnification.
pub const ZOOM: std::ops::RangeInclusive<f32> = 1.0..=2.0;

/// What a person likes about the window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Preferences {
    /// The language; `None` is that of the system, or English.
    pub language: Option<Language>,
    /// Light or dark; `None` is as the system has it.
    pub theme: Option<Brightness>,
    /// Magnification, 1.0 to 2.0.
    pub zoom: f32,
    /// Whether a tone tells that a unit ended.
    pub tones: bool,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Brightness {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            language: None,
            theme: None,
            zoom: 1.0,
            tones: false,
        }
    }
}

impl Preferences {
    /// The same with a magnification that the window can show.
    #[must_use]
    pub const fn within_reason(self) -> Self {
        let zoom = if self.zoom.is_finite() {
            self.zoom.clamp(*ZOOM.start(), *ZOOM.end())
        } else {
            1.0
        };
        Self { zoom, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_magnification_beyond_reason_is_brought_back() {
        for (given, kept) in [(0.1, 1.0), (9.0, 2.0), (f32::NAN, 1.0), (1.5, 1.5)] {
            let likes = Preferences {
                zoom: given,
                ..Preferences::default()
            };
            assert!((likes.within_reason().zoom - kept).abs() < f32::EPSILON);
        }
    }
}
