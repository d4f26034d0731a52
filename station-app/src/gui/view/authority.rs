//! The certificate authority as plain data: what is wrong, what ends, what the tokens hold.

use cradle_ca::ceremony::Held;
use cradle_ca::issue::CrlState;
use cradle_ca::token::KeyStatus;

use super::unit::CertificateView;
use crate::gui::backend::AuthorityState;

/// The certificate authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityView {
    /// What ends by itself.
    pub ends: Vec<End>,
    /// The line's token, then the root CA's own if it is here.
    pub tokens: Vec<TokenView>,
    /// Why the root CA's own token is not here, where it has one.
    pub root_away: Option<String>,
    /// Complete list first.
    pub lists: Vec<ListView>,
    /// Root CA, issuing CA, OCSP responder, as far as they are there.
    pub certificates: Vec<CertificateView>,
}

/// Something that ends by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// What, as `cradle_ca::watch` names it.
    pub what: &'static str,
    /// When, in milliseconds since 1970-01-01 UTC, and in how many seconds; `None` if it is not
    /// there.
    pub when: Option<(u64, u64)>,
    /// Whether somebody should see to it now.
    pub alarm: bool,
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenView {
    /// Its label.
    pub label: String,
    /// What it is.
    pub model: String,
    /// Module that it is asked through.
    pub module: String,
    /// Its private keys.
    pub keys: Vec<KeyView>,
    /// Labels of keys that should be on it and are not.
    pub missing: Vec<&'static str>,
}

/// A private key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyView {
    /// Its label.
    pub label: String,
    /// PKCS#11 attributes that it has, in the words of the standard.
    pub attributes: Vec<&'static str>,
    /// What is wrong with it.
    pub problems: Vec<String>,
}

/// A certificate revocation list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListView {
    /// Whether it is the delta list.
    pub delta: bool,
    /// Its number.
    pub number: u64,
    /// When it was made, in milliseconds since 1970-01-01 UTC.
    pub made_ms: u64,
    /// Its age in seconds.
    pub age_s: u64,
    /// When relying parties stop believing it, in milliseconds since 1970-01-01 UTC.
    pub until_ms: u64,
    /// Whether it is over already.
    pub over: bool,
}

impl AuthorityView {
    /// The view at that moment.
    #[must_use]
    pub fn new(state: &AuthorityState, now_ms: u64) -> Self {
        let now = now_ms / 1000;
        let root = state.root.as_ref();
        let here = root.and_then(|root| root.as_ref().ok());
        let away = root.and_then(|root| root.as_ref().err());
        let list = |delta| move |list: CrlState| list_view(list, delta, now);
        Self {
            ends: (state.ends.iter())
                .map(|one| End {
                    what: one.what,
                    when: (one.ends_at).map(|end| (end * 1000, end.saturating_sub(now))),
                    alarm: one.alarm,
                })
                .collect(),
            tokens: [&state.line].into_iter().chain(here).map(token).collect(),
            root_away: away.map(|fault| fault.detail.clone()),
            lists: (state.crl.map(list(false)).into_iter())
                .chain(state.delta.map(list(true)))
                .collect(),
            certificates: (state.certificates.iter())
                .map(|der| CertificateView::of_der(der))
                .collect(),
        }
    }

    /// Whether nothing is wrong and nothing ends soon.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let keys = |token: &TokenView| {
            token.missing.is_empty() && token.keys.iter().all(|key| key.problems.is_empty())
        };
        self.tokens.iter().all(keys) && !self.ends.iter().any(|end| end.alarm)
    }
}

fn list_view(list: CrlState, delta: bool, now: u64) -> ListView {
    ListView {
        delta,
        number: list.number,
        made_ms: list.this_update * 1000,
        age_s: now.saturating_sub(list.this_update),
        until_ms: list.next_update * 1000,
        over: now >= list.next_update,
    }
}

fn token(held: &Held) -> TokenView {
    let identity = &held.token;
    TokenView {
        label: identity.label.clone(),
        model: format!(
            "{} {}, {}",
            identity.manufacturer, identity.model, identity.serial
        ),
        module: identity.module.clone(),
        keys: held.keys.iter().map(key).collect(),
        missing: held.missing.clone(),
    }
}

fn key(key: &KeyStatus) -> KeyView {
    let told = [
        (key.sensitive, "CKA_SENSITIVE"),
        (key.always_sensitive, "CKA_ALWAYS_SENSITIVE"),
        (key.extractable, "CKA_EXTRACTABLE"),
        (key.never_extractable, "CKA_NEVER_EXTRACTABLE"),
        (key.local, "CKA_LOCAL"),
    ];
    let has = told.into_iter().filter(|(value, _)| *value == Some(true));
    KeyView {
        label: key.label.clone(),
        attributes: has
            .map(|(_, name)| name)
            .chain(key.usage.iter().copied())
            .collect(),
        problems: key.problems.clone(),
    }
}
