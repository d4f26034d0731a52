//! Signing in with a card.

use std::sync::Mutex;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ports::{Card, Signer as _};
use cradle_records::{PersonChange, Session};

use crate::fixture::{DAY, Fixture, Key, NOW, name, station};

/// A card in software. Its certificate is made by hand: only key and validity are read of it.
struct Soft {
    key: Key,
    certificate: Vec<u8>,
    /// Answers with what it answered the first time.
    replays: bool,
    first: Mutex<Option<Vec<u8>>>,
}

impl Soft {
    fn new(seed: u8) -> Self {
        Self::valid(seed, NOW - DAY, NOW + 30 * DAY)
    }

    fn valid(seed: u8, from_ms: u64, until_ms: u64) -> Self {
        let key = Key::new(seed);
        let certificate = certificate(key.public_key(), from_ms / 1000, until_ms / 1000);
        Self {
            key,
            certificate,
            replays: false,
            first: Mutex::default(),
        }
    }
}

impl Card for Soft {
    fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    fn answer(&self, question: &[u8]) -> Result<Vec<u8>, Fault> {
        let answer = self.key.sign(question)?;
        let mut first = self.first.lock().unwrap();
        let earlier = first.get_or_insert_with(|| answer.clone()).clone();
        Ok(if self.replays { earlier } else { answer })
    }
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match content.len() {
        length @ 0..=127 => out.push(length as u8),
        length @ 128..=255 => out.extend([0x81, length as u8]),
        length => out.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    out.extend_from_slice(content);
    out
}

/// UTCTime, as RFC 5280 §4.1.2.5 wants it before 2050.
fn time(seconds: u64) -> Vec<u8> {
    // Days from civil (Howard Hinnant), the other way round.
    let days = (seconds / 86_400) as i64 + 719_468;
    let era = days / 146_097;
    let of_era = days - era * 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let rest = seconds % 86_400;
    let text = format!(
        "{:02}{month:02}{day:02}{:02}{:02}{:02}Z",
        (year + era * 400 + carry) % 100,
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    );
    der(0x17, text.as_bytes())
}

pub(crate) fn certificate(spki: &[u8], from: u64, until: u64) -> Vec<u8> {
    // ecdsa-with-SHA256 (RFC 5758 §3.2); the names are empty; the signature is nobody's.
    let algorithm = der(0x30, &der(0x06, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]));
    let empty = der(0x30, &[]);
    let validity = der(0x30, &[time(from), time(until)].concat());
    let body = [
        der(0xa0, &der(0x02, &[2])),
        der(0x02, &[1]),
        algorithm.clone(),
        empty.clone(),
        validity,
        empty,
        spki.to_vec(),
    ]
    .concat();
    let signature = der(0x03, &[0, 0x30, 6, 2, 1, 1, 2, 1, 1]);
    der(0x30, &[der(0x30, &body), algorithm, signature].concat())
}

fn enrol(fixture: &Fixture, person: &str, card: &Soft) {
    let (admin, person) = (fixture.session("ada"), name(person));
    let sha256 = cradle_procedure::ids::Sha256::of(card.certificate());
    let change = PersonChange::EnrolCard(sha256);
    let asked = fixture.store.ask_for_change(&admin, &person, change);
    fixture.approve(asked.unwrap(), "ben");
    fixture.store.enrol_card(&admin, &person, card).unwrap();
}

fn sign_in(fixture: &Fixture, person: &str, card: &Soft) -> Result<Session, Code> {
    fixture
        .store
        .sign_in_with_card(&name(person), card, &station())
        .map_err(|fault| fault.code)
}

#[test]
fn the_enrolled_card_signs_its_holder_in_and_nobody_else() {
    let fixture = Fixture::founded();
    let card = Soft::new(21);
    assert_eq!(sign_in(&fixture, "otto", &card), Err(Code::CardRefused));
    enrol(&fixture, "otto", &card);
    let session = sign_in(&fixture, "otto", &card).unwrap();
    assert_eq!(session.operator(), &name("otto"));
    assert_eq!(sign_in(&fixture, "sue", &card), Err(Code::CardRefused));
    assert_eq!(
        sign_in(&fixture, "otto", &Soft::new(22)),
        Err(Code::CardRefused)
    );
    fixture.store.check().unwrap();
}

#[test]
fn the_certificate_without_its_key_opens_nothing() {
    let fixture = Fixture::founded();
    let card = Soft::new(21);
    enrol(&fixture, "otto", &card);
    let mut forged = Soft::new(22);
    forged.certificate = card.certificate.clone();
    assert_eq!(sign_in(&fixture, "otto", &forged), Err(Code::CardRefused));
}

#[test]
fn an_answer_given_before_is_refused() {
    let fixture = Fixture::founded();
    let mut card = Soft::new(21);
    enrol(&fixture, "otto", &card);
    sign_in(&fixture, "otto", &card).unwrap();
    card.replays = true;
    assert_eq!(sign_in(&fixture, "otto", &card), Err(Code::CardRefused));
}

#[test]
fn a_card_is_refused_before_and_after_its_certificate_is_valid() {
    let fixture = Fixture::founded();
    let card = Soft::valid(21, NOW - DAY, NOW + DAY);
    enrol(&fixture, "otto", &card);
    fixture.pass(DAY + 1000);
    assert_eq!(sign_in(&fixture, "otto", &card), Err(Code::CardExpired));
    let early = Soft::valid(22, NOW + 2 * DAY, NOW + 3 * DAY);
    let fault = fixture
        .store
        .enrol_card(&fixture.session("ada"), &name("otto"), &early)
        .unwrap_err();
    assert_eq!(fault.code, Code::CardExpired);
}

#[test]
fn a_withdrawn_card_and_a_disabled_holder_are_refused() {
    let fixture = Fixture::founded();
    let (card, ada) = (Soft::new(21), fixture.session("ada"));
    enrol(&fixture, "otto", &card);
    fixture.store.disable_operator(&ada, &name("otto")).unwrap();
    assert_eq!(sign_in(&fixture, "otto", &card), Err(Code::AccountDisabled));
    fixture.store.enable_operator(&ada, &name("otto")).unwrap();
    assert_eq!(
        fixture.store.withdraw_cards(&ada, &name("otto")).unwrap(),
        1
    );
    assert_eq!(sign_in(&fixture, "otto", &card), Err(Code::CardRefused));
    // It may be enrolled again, for anybody, but only once at a time.
    enrol(&fixture, "art", &card);
    let twice = fixture
        .store
        .enrol_card(&ada, &name("otto"), &card)
        .unwrap_err();
    assert_eq!(twice.code, Code::InputInvalid);
}

#[test]
fn wrong_cards_make_the_next_try_wait() {
    let fixture = Fixture::founded();
    for _ in 0..3 {
        assert_eq!(
            sign_in(&fixture, "otto", &Soft::new(9)),
            Err(Code::CardRefused)
        );
    }
    assert_eq!(
        sign_in(&fixture, "otto", &Soft::new(9)),
        Err(Code::AccountLocked)
    );
}

#[test]
fn a_card_alone_cannot_be_enrolled_for_one_who_may_be_second() {
    let fixture = Fixture::founded();
    let fault = fixture
        .store
        .enrol_card(&fixture.session("ada"), &name("ben"), &Soft::new(21))
        .unwrap_err();
    assert_eq!(fault.code, Code::RequestState);
}
