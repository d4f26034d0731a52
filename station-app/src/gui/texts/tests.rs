//! The catalogues against each other, the constants and the engine's own words.

use std::collections::{BTreeMap, BTreeSet};

use cradle_procedure::fault::Code;
use fluent_bundle::FluentResource;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

use super::catalogue::{Catalogue, constant};
use super::{Language, Word};
use crate::gui::words::ALL;

/// Each message of a language with the variables it takes.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for source in Catalogue::sources(language) {
        let resource = FluentResource::try_new((*source).to_owned());
        let resource = resource.unwrap_or_else(|(_, errors)| panic!("{language:?}: {errors:?}"));
        for entry in resource.entries() {
            if let Entry::Message(message) = entry {
                let variables = message.value.as_ref().map(variables).unwrap_or_default();
                let twice = found.insert(message.id.name.to_owned(), variables);
                assert!(
                    twice.is_none(),
                    "{language:?}: {} is there twice",
                    message.id.name
                );
            }
        }
    }
    found
}

fn variables(pattern: &Pattern<&str>) -> BTreeSet<String> {
    let of_element = |element: &PatternElement<&str>| match element {
        PatternElement::Placeable {
            expression: Expression::Inline(InlineExpression::VariableReference { id }),
        } => Some(id.name.to_owned()),
        _ => None,
    };
    pattern.elements.iter().filter_map(of_element).collect()
}

fn without_faults(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut messages = messages(language);
    messages.retain(|name, _| !name.chars().all(|c| !c.is_ascii_lowercase()));
    messages
}

#[test]
fn every_language_has_the_same_messages_with_the_same_variables() {
    let english = without_faults(Language::English);
    for language in [Language::German, Language::Chinese] {
        let other = without_faults(language);
        for (name, variables) in &english {
            assert_eq!(Some(variables), other.get(name), "{language:?}: {name}");
        }
        for name in other.keys() {
            assert!(
                english.contains_key(name),
                "{language:?}: {name} is not in English"
            );
        }
    }
}

#[test]
fn every_constant_has_a_message_and_every_message_a_constant() {
    let messages: BTreeSet<_> = without_faults(Language::English)
        .keys()
        .map(|name| constant(name))
        .collect();
    let constants: BTreeSet<_> = ALL.iter().map(|Word(name)| (*name).to_owned()).collect();
    let missing: Vec<_> = constants.difference(&messages).collect();
    let unused: Vec<_> = messages.difference(&constants).collect();
    assert!(
        missing.is_empty() && unused.is_empty(),
        "missing {missing:?}, unused {unused:?}"
    );
}

#[test]
fn english_says_of_each_fault_what_the_engine_says() {
    for code in Code::ALL {
        let own = Catalogue::of(Language::English).fault(*code);
        assert!(own.is_none(), "{} is said twice", code.id());
    }
}

#[test]
fn every_fault_is_translated_and_no_other() {
    for language in [Language::German, Language::Chinese] {
        for code in Code::ALL {
            let words = Catalogue::of(language).fault(*code);
            let words = words.unwrap_or_else(|| panic!("{language:?}: {} is missing", code.id()));
            assert_ne!(words.what, code.what());
            assert_ne!(words.remedy, code.remedy());
        }
        let stale = messages(language).into_keys().find(|name| {
            !without_faults(language).contains_key(name) && Code::from_id(name).is_none()
        });
        assert_eq!(stale, None, "{language:?}");
    }
}

#[test]
fn every_message_is_said_with_its_variables_filled_in() {
    for language in Language::ALL {
        for (name, variables) in without_faults(language) {
            let word = ALL.iter().find(|word| word.0 == constant(&name)).unwrap();
            let catalogue = Catalogue::of(language);
            let said = if variables.is_empty() {
                catalogue.plain(*word).to_owned()
            } else {
                let names: Vec<&'static str> = variables.into_iter().map(|v| &*v.leak()).collect();
                let values: Vec<_> = names.iter().map(|name| (*name, &7 as _)).collect();
                catalogue.filled(*word, &values)
            };
            assert!(
                !said.is_empty() && (said != word.0 || name == "training"),
                "{language:?}: {name}"
            );
            assert!(!said.contains('{'), "{language:?}: {name}: {said}");
        }
    }
}
