//! What a token holds, and what is wrong with it.

use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use serde::Serialize;

use super::fault::{Failure, OrTokenFault as _};
use super::object;

/// The private keys of a token, ordered by label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenStatus {
    /// One entry per private key.
    pub keys: Vec<KeyStatus>,
}

/// One private key as the token describes it. What a token does not tell counts as unsafe where
/// the key itself could be had through it, and is left open otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct KeyStatus {
    /// `CKA_LABEL`.
    pub label: String,
    /// `CKA_ID`, hexadecimal.
    pub id: String,
    /// `SubjectPublicKeyInfo`, DER, if it is a key pair that can be used here.
    #[serde(skip)]
    pub spki: Option<Vec<u8>>,
    /// `CKA_SENSITIVE`: never shown in plain text.
    pub sensitive: Option<bool>,
    /// `CKA_ALWAYS_SENSITIVE`: it was so from the first moment.
    pub always_sensitive: Option<bool>,
    /// `CKA_EXTRACTABLE`: can be taken off the token, if wrapped.
    pub extractable: Option<bool>,
    /// `CKA_NEVER_EXTRACTABLE`: it was never otherwise.
    pub never_extractable: Option<bool>,
    /// `CKA_LOCAL`: made on this token. Some modules say no of every key; no fault by itself.
    pub local: Option<bool>,
    /// What it may be used for: `sign`, `decrypt`, `derive`, `unwrap`.
    pub usage: Vec<&'static str>,
    /// What is wrong with it, in words. Empty for a sound key.
    pub problems: Vec<String>,
}

const WANTED: [AttributeType; 11] = [
    AttributeType::Label,
    AttributeType::Id,
    AttributeType::Sensitive,
    AttributeType::AlwaysSensitive,
    AttributeType::Extractable,
    AttributeType::NeverExtractable,
    AttributeType::Local,
    AttributeType::Sign,
    AttributeType::Decrypt,
    AttributeType::Derive,
    AttributeType::Unwrap,
];

pub(super) fn read(session: &Session) -> Result<TokenStatus, Failure> {
    let private = [
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::Token(true),
    ];
    let mut keys = Vec::new();
    for handle in session.find_objects(&private).or_token_fault()? {
        let mut key = describe(session, handle)?;
        key.problems = problems(&key);
        match object::find_pair(session, &key.label) {
            Ok(pair) => key.spki = Some(pair.spki),
            Err(failure) => key.problems.push(failure.told().detail),
        }
        keys.push(key);
    }
    keys.sort_by(|a, b| (&a.label, &a.id).cmp(&(&b.label, &b.id)));
    Ok(TokenStatus { keys })
}

fn describe(session: &Session, handle: ObjectHandle) -> Result<KeyStatus, Failure> {
    let mut key = KeyStatus::default();
    for attribute in session.get_attributes(handle, &WANTED).or_token_fault()? {
        match attribute {
            Attribute::Label(label) => key.label = String::from_utf8_lossy(&label).into_owned(),
            Attribute::Id(id) => key.id = hex::encode(id),
            Attribute::Sensitive(yes) => key.sensitive = Some(yes),
            Attribute::AlwaysSensitive(yes) => key.always_sensitive = Some(yes),
            Attribute::Extractable(yes) => key.extractable = Some(yes),
            Attribute::NeverExtractable(yes) => key.never_extractable = Some(yes),
            Attribute::Local(yes) => key.local = Some(yes),
            Attribute::Sign(true) => key.usage.push("sign"),
            Attribute::Decrypt(true) => key.usage.push("decrypt"),
            Attribute::Derive(true) => key.usage.push("derive"),
            Attribute::Unwrap(true) => key.usage.push("unwrap"),
            _ => {}
        }
    }
    Ok(key)
}

fn problems(key: &KeyStatus) -> Vec<String> {
    let usage = |what| key.usage.contains(&what);
    let found = [
        (
            key.extractable != Some(false),
            "it can be taken off the token",
        ),
        (
            key.extractable == Some(false) && key.never_extractable == Some(false),
            "it could be taken off the token once, or was brought there",
        ),
        (key.sensitive != Some(true), "its value can be read"),
        (
            key.sensitive == Some(true) && key.always_sensitive == Some(false),
            "its value could be read once, or was known elsewhere",
        ),
        (!usage("sign"), "it may not sign"),
        // `decrypt` and `unwrap` are allowed by default on some modules, and mean nothing on EC
        // keys.
        (usage("derive"), "it may do key agreement as well as sign"),
    ];
    let wrong = found.into_iter().filter(|(wrong, _)| *wrong);
    wrong.map(|(_, what)| what.to_owned()).collect()
}
