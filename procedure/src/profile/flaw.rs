//! What is wrong with a profile, and on which line.

use std::fmt;

use toml::de::{DeTable, DeValue};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Keys that lead to it; an index where the value is a list.
    path: Vec<Key>,
    /// What is wrong, and why that matters.
    what: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    Name(String),
    Index(usize),
}

impl From<&str> for Key {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<usize> for Key {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

impl Flaw {
    pub(crate) fn new(path: impl IntoIterator<Item = Key>, what: impl fmt::Display) -> Self {
        Self {
            path: path.into_iter().collect(),
            what: what.to_string(),
        }
    }

    /// At a key of the profile itself.
    pub(crate) fn at(key: &str, what: impl fmt::Display) -> Self {
        Self::new([key.into()], what)
    }

    /// At a region.
    pub(crate) fn region(name: &str, what: impl fmt::Display) -> Self {
        Self::new(["regions".into(), name.into()], what)
    }

    /// At a burn, counted from 0.
    pub(crate) fn burn(index: usize, key: &str, what: impl fmt::Display) -> Self {
        Self::new(["burn".into(), index.into(), key.into()], what)
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// The flaws, each with the line of the text where it is.
pub(crate) fn in_lines(flaws: &[Flaw], text: &str) -> String {
    let lines: Vec<_> = flaws
        .iter()
        .map(|flaw| match line(text, &flaw.path) {
            Some(line) => format!("line {line}: {flaw}"),
            None => flaw.to_string(),
        })
        .collect();
    lines.join("; ")
}

/// The line, counted from 1, of the last key on the path that is there.
fn line(text: &str, path: &[Key]) -> Option<usize> {
    let document = DeTable::parse(text).ok()?;
    let mut at = None;
    let mut here: Option<&DeValue<'_>> = None;
    for key in path {
        let next = match (key, here) {
            (Key::Name(name), None) => document.get_ref().get(name.as_str()),
            (Key::Name(name), Some(value)) => value.get(name.as_str()),
            (Key::Index(index), Some(value)) => value.get(*index),
            (Key::Index(_), None) => None,
        };
        let Some(next) = next else { break };
        at = Some(next.span().start);
        here = Some(next.get_ref());
    }
    let before = text.get(..at?)?;
    Some(before.matches('\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "id = 1\n\n[regions]\na = { start = 1 }\n\n[[burn]]\nitem = \"x\"\n[[burn]]\nitem = \"y\"\nverify = \"z\"\n";

    #[test]
    fn the_line_is_that_of_the_key_or_of_what_holds_it() {
        let cases = [
            (Flaw::at("id", ""), Some(1)),
            (Flaw::region("a", ""), Some(4)),
            (Flaw::region("b", ""), Some(3)),
            (Flaw::burn(0, "item", ""), Some(7)),
            (Flaw::burn(1, "verify", ""), Some(10)),
            (Flaw::burn(1, "regions", ""), Some(8)),
            (Flaw::at("none", ""), None),
        ];
        for (flaw, expected) in cases {
            assert_eq!(line(TEXT, &flaw.path), expected, "{:?}", flaw.path);
        }
    }
}
