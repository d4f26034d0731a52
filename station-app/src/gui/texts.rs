//! What the window says, in the language that was chosen: one catalogue for each (Fluent).
//!
//! Codes of faults keep the words of [`cradle_procedure::fault`] in English; the other languages
//! translate them in `faults.ftl`.

mod catalogue;
mod language;
#[cfg(test)]
mod tests;

use cradle_procedure::fault::Code;
use eframe::egui::{Context, Id, Ui};

use catalogue::Catalogue;
pub use language::Language;

/// One message of the catalogue, by the name of its constant: `SIGN_IN` is `sign-in`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Word(pub(super) &'static str);

impl Word {
    /// A message without variables.
    pub(super) fn of(self, ui: &Ui) -> &'static str {
        Catalogue::of(language(ui.ctx())).plain(self)
    }

    /// A message with variables.
    pub(super) fn with(self, ui: &Ui, variables: &[(&'static str, &dyn ToString)]) -> String {
        Catalogue::of(language(ui.ctx())).filled(self, variables)
    }
}

/// What happened, by the fault's code.
pub(super) fn what(ui: &Ui, code: Code) -> &'static str {
    let translated = Catalogue::of(language(ui.ctx())).fault(code);
    translated.map_or(code.what(), |words| &words.what)
}

/// What to do about it.
pub(super) fn remedy(ui: &Ui, code: Code) -> &'static str {
    let translated = Catalogue::of(language(ui.ctx())).fault(code);
    translated.map_or(code.remedy(), |words| &words.remedy)
}

/// The language that is on.
pub(super) fn language(ctx: &Context) -> Language {
    ctx.data(|data| data.get_temp(place())).unwrap_or_default()
}

/// Switches to a language.
pub(super) fn speak(ctx: &Context, language: Language) {
    ctx.data_mut(|data| data.insert_temp(place(), language));
}

fn place() -> Id {
    Id::unique("language")
}
