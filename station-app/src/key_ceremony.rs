//! The key ceremony with its two people: one asks, the other approves, then it is held, and what
//! it made goes on record.
//!
//! The approval is signed by the audit key like every other. The very first ceremony makes that
//! key, so nothing can be approved before it: there both people sign in at the same station, the
//! audit key is made on the strength of the two sign-ins, and signs the approval of all the rest.

use cradle_ca::ceremony::{
    self, AUDIT_KEY, BOOT_KEY, CaFiles, CaNames, Ceremony, Lack, Tokens, ceremony, lack,
};
use cradle_ca::token::{Pin, Token, TokenKey};
use cradle_procedure::curve::Curve;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::role::Permission;
use cradle_records::{NewRequest, Request, RequestKind, Session, Store};
use serde_json::{Value, json};

use crate::config::Config;
use crate::files;
use crate::station::{now_ms, open_store, open_token, open_unsigned_store, read_profile};

/// How long the request waits for the second person: a day.
const WAITS_MS: u64 = 24 * 3_600_000;

/// Token and records, as far as there are any yet.
pub(crate) struct KeyCeremony {
    config: Config,
    token: Token,
    store: Store,
    audit: Option<TokenKey>,
}

/// What came of it.
pub(crate) enum Outcome {
    /// Everything was there already, and is in order.
    NothingToDo,
    /// Another person has to approve this first.
    Waits(Request),
    /// It was held.
    Held(Box<Ceremony>),
}

impl KeyCeremony {
    /// Opens the line's token, and the records with the audit key if there is one.
    pub(crate) fn open(config: Config, pin: Pin) -> Result<Self, Fault> {
        let token = open_token(&config, pin)?;
        let keys = token.status()?.keys;
        let has_audit_key = keys.iter().any(|key| key.label == AUDIT_KEY);
        let audit = has_audit_key.then(|| token.key(AUDIT_KEY)).transpose()?;
        let store = match &audit {
            Some(audit) => open_store(&config, audit)?,
            None => open_unsigned_store(&config)?,
        };
        files::make_folder(&config.authority.files)?;
        Ok(Self {
            config,
            token,
            store,
            audit,
        })
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn token(&self) -> &Token {
        &self.token
    }

    /// Asks for it, has it approved by the second person if that one is here, and holds it if it
    /// is approved. CA keys to be made are on that curve, or on the one of those that are there.
    /// `open_root` opens the root CA's own token, where it has one.
    pub(crate) fn hold(
        &mut self,
        first: &Session,
        second: Option<&Session>,
        curve: Option<Curve>,
        open_root: &dyn Fn(&Config) -> Result<Token, Fault>,
    ) -> Result<Outcome, Fault> {
        let token = self.token.clone();
        let config = self.config.clone();
        let open_root = || open_root(&config);
        let tokens = Tokens {
            line: &token,
            root: config.token.root.as_ref().map(|_| &open_root as _),
        };
        let files = CaFiles::in_dir(&config.authority.files);
        let names = names(&config);
        let curve = curve.map_or_else(|| ceremony::curve(&files), Ok)?;
        let mut lack = lack(tokens, &files)?;
        let lacks_boot_key = wants_boot_key(&config)? && !token.holds(BOOT_KEY)?;
        lack.keys.extend(lacks_boot_key.then_some(BOOT_KEY));
        if lack.is_empty() {
            ceremony(tokens, &names, curve, &files, &now_ms)?;
            return Ok(Outcome::NothingToDo);
        }
        let audit = match &self.audit {
            Some(audit) => audit.clone(),
            None => self.make_audit_key(first, second)?,
        };
        let wanted = request(&config, &names, curve, &lack);
        let (subject, terms) = (wanted.subject.clone(), wanted.terms.clone());
        if let Some(request) = self.store.ask_unless_approved(first, wanted)? {
            let Some(second) = second else {
                return Ok(Outcome::Waits(request));
            };
            self.store.approve_request(second, request.id, &audit)?;
        }
        let kind = RequestKind::KeyCeremony;
        let request = self.store.use_approval(first, kind, &subject, &terms)?;
        let made = ceremony(tokens, &names, curve, &files, &now_ms)?;
        if lacks_boot_key {
            token.ensure_boot_key(BOOT_KEY)?;
        }
        self.record(first, &request, &made, &lack)?;
        Ok(Outcome::Held(Box::new(made)))
    }

    /// Makes the audit key for two people who are both here, and opens the records with it.
    fn make_audit_key(
        &mut self,
        first: &Session,
        second: Option<&Session>,
    ) -> Result<TokenKey, Fault> {
        let Some(second) = second else {
            let why = "there is no audit key yet that could sign an approval: for the first \
                       ceremony both people sign in here (--with NAME)";
            return Err(Fault::new(Code::RequestState, why));
        };
        if first.operator() == second.operator() {
            return Err(Fault::new(Code::OwnApproval, first.operator()));
        }
        first.role().require(Permission::ManageAuthority)?;
        second.role().require(Permission::Approve)?;
        self.token.ensure_key(AUDIT_KEY, Curve::P256)?;
        let audit = self.token.key(AUDIT_KEY)?;
        self.store = open_store(&self.config, &audit)?;
        self.audit = Some(audit.clone());
        Ok(audit)
    }

    fn record(
        &self,
        first: &Session,
        request: &Request,
        made: &Ceremony,
        lack: &Lack,
    ) -> Result<(), Fault> {
        let Value::Object(mut facts) = serde_json::to_value(made).or_fault(Code::Internal)? else {
            return Err(Fault::new(Code::Internal, "a ceremony is no object"));
        };
        // The audit key of a first ceremony was made before the rest.
        facts.insert("keys_made".to_owned(), json!(lack.keys));
        facts.insert("certificates_made".to_owned(), json!(lack.certificates));
        self.store.record_ceremony(first, request, facts)
    }
}

/// Whether the chip's ROM is to verify bootloaders, so that the line needs a key for them. A line
/// may hold its ceremony before it has a profile.
fn wants_boot_key(config: &Config) -> Result<bool, Fault> {
    for product in config.products() {
        if product.profile.exists() && read_profile(&product.profile)?.boot_signature()?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What the CAs of a line are called.
pub(crate) fn names(config: &Config) -> CaNames {
    CaNames {
        organization: config.organization.clone(),
        root: format!("{} Root CA", config.organization),
        issuing: format!("{} Device CA 1", config.organization),
    }
}

/// What is approved: exactly what is to be made, and on which tokens.
fn request(config: &Config, names: &CaNames, curve: Curve, lack: &Lack) -> NewRequest {
    let root = config.token.root.as_ref();
    NewRequest {
        kind: RequestKind::KeyCeremony,
        subject: config.token.uri.token.clone(),
        terms: json!({
            "certificates": lack.certificates,
            "curve": curve.text(),
            "issuing_ca": names.issuing,
            "keys": lack.keys,
            "organization": names.organization,
            "root_ca": names.root,
            "root_token": root.map_or(&config.token.uri.token, |root| &root.uri.token),
        }),
        expires_ms: now_ms() + WAITS_MS,
    }
}
