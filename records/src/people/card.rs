//! Signing in with a card: its certificate is pinned on record, and its key signs a question that
//! was drawn for this one sign-in.

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use cradle_procedure::ids::{OperatorName, Sha256, StationId};
use cradle_procedure::pki::{certificate_key, certificate_validity};
use cradle_procedure::ports::Card;
use cradle_procedure::role::Role;
use cradle_procedure::signature;
use rusqlite::{OptionalExtension as _, Transaction};
use serde_json::json;

use super::change::{PersonChange, require_second};
use super::session::{Session, Verdict};
use crate::store::Store;
use crate::store::sql::{column, sql_fault};

/// Keeps an answer from being taken for anything else that the card signs.
const SIGN_IN: &str = "cradle card sign-in 1";
const ENROLMENT: &str = "cradle card enrolment 1";

impl Store {
    /// Signs a person in who holds the card that was enrolled for that name. Failures count as
    /// those of a password do.
    ///
    /// # Errors
    /// `AUT-11` another card, one that was withdrawn, or a wrong answer; `AUT-12` its certificate
    /// is not valid now; `AUT-02`, `AUT-09`, `TOK-…`.
    pub fn sign_in_with_card(
        &self,
        name: &OperatorName,
        card: &dyn Card,
        station: &StationId,
    ) -> Result<Session, Fault> {
        let now_ms = self.now_ms();
        let pinned = self.read(|tx| pinned(tx, name, card.certificate()))?;
        let verdict = match pinned {
            None => wrong("it is not enrolled for this name, or was withdrawn"),
            Some(person) => match prove(card, SIGN_IN, name, station, now_ms) {
                Ok(()) if person.disabled => Verdict::Refused(Code::AccountDisabled),
                Ok(()) => Verdict::Right(person.role),
                Err(fault) if is_refusal(fault.code) => Verdict::Wrong(fault),
                Err(fault) => return Err(fault),
            },
        };
        self.admit(name, station, verdict, now_ms)
    }

    /// Pins the certificate of a card that answers for it. The person keeps the password too.
    ///
    /// # Errors
    /// `AUT-03`, `AUT-11`, `AUT-12`; `CFG-03` no such person, or the card is enrolled already;
    /// `AUT-07` if it takes a second person who has not approved; `TOK-…`.
    pub fn enrol_card(
        &self,
        session: &Session,
        name: &OperatorName,
        card: &dyn Card,
    ) -> Result<Sha256, Fault> {
        prove(card, ENROLMENT, name, session.station(), self.now_ms())?;
        let certificate = card.certificate().to_vec();
        let sha256 = Sha256::of(&certificate);
        let key = self.options().audit_key.clone();
        self.manage(session, "enrol-card", name, move |act, name| {
            require_second(act, name, PersonChange::EnrolCard(sha256), key.as_deref())?;
            if in_force(act.tx, &sha256)? {
                let detail = "the card is enrolled already";
                return Err(Fault::new(Code::InputInvalid, detail));
            }
            act.tx
                .execute(
                    "INSERT INTO cards (operator, certificate, sha256, enrolled_ms, session)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                    (
                        name.as_str(),
                        &certificate,
                        sha256.to_string(),
                        act.now_ms,
                        act.session.id(),
                    ),
                )
                .map_err(sql_fault)?;
            let facts = json!({"certificate": sha256.to_string()});
            act.audit("operator.card-enrolled", name.as_str(), facts)?;
            Ok(sha256)
        })
    }

    /// Takes back all cards of a person: none of them opens anything any more. Gives how many.
    ///
    /// # Errors
    /// `AUT-03`; `CFG-03` no such person.
    pub fn withdraw_cards(&self, session: &Session, name: &OperatorName) -> Result<usize, Fault> {
        self.manage(session, "withdraw-cards", name, |act, name| {
            let cards = act
                .tx
                .execute(
                    "UPDATE cards SET withdrawn_ms = ?2
                     WHERE operator = ?1 AND withdrawn_ms IS NULL",
                    (name.as_str(), act.now_ms),
                )
                .map_err(sql_fault)?;
            let facts = json!({"cards": cards});
            act.audit("operator.cards-withdrawn", name.as_str(), facts)?;
            Ok(cards)
        })
    }
}

struct Holder {
    role: Role,
    disabled: bool,
}

/// The person, if a card with this certificate is in force for that name.
fn pinned(
    tx: &Transaction<'_>,
    name: &OperatorName,
    certificate: &[u8],
) -> Result<Option<Holder>, Fault> {
    tx.query_row(
        "SELECT role, disabled_ms IS NOT NULL AS disabled
         FROM cards JOIN operators ON operators.name = cards.operator
         WHERE operator = ?1 AND certificate = ?2 AND withdrawn_ms IS NULL",
        (name.as_str(), certificate),
        |row| {
            Ok(Holder {
                role: column(row, "role")?,
                disabled: row.get("disabled")?,
            })
        },
    )
    .optional()
    .map_err(sql_fault)
}

fn in_force(tx: &Transaction<'_>, sha256: &Sha256) -> Result<bool, Fault> {
    tx.query_row(
        "SELECT 1 FROM cards WHERE sha256 = ?1 AND withdrawn_ms IS NULL",
        [sha256.to_string()],
        |_| Ok(()),
    )
    .optional()
    .map(|found| found.is_some())
    .map_err(sql_fault)
}

/// Has the card sign a question that was never asked before and that says what for, by whom,
/// where and when; so that an answer serves for nothing else.
fn prove(
    card: &dyn Card,
    purpose: &str,
    name: &OperatorName,
    station: &StationId,
    now_ms: u64,
) -> Result<(), Fault> {
    let (from, until) = certificate_validity(card.certificate())
        .map_err(|_| Fault::new(Code::CardRefused, "its certificate cannot be read"))?;
    if !(from..=until).contains(&(now_ms / 1000)) {
        let detail = format!("it is valid from {from} to {until} (seconds since 1970)");
        return Err(Fault::new(Code::CardExpired, detail));
    }
    let mut nonce = [0; 32];
    getrandom::fill(&mut nonce).or_fault(Code::Internal)?;
    let nonce = hex::encode(nonce);
    let question = format!("{purpose}\n{name}\n{station}\n{now_ms}\n{nonce}\n");
    let answer = card.answer(question.as_bytes())?;
    let key = certificate_key(card.certificate())?;
    if signature::verifies(&key, question.as_bytes(), &answer) {
        return Ok(());
    }
    let detail = "the answer is not signed with the key of its certificate";
    Err(Fault::new(Code::CardRefused, detail))
}

fn is_refusal(code: Code) -> bool {
    matches!(code, Code::CardRefused | Code::CardExpired)
}

fn wrong(why: &str) -> Verdict {
    Verdict::Wrong(Fault::new(Code::CardRefused, why))
}
