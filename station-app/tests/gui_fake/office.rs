//! The fake's offices: authority, people, requests, releases.

use std::path::PathBuf;

use cradle_ca::ceremony::Held;
use cradle_ca::issue::CrlState;
use cradle_ca::token::{KeyStatus, TokenIdentity};
use cradle_ca::watch::Watched;
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{BatchId, OperatorName, ProfileId, ReleaseId, Serial, Sha256};
use cradle_procedure::ports::UnitState;
use cradle_procedure::release::Check;
use cradle_procedure::role::Role;
use cradle_records::{Carrier, Component, Operator, Release, Request, RequestKind};
use cradle_station::gui::backend::{
    Approvals, AuthorityState, CertificateAuthority, Pending, People, PersonChanged, PersonOrder,
    ReleaseChecked, ReleaseFacts, ReleaseList, Releases, RevocationOrder,
};
use cradle_station::two_people::{Second, Settled};

use super::records::CERTIFICATE;
use super::{Asked, Fake, Inner, NOW_MS, PASSWORD};

const DAY_S: u64 = 24 * 3_600;

pub(crate) struct Office {
    requests: Vec<Request>,
    pub(crate) people: Vec<Operator>,
    /// The check that the release in the folder fails, and how.
    pub(crate) spoilt: Option<(Check, Fault)>,
    pub(crate) key_trusted: bool,
    releases: Vec<Release>,
    /// Whether no key ceremony was held yet.
    fresh: bool,
    /// Whether the known unit's certificate was revoked.
    pub(crate) revoked: bool,
}

impl Office {
    /// Nothing is on record yet but the people.
    pub(crate) fn empty() -> Self {
        Self {
            releases: vec![],
            fresh: true,
            ..Self::default()
        }
    }
}

impl Default for Office {
    fn default() -> Self {
        Self {
            requests: Vec::new(),
            people: vec![
                person("alice", Role::SecurityAdmin),
                person("bob", Role::SecurityAdmin),
                Operator {
                    wait_until_ms: Some(NOW_MS + 40_000),
                    ..person("mira", Role::Operator)
                },
            ],
            spoilt: None,
            key_trusted: true,
            releases: vec![release("sensor-1.4.1"), release("sensor-1.4.2")],
            fresh: false,
            revoked: false,
        }
    }
}

pub(crate) fn name(text: &str) -> OperatorName {
    OperatorName::new(text).unwrap()
}

fn person(text: &str, role: Role) -> Operator {
    Operator {
        name: name(text),
        role,
        added_ms: NOW_MS,
        added_by: None,
        wait_until_ms: None,
        temporary_ms: None,
        disabled_ms: None,
        cards: 0,
    }
}

fn release(id: &str) -> Release {
    Release {
        id: ReleaseId::new(id).unwrap(),
        product: "Field sensor".to_owned(),
        version: id.trim_start_matches("sensor-").to_owned(),
        profile: ProfileId::new("stm32f405").unwrap(),
        manifest: Sha256::from_bytes([7; 32]),
        root_key: Sha256::from_bytes([9; 32]),
        imported_ms: NOW_MS,
        retired_ms: None,
    }
}

impl Inner {
    /// As the records do it: whoever is named and has the password approves at once.
    pub(super) fn settle<T>(
        &mut self,
        kind: RequestKind,
        subject: String,
        terms: &str,
        second: Option<Second>,
        done: T,
    ) -> Result<Settled<T>, Fault> {
        let own = self.who.clone();
        let same =
            |one: &Request| one.kind == kind && one.subject == subject && one.requested_by == own;
        if self
            .office
            .requests
            .iter()
            .any(|one| same(one) && one.approved.is_some())
        {
            self.office.requests.retain(|one| !same(one));
            return Ok(Settled::Done(done));
        }
        match second {
            Some(second) if second.name == own => Err(Fault::new(Code::OwnApproval, own)),
            Some(second) if *second.password == PASSWORD => Ok(Settled::Done(done)),
            Some(_) => Err(Fault::new(Code::SignInRefused, "")),
            None => {
                let request = Request {
                    id: 1 + self.office.requests.len() as u64,
                    kind,
                    subject,
                    terms: terms.to_owned(),
                    requested_by: own,
                    requested_ms: NOW_MS,
                    expires_ms: NOW_MS + 24 * 3_600_000,
                    approved: None,
                    used_ms: None,
                    refused: None,
                };
                self.office.requests.push(request.clone());
                Ok(Settled::Waits(Box::new(request)))
            }
        }
    }
}

impl Approvals for Fake {
    fn requests(&self) -> Pending<Vec<Request>> {
        self.answer(Ok(self.inner().office.requests.clone()))
    }

    fn approve(&self, request: u64) -> Pending<Request> {
        let mut inner = self.inner();
        let who = inner.who.clone();
        let found = inner
            .office
            .requests
            .iter_mut()
            .find(|one| one.id == request);
        let found = found.unwrap();
        found.approved = Some((who, NOW_MS));
        self.answer(Ok(found.clone()))
    }

    fn refuse(&self, request: u64) -> Pending<Request> {
        let mut inner = self.inner();
        let at = inner
            .office
            .requests
            .iter()
            .position(|one| one.id == request);
        self.answer(Ok(inner.office.requests.remove(at.unwrap())))
    }
}

/// A token with a key that is as it should be and one that is not; the CRL is two days old.
pub(crate) fn authority() -> AuthorityState {
    let key = |label: &str| KeyStatus {
        label: label.to_owned(),
        sensitive: Some(true),
        never_extractable: Some(true),
        extractable: Some(false),
        usage: vec!["sign"],
        ..KeyStatus::default()
    };
    let bad = KeyStatus {
        extractable: Some(true),
        problems: vec!["it can be taken off the token".to_owned()],
        ..key("cradle-wipe")
    };
    let now = NOW_MS / 1000;
    let watched = |what, days: Option<u64>, alarm| Watched {
        what,
        ends_at: days.map(|days| now + days * DAY_S),
        alarm,
    };
    AuthorityState {
        line: Held {
            token: TokenIdentity {
                label: "line-4".to_owned(),
                manufacturer: "Example".to_owned(),
                model: "HSM 2".to_owned(),
                serial: "0815".to_owned(),
                module: "Example PKCS#11 2.6".to_owned(),
            },
            keys: vec![key("cradle-issuing-ca"), bad],
            missing: vec!["cradle-ocsp"],
        },
        root: Some(Err(Fault::new(Code::TokenMissing, "not in the reader"))),
        ends: vec![
            watched("root CA certificate", Some(4_000), false),
            watched("issuing CA certificate", Some(200), true),
            watched("OCSP responder certificate", None, false),
            watched("CRL", Some(5), false),
        ],
        certificates: vec![],
        crl: Some(CrlState {
            number: 17,
            this_update: now - 2 * DAY_S,
            next_update: now + 5 * DAY_S,
        }),
        delta: None,
    }
}

impl CertificateAuthority for Fake {
    fn authority(&self) -> Pending<AuthorityState> {
        let mut state = authority();
        if self.inner().office.fresh {
            state.line.keys.clear();
            state.ends.iter_mut().for_each(|end| end.ends_at = None);
            state.root = None;
            state.crl = None;
        }
        self.answer(Ok(state))
    }

    fn publish_crl(&self) -> Pending<usize> {
        self.answer(Ok(431))
    }

    fn revoke(&self, order: RevocationOrder, second: Option<Second>) -> Pending<Settled<usize>> {
        let mut inner = self.inner();
        let terms = format!("{{\"reason\":\"{}\"}}", order.reason);
        let kind = RequestKind::RevokeCertificate;
        let settled = inner.settle(kind, order.certificate.clone(), &terms, second, 467);
        if matches!(settled, Ok(Settled::Done(_))) {
            inner.office.revoked |= order.certificate == CERTIFICATE;
            inner.asked.push(Asked::Revoke(order));
        }
        self.answer(settled)
    }
}

impl People for Fake {
    fn people(&self) -> Pending<Vec<Operator>> {
        self.answer(Ok(self.inner().office.people.clone()))
    }

    fn change_person(
        &self,
        name: OperatorName,
        order: PersonOrder,
        second: Option<Second>,
    ) -> Pending<Settled<PersonChanged>> {
        let mut inner = self.inner();
        let done = |admins_left| PersonChanged {
            name: name.clone(),
            admins_left,
        };
        let found = inner.office.people.iter_mut().find(|one| one.name == name);
        let settled = match (order, found) {
            (PersonOrder::Unlock, Some(person)) => {
                person.wait_until_ms = None;
                Ok(Settled::Done(done(None)))
            }
            (PersonOrder::Disable, Some(person)) => {
                person.disabled_ms = Some(NOW_MS);
                Ok(Settled::Done(done(Some(1))))
            }
            (PersonOrder::Add(role, password), None) if password.len() >= 12 => {
                let terms = format!("{{\"change\":\"add\",\"role\":\"{role}\"}}");
                let kind = RequestKind::ChangePerson;
                let settled = match role {
                    Role::Operator => Ok(Settled::Done(done(None))),
                    _ => inner.settle(kind, name.to_string(), &terms, second, done(None)),
                };
                if matches!(settled, Ok(Settled::Done(_))) {
                    inner.office.people.push(person(name.as_str(), role));
                }
                settled
            }
            _ => Err(Fault::new(Code::WeakPassword, "")),
        };
        self.answer(settled)
    }
}

impl Releases for Fake {
    fn releases(&self) -> Pending<ReleaseList> {
        self.answer(Ok(ReleaseList {
            releases: self.inner().office.releases.clone(),
            in_use: ReleaseId::new("sensor-1.4.1").unwrap(),
        }))
    }

    fn check_release(&self) -> Pending<ReleaseChecked> {
        let spoilt = self.inner().office.spoilt.clone();
        let passed = Check::ALL.iter().copied();
        let facts = ReleaseFacts {
            id: ReleaseId::new("sensor-1.5.0").unwrap(),
            minimum_version: 4,
            manifest: Sha256::from_bytes([8; 32]),
            key: Sha256::from_bytes([9; 32]),
        };
        let failed = spoilt.as_ref().map(|(check, _)| *check);
        self.answer(Ok(ReleaseChecked {
            folder: PathBuf::from("/srv/release"),
            passed: passed.take_while(|check| Some(*check) != failed).collect(),
            verdict: spoilt.map_or(Ok(facts), |(_, fault)| Err(fault)),
        }))
    }

    fn import_release(&self) -> Pending<ReleaseId> {
        let mut inner = self.inner();
        if !inner.office.key_trusted {
            return self.answer(Err(Fault::new(Code::ReleaseKeyUnknown, "0909")));
        }
        let new = release("sensor-1.5.0");
        let id = new.id.clone();
        inner.office.releases.insert(0, new);
        self.answer(Ok(id))
    }

    fn trust_release_key(&self, second: Option<Second>) -> Pending<Settled<Sha256>> {
        let mut inner = self.inner();
        let key = Sha256::from_bytes([9; 32]);
        let kind = RequestKind::ImportReleaseKey;
        let settled = inner.settle(kind, key.to_string(), "{}", second, key);
        inner.office.key_trusted |= matches!(settled, Ok(Settled::Done(_)));
        self.answer(settled)
    }

    fn retire_release(&self, release: ReleaseId) -> Pending<ReleaseId> {
        let mut inner = self.inner();
        let mut all = inner.office.releases.iter_mut();
        let found = all.find(|one| one.id == release).unwrap();
        found.retired_ms = Some(NOW_MS);
        self.answer(Ok(release))
    }

    fn components(&self, release: ReleaseId) -> Pending<Vec<Component>> {
        let component = |name: &str, version: &str| Component {
            release: release.clone(),
            name: name.to_owned(),
            version: version.to_owned(),
            purl: Some(format!("pkg:cargo/{name}@{version}")),
        };
        self.answer(Ok(vec![
            component("cortex-m", "0.7.7"),
            component("heapless", "0.9.1"),
            component("p256", "0.14.0"),
        ]))
    }

    fn carriers(&self, component: String, below: Option<String>) -> Pending<Vec<Carrier>> {
        let carrier = |number: u32| Carrier {
            serial: Serial::new(format!("FS-{number:06}")).unwrap(),
            state: UnitState::Provisioned,
            batch: BatchId::new("B-2026-047").unwrap(),
            release: ReleaseId::new("sensor-1.4.2").unwrap(),
            version: "0.9.1".to_owned(),
        };
        let carried = component == "heapless" && below.as_deref() != Some("0.9.1");
        self.answer(Ok(match carried {
            true => (1040..1043).map(carrier).collect(),
            false => vec![],
        }))
    }
}
