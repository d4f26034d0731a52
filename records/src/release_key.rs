//! Keys that releases may be signed with. Each was let in by two people; a key that only stands
//! in a station's configuration file is not one of them.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::Sha256;
use cradle_procedure::role::Permission;
use cradle_procedure::signature;
use rusqlite::{OptionalExtension as _, Transaction};
use serde_json::json;

use crate::act::{Act, Attempt};
use crate::audit::canonical;
use crate::people::Session;
use crate::request::{self, NewRequest, Request, RequestKind};
use crate::store::Store;
use crate::store::sql::sql_fault;

/// How long the request waits for the second person: a day.
const WAITS_MS: u64 = 24 * 3_600_000;

impl Store {
    /// Asks for a release key (`SubjectPublicKeyInfo`, DER) to be let in. `None`: another person
    /// has approved it, or it is in already.
    ///
    /// # Errors
    /// `AUT-03`; `CFG-03` it is not a P-256 key.
    pub fn ask_to_trust_key(
        &self,
        session: &Session,
        public_key: &[u8],
    ) -> Result<Option<Request>, Fault> {
        if signature::public_key(public_key).is_none() {
            return Err(Fault::new(Code::InputInvalid, "it is not a P-256 key"));
        }
        let sha256 = Sha256::of(public_key);
        if self.look(session, &[Permission::ImportRelease], |tx| {
            is_trusted(tx, &sha256)
        })? {
            return Ok(None);
        }
        let request = NewRequest {
            kind: RequestKind::ImportReleaseKey,
            subject: sha256.to_string(),
            terms: json!({"key": sha256.to_string()}),
            expires_ms: self.now_ms() + WAITS_MS,
        };
        self.ask_unless_approved(session, request)
    }

    /// Lets a release key in that another person approved. One that is in already stays.
    ///
    /// # Errors
    /// `AUT-03`; `AUT-07` nobody has approved it.
    pub fn trust_release_key(&self, session: &Session, public_key: &[u8]) -> Result<Sha256, Fault> {
        let sha256 = Sha256::of(public_key);
        let subject = sha256.to_string();
        let attempt = Attempt {
            what: "trust-release-key",
            subject: &subject,
            needs: &[Permission::ImportRelease],
        };
        let (public_key, key) = (public_key.to_vec(), self.options().audit_key.clone());
        self.act(session, &attempt, move |act| {
            trust(act, &public_key, &sha256, key.as_deref())
        })?;
        Ok(sha256)
    }
}

fn trust(
    act: &Act<'_>,
    public_key: &[u8],
    sha256: &Sha256,
    key: Option<&[u8]>,
) -> Result<(), Fault> {
    if is_trusted(act.tx, sha256)? {
        return Ok(());
    }
    let subject = sha256.to_string();
    let terms = canonical::encode(&json!({"key": subject}))?;
    let request = request::spend(act, RequestKind::ImportReleaseKey, &subject, &terms, key)?;
    act.tx
        .execute(
            "INSERT INTO release_keys (sha256, public_key, trusted_ms, session, request)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            (
                &subject,
                public_key,
                act.now_ms,
                act.session.id(),
                request.id,
            ),
        )
        .map_err(sql_fault)?;
    act.audit(
        "release-key.trusted",
        &subject,
        json!({"request": request.id}),
    )
}

/// Refuses a key that two people have not let in.
pub(crate) fn require_trusted(tx: &Transaction<'_>, sha256: &Sha256) -> Result<(), Fault> {
    if is_trusted(tx, sha256)? {
        return Ok(());
    }
    Err(Fault::new(Code::ReleaseKeyUnknown, sha256))
}

fn is_trusted(tx: &Transaction<'_>, sha256: &Sha256) -> Result<bool, Fault> {
    tx.query_row(
        "SELECT 1 FROM release_keys WHERE sha256 = ?1",
        [sha256.to_string()],
        |_| Ok(()),
    )
    .optional()
    .map(|found| found.is_some())
    .map_err(sql_fault)
}
