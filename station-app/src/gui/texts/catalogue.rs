//! One language's messages, read once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use cradle_procedure::fault::Code;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use super::{Language, Word};

macro_rules! files {
    ($language:literal, $($file:literal)*) => {
        &[$(include_str!(concat!("../../../texts/", $language, "/", $file, ".ftl")),)*]
    };
}

const ENGLISH: &[&str] = files!("en", "shell" "bench" "people" "settings" "audit" "unit" "batches" "decommission" "two" "authority" "releases" "training");
const GERMAN: &[&str] = files!("de", "shell" "bench" "people" "settings" "audit" "unit" "batches" "decommission" "two" "authority" "releases" "training" "faults");
const CHINESE: &[&str] = files!("zh", "shell" "bench" "people" "settings" "audit" "unit" "batches" "decommission" "two" "authority" "releases" "training" "faults");

/// The messages of one language.
pub(super) struct Catalogue {
    bundle: FluentBundle<FluentResource>,
    /// Messages without variables, by the name of their constant.
    plain: HashMap<String, String>,
    faults: HashMap<&'static str, FaultWords>,
}

/// A fault's code in words.
pub(super) struct FaultWords {
    pub(super) what: String,
    pub(super) remedy: String,
}

impl Catalogue {
    /// The messages of that language.
    pub(super) fn of(language: Language) -> &'static Self {
        static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(Language::English));
        static GERMAN: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(Language::German));
        static CHINESE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(Language::Chinese));
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
            Language::Chinese => &CHINESE,
        }
    }

    /// The files that a language is written in.
    pub(super) const fn sources(language: Language) -> &'static [&'static str] {
        match language {
            Language::English => ENGLISH,
            Language::German => GERMAN,
            Language::Chinese => CHINESE,
        }
    }

    fn read(language: Language) -> Self {
        let tag = match language {
            Language::English => "en",
            Language::German => "de",
            Language::Chinese => "zh-Hans",
        };
        let tag: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // All three are written from left to right: no marks around what is filled in.
        bundle.set_use_isolating(false);
        let mut names = Vec::new();
        for source in Self::sources(language) {
            // A test holds that every file is well-formed and no message is there twice.
            let resource = FluentResource::try_new((*source).to_owned());
            let resource = resource.unwrap_or_else(|(parsed, _)| parsed);
            names.extend(names_in(&resource));
            bundle.add_resource_overriding(resource);
        }
        let mut catalogue = Self {
            bundle,
            plain: HashMap::new(),
            faults: HashMap::new(),
        };
        for name in names {
            catalogue.prepare(&name);
        }
        for code in Code::ALL {
            if let Some(words) = catalogue.fault_words(*code) {
                catalogue.faults.insert(code.id(), words);
            }
        }
        catalogue
    }

    fn prepare(&mut self, name: &str) {
        let mut errors = Vec::new();
        let Some(pattern) = self.bundle.get_message(name).and_then(|m| m.value()) else {
            return;
        };
        let text = self.bundle.format_pattern(pattern, None, &mut errors);
        if errors.is_empty() {
            let text = text.into_owned();
            self.plain.insert(constant(name), text);
        }
    }

    fn fault_words(&self, code: Code) -> Option<FaultWords> {
        let message = self.bundle.get_message(code.id())?;
        let say = |pattern| {
            let text: Cow<'_, str> = self.bundle.format_pattern(pattern, None, &mut Vec::new());
            text.into_owned()
        };
        Some(FaultWords {
            what: say(message.value()?),
            remedy: say(message.get_attribute("remedy")?.value()),
        })
    }

    pub(super) fn plain(&'static self, word: Word) -> &'static str {
        // A test holds that every constant has its message in every language.
        self.plain.get(word.0).map_or(word.0, String::as_str)
    }

    pub(super) fn filled(&self, word: Word, variables: &[(&'static str, &dyn ToString)]) -> String {
        let mut arguments = FluentArgs::new();
        for (name, value) in variables {
            arguments.set(*name, FluentValue::from(value.to_string()));
        }
        let pattern = self
            .bundle
            .get_message(&message(word.0))
            .and_then(|m| m.value());
        let Some(pattern) = pattern else {
            return word.0.to_owned();
        };
        let text = self
            .bundle
            .format_pattern(pattern, Some(&arguments), &mut Vec::new());
        text.into_owned()
    }

    pub(super) fn fault(&'static self, code: Code) -> Option<&'static FaultWords> {
        self.faults.get(code.id())
    }
}

/// The messages that a file defines.
pub(super) fn names_in(resource: &FluentResource) -> Vec<String> {
    let messages = resource.entries().filter_map(|entry| match entry {
        fluent_syntax::ast::Entry::Message(message) => Some(message.id.name.to_owned()),
        _ => None,
    });
    messages.collect()
}

/// `sign-in` is the message of `SIGN_IN`.
pub(super) fn constant(message: &str) -> String {
    message.replace('-', "_").to_ascii_uppercase()
}

fn message(constant: &str) -> String {
    constant.replace('_', "-").to_ascii_lowercase()
}
