//! The languages of the window.

/// A language of the window.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// German.
    #[serde(rename = "de")]
    German,
    /// Chinese in simplified characters.
    #[serde(rename = "zh")]
    Chinese,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::English, Self::German, Self::Chinese];

    /// What its own speakers call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::Chinese => "中文",
        }
    }

    /// The one after it, and the first after the last.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::English => Self::German,
            Self::German => Self::Chinese,
            Self::Chinese => Self::English,
        }
    }

    /// The language of a POSIX locale such as `de_DE.UTF-8`, if the window speaks it.
    #[must_use]
    pub fn of_locale(locale: &str) -> Option<Self> {
        match locale.split(['_', '.', '-', '@']).next()? {
            "en" | "C" | "POSIX" => Some(Self::English),
            "de" => Some(Self::German),
            "zh" => Some(Self::Chinese),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_names_its_language() {
        assert_eq!(Language::of_locale("de_AT.UTF-8"), Some(Language::German));
        assert_eq!(Language::of_locale("zh_CN"), Some(Language::Chinese));
        assert_eq!(Language::of_locale("C.UTF-8"), Some(Language::English));
        assert_eq!(Language::of_locale("fr_FR"), None);
    }

    #[test]
    fn next_goes_round_through_all() {
        let round = Language::ALL.map(Language::next);
        assert_eq!(
            round,
            [Language::German, Language::Chinese, Language::English]
        );
    }
}
