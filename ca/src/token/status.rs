//! What a token holds, and what is wrong with it.

use cradle_procedure::fault::Fault;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use serde::Serialize;

use super::fault::OrTokenFault as _;
use super::object;

/// The private keys of a token, ordered by label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenStatus {
    /// One entry per private key.
    pub keys: Vec<KeyStatus>,
}

/// One private key as the token describes it. What a token does not tell counts as unsafe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyStatus {
    /// `CKA_LABEL`.
    pub label: String,
    /// `CKA_ID`, hexadecimal.
    pub id: String,
    /// `CKA_SENSITIVE`: never shown in plain text.
    pub sensitive: bool,
    /// `CKA_EXTRACTABLE`: can be taken off the token, if wrapped.
    pub extractable: bool,
    /// What it may be used for: `sign`, `decrypt`, `derive`, `unwrap`.
    pub usage: Vec<&'static str>,
    /// What is wrong with it, in words. Empty for a sound key.
    pub problems: Vec<String>,
}

const WANTED: [AttributeType; 8] = [
    AttributeType::Label,
    AttributeType::Id,
    AttributeType::Sensitive,
    AttributeType::Extractable,
    AttributeType::Sign,
    AttributeType::Decrypt,
    AttributeType::Derive,
    AttributeType::Unwrap,
];

pub(super) fn read(session: &Session) -> Result<TokenStatus, Fault> {
    let private = [
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::Token(true),
    ];
    let mut keys = Vec::new();
    for handle in session.find_objects(&private).or_token_fault()? {
        let mut key = describe(session, handle)?;
        key.problems = problems(&key);
        if let Err(fault) = object::find_pair(session, &key.label) {
            key.problems.push(fault.detail);
        }
        keys.push(key);
    }
    keys.sort_by(|a, b| (&a.label, &a.id).cmp(&(&b.label, &b.id)));
    Ok(TokenStatus { keys })
}

fn describe(session: &Session, handle: ObjectHandle) -> Result<KeyStatus, Fault> {
    let mut key = KeyStatus {
        label: String::new(),
        id: String::new(),
        sensitive: false,
        extractable: true,
        usage: Vec::new(),
        problems: Vec::new(),
    };
    for attribute in session.get_attributes(handle, &WANTED).or_token_fault()? {
        match attribute {
            Attribute::Label(label) => key.label = String::from_utf8_lossy(&label).into_owned(),
            Attribute::Id(id) => key.id = hex::encode(id),
            Attribute::Sensitive(yes) => key.sensitive = yes,
            Attribute::Extractable(yes) => key.extractable = yes,
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
    let mut problems = Vec::new();
    if key.extractable {
        problems.push("it can be taken off the token".to_owned());
    }
    if !key.sensitive {
        problems.push("its value can be read".to_owned());
    }
    if !key.usage.contains(&"sign") {
        problems.push("it may not sign".to_owned());
    }
    // `decrypt` and `unwrap` are allowed by default on some modules, and mean nothing on EC keys.
    if key.usage.contains(&"derive") {
        problems.push("it may do key agreement as well as sign".to_owned());
    }
    problems
}
