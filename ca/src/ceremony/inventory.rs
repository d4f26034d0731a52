//! What the tokens of a line hold, and what is wrong with it.

use cradle_procedure::fault::Fault;
use serde::Serialize;

use super::{CaFiles, ROOT_CA_KEY, Tokens, keys, subject_key_of};
use crate::token::{KeyStatus, Token, TokenIdentity};

/// One token, looked through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Which token.
    pub token: TokenIdentity,
    /// Its private keys.
    pub keys: Vec<KeyStatus>,
    /// Labels of the keys that should be on it and are not.
    pub missing: Vec<&'static str>,
}

impl Held {
    /// Whether nothing is wrong with it.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.missing.is_empty() && self.keys.iter().all(|key| key.problems.is_empty())
    }
}

/// Looks through the line's token, and through the root CA's own one if it has one: that may fail
/// because it is locked away, as it should be.
///
/// # Errors
/// `TOK-…` of the line's token; `CFG-02`, `CA-05` a certificate file that is there is none.
pub fn inventory(
    tokens: Tokens<'_>,
    files: &CaFiles,
) -> Result<(Held, Option<Result<Held, Fault>>), Fault> {
    let mut line = held(tokens.line, tokens.keys_of_line())?;
    let certified = [
        (super::ISSUING_CA_KEY, subject_key_of(&files.issuing)?),
        (ROOT_CA_KEY, subject_key_of(&files.root)?),
    ];
    let judge = |held: &mut Held| {
        for key in &mut held.keys {
            let certified = certified.iter().find(|(label, _)| key.label == *label);
            if let Some((_, Some(spki))) = certified
                && key.spki.as_ref().is_some_and(|own| own != spki)
            {
                key.problems
                    .push("its certificate is for another key".to_owned());
            }
        }
    };
    judge(&mut line);
    let Some(open) = tokens.root else {
        return Ok((line, None));
    };
    for key in line.keys.iter_mut().filter(|key| key.label == ROOT_CA_KEY) {
        key.problems
            .push("it belongs on the root CA's own token".to_owned());
    }
    let root = open().and_then(|token| held(&token, &[ROOT_CA_KEY]));
    let root = root.map(|mut root| {
        judge(&mut root);
        root
    });
    Ok((line, Some(root)))
}

fn held(token: &Token, wanted: &[&'static str]) -> Result<Held, Fault> {
    let status = token.status()?;
    Ok(Held {
        token: token.identity()?,
        missing: keys::missing(&status, wanted),
        keys: status.keys,
    })
}
