//! What a person likes about the window, in a file of their own (XDG Base Directory
//! Specification).

use std::path::PathBuf;

use crate::files;
use crate::gui::preferences::Preferences;
use crate::gui::texts::Language;

const FILE: &str = "cradle/window.toml";

/// What was kept. A file that is not there or cannot be understood is as good as none.
pub(super) fn read() -> Preferences {
    let kept: Preferences = file()
        .and_then(|file| files::read(&file).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| toml::from_str(&text).ok())
        .unwrap_or_default();
    Preferences {
        language: kept.language.or_else(of_system),
        ..kept
    }
}

/// Keeps it. What cannot be written is lost with this window, and nothing else is.
pub(super) fn keep(preferences: Preferences) {
    let Some(file) = file() else {
        return;
    };
    let Ok(text) = toml::to_string(&preferences) else {
        return;
    };
    let folder = file.parent().map_or(Ok(()), files::make_folder);
    let _ = folder.and_then(|()| files::write(&file, text.as_bytes()));
}

fn file() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let home = || set("HOME").map(|home| PathBuf::from(home).join(".config"));
    let folder = set("XDG_CONFIG_HOME").map(PathBuf::from).or_else(home)?;
    Some(folder.join(FILE))
}

/// The language of the system (POSIX, "Locale": the first of these that is set).
fn of_system() -> Option<Language> {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    locale.as_deref().and_then(Language::of_locale)
}
