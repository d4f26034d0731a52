//! What takes two people: one asks, saying exactly for what, another approves, and the approval
//! is signed. It serves once, and only until it expires.

mod kind;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{BatchId, OperatorName};
use cradle_procedure::ports::Signer;
use cradle_procedure::signature;
use rusqlite::{OptionalExtension as _, Row, Transaction};
use serde_json::{Value, json};

use crate::act::{Act, Attempt};
use crate::audit::canonical;
use crate::batch;
use crate::people::Session;
use crate::store::Store;
use crate::store::sql::{column, column_or_null, sql_fault};

pub use kind::RequestKind;

/// Keeps an approval from being taken for anything else that the audit key signs.
const HEADING: &str = "cradle approval 1\n";

/// Longest time for which a request may wait and its approval may serve: a week.
const LONGEST_MS: u64 = 7 * 24 * 3_600_000;

/// Longest subject and longest terms, in bytes.
const LENGTH: usize = 4096;

/// What one person asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRequest {
    /// What.
    pub kind: RequestKind,
    /// To what: a batch, a serial number, a token, a key.
    pub subject: String,
    /// What exactly.
    pub terms: Value,
    /// Last moment at which it may be approved and used, in milliseconds since 1970-01-01 UTC.
    pub expires_ms: u64,
}

/// A request on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Number, unique in the database.
    pub id: u64,
    /// What is asked for.
    pub kind: RequestKind,
    /// To what.
    pub subject: String,
    /// What exactly, as canonical JSON.
    pub terms: String,
    /// Who asked.
    pub requested_by: OperatorName,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub requested_ms: u64,
    /// Last moment at which it may be approved and used.
    pub expires_ms: u64,
    /// Who approved it, and when.
    pub approved: Option<(OperatorName, u64)>,
    /// When it was used.
    pub used_ms: Option<u64>,
    /// Who refused it, or took it back, and when.
    pub refused: Option<(OperatorName, u64)>,
}

impl Store {
    /// Asks for something that another person has to approve.
    ///
    /// # Errors
    /// `AUT-03`; `CFG-03` terms too long, expired already or valid for more than a week.
    pub fn ask(&self, session: &Session, request: NewRequest) -> Result<Request, Fault> {
        let subject = request.subject.clone();
        let attempt = Attempt {
            what: request.kind.text(),
            subject: &subject,
            needs: request.kind.needs().0,
        };
        self.act(session, &attempt, move |act| ask(act, &request))
    }

    /// Asks, unless another person has approved exactly this already; then `None`: it can be used
    /// now. Asking again for what waits already gives the request that waits.
    ///
    /// # Errors
    /// As [`Store::ask`].
    pub fn ask_unless_approved(
        &self,
        session: &Session,
        request: NewRequest,
    ) -> Result<Option<Request>, Fault> {
        let subject = request.subject.clone();
        let attempt = Attempt {
            what: request.kind.text(),
            subject: &subject,
            needs: request.kind.needs().0,
        };
        self.act(session, &attempt, move |act| {
            match standing(act, &request)? {
                Some(request) if request.approved.is_some() => Ok(None),
                Some(request) => Ok(Some(request)),
                None => ask(act, &request).map(Some),
            }
        })
    }

    /// Approves what another person asked for. A larger quota is in force with it.
    ///
    /// # Errors
    /// `AUT-03`, `AUT-04`, `AUT-07`, `TOK-…`; what the request itself runs into.
    pub fn approve_request(
        &self,
        session: &Session,
        id: u64,
        key: &dyn Signer,
    ) -> Result<Request, Fault> {
        self.require_audit_key(key)?;
        let request = self.read(|tx| load(tx, id))?;
        let attempt = Attempt {
            what: "approve-request",
            subject: &request.subject,
            needs: request.kind.needs().1,
        };
        // Here, not on the writer's thread: the signer is only borrowed.
        self.act_here(session, &attempt, |act| approve(act, id, key))
    }

    /// Refuses what another person asked for, or takes back what one asked for oneself. An
    /// approval that was not used yet goes with it.
    ///
    /// # Errors
    /// `AUT-03`, `AUT-07`.
    pub fn refuse_request(&self, session: &Session, id: u64) -> Result<Request, Fault> {
        let request = self.read(|tx| load(tx, id))?;
        let own = request.requested_by == *session.operator();
        let (ask, approve) = request.kind.needs();
        let attempt = Attempt {
            what: "refuse-request",
            subject: &request.subject,
            needs: if own { ask } else { approve },
        };
        self.act(session, &attempt, move |act| refuse(act, id))
    }

    /// One request.
    ///
    /// # Errors
    /// `AUT-07` there is none of that number; `AUT-06`, `STO-02`.
    pub fn request(&self, session: &Session, id: u64) -> Result<Request, Fault> {
        self.look(session, &[], |tx| load(tx, id))
    }

    /// Uses an approval, which must be over exactly these terms. It serves once.
    ///
    /// # Errors
    /// `AUT-03`; `AUT-07` there is no approval to use; `BAT-05` its signature does not verify.
    pub fn use_approval(
        &self,
        session: &Session,
        kind: RequestKind,
        subject: &str,
        terms: &Value,
    ) -> Result<Request, Fault> {
        let attempt = Attempt {
            what: "use-approval",
            subject,
            needs: kind.needs().0,
        };
        let (subject, terms) = (subject.to_owned(), canonical::encode(terms)?);
        let key = self.options().audit_key.clone();
        self.act(session, &attempt, move |act| {
            spend(act, kind, &subject, &terms, key.as_deref())
        })
    }

    /// All requests, newest first.
    ///
    /// # Errors
    /// `AUT-06`, `STO-02`.
    pub fn requests(&self, session: &Session) -> Result<Vec<Request>, Fault> {
        self.look(session, &[], |tx| {
            tx.prepare_cached("SELECT * FROM requests ORDER BY id DESC")
                .and_then(|mut query| query.query_map([], read)?.collect())
                .map_err(sql_fault)
        })
    }
}

fn ask(act: &Act<'_>, request: &NewRequest) -> Result<Request, Fault> {
    let terms = canonical::encode(&request.terms)?;
    let invalid = |what: &str| Err(Fault::new(Code::InputInvalid, what));
    if terms.len() > LENGTH || request.subject.len() > LENGTH {
        return invalid("the request is too long");
    }
    if request.expires_ms <= act.now_ms || request.expires_ms > act.now_ms + LONGEST_MS {
        return invalid("a request is valid for up to a week");
    }
    if request.kind == RequestKind::RaiseQuota {
        wanted_quota(&terms)?;
        batch::load(act.tx, &request.subject.parse::<BatchId>()?)?;
    }
    let id: u64 = act
        .tx
        .query_row(
            "INSERT INTO requests (kind, subject, terms, requested_by, requested_ms, session,
                                   expires_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
            (
                request.kind.text(),
                &request.subject,
                &terms,
                act.session.operator().as_str(),
                act.now_ms,
                act.session.id(),
                request.expires_ms,
            ),
            |row| row.get(0),
        )
        .map_err(sql_fault)?;
    let facts = json!({
        "expires_ms": request.expires_ms,
        "kind": request.kind.text(),
        "request": id,
        "terms": request.terms,
    });
    act.audit("request.made", &request.subject, facts)?;
    load(act.tx, id)
}

/// The request on exactly these terms that waits or is approved: an approved one if there is one.
fn standing(act: &Act<'_>, request: &NewRequest) -> Result<Option<Request>, Fault> {
    let sql = "SELECT * FROM requests
               WHERE kind = ?1 AND subject = ?2 AND terms = ?3 AND expires_ms >= ?4
                 AND used_ms IS NULL AND refused_ms IS NULL
                 AND (approval IS NOT NULL OR requested_by = ?5)
               ORDER BY approval IS NULL, id LIMIT 1";
    let terms = canonical::encode(&request.terms)?;
    let own = act.session.operator().as_str();
    let values = (
        request.kind.text(),
        &request.subject,
        terms,
        act.now_ms,
        own,
    );
    act.tx
        .query_row(sql, values, read)
        .optional()
        .map_err(sql_fault)
}

fn refuse(act: &Act<'_>, id: u64) -> Result<Request, Fault> {
    let request = load(act.tx, id)?;
    if request.used_ms.is_some() {
        return Err(not_open(id, "has been used"));
    }
    refuse_refused(&request)?;
    act.tx
        .execute(
            "UPDATE requests SET refused_by = ?2, refused_ms = ?3 WHERE id = ?1",
            (id, act.session.operator().as_str(), act.now_ms),
        )
        .map_err(sql_fault)?;
    let facts = json!({"kind": request.kind.text(), "request": id});
    act.audit("request.refused", &request.subject, facts)?;
    load(act.tx, id)
}

fn refuse_refused(request: &Request) -> Result<(), Fault> {
    match &request.refused {
        None => Ok(()),
        Some((by, _)) => Err(not_open(request.id, &format!("was refused by {by}"))),
    }
}

fn approve(act: &Act<'_>, id: u64, key: &dyn Signer) -> Result<Request, Fault> {
    let mut request = load(act.tx, id)?;
    let own = act.session.operator();
    // Nor does one confirm a change to one's own account.
    let about_own = request.kind == RequestKind::ChangePerson && request.subject == own.as_str();
    if request.requested_by == *own || about_own {
        return Err(Fault::new(Code::OwnApproval, format!("request {id}")));
    }
    refuse_refused(&request)?;
    if request.approved.is_some() {
        return Err(not_open(id, "is approved already"));
    }
    refuse_expired(&request, act.now_ms)?;
    request.approved = Some((own.clone(), act.now_ms));
    let approval = key.sign(message(&request)?.as_bytes())?;
    act.tx
        .execute(
            "UPDATE requests SET approved_by = ?2, approved_ms = ?3, approval = ?4 WHERE id = ?1",
            (id, own.as_str(), act.now_ms, approval),
        )
        .map_err(sql_fault)?;
    let facts = json!({"kind": request.kind.text(), "request": id});
    act.audit("request.approved", &request.subject, facts)?;
    if request.kind == RequestKind::RaiseQuota {
        let batch = request.subject.parse()?;
        batch::raise_quota(act, &batch, wanted_quota(&request.terms)?, key)?;
        mark_used(act, &request)?;
    }
    load(act.tx, id)
}

/// Uses an approval, in the transaction of what was approved.
pub(crate) fn spend(
    act: &Act<'_>,
    kind: RequestKind,
    subject: &str,
    terms: &str,
    key: Option<&[u8]>,
) -> Result<Request, Fault> {
    let sql = "SELECT * FROM requests
               WHERE kind = ?1 AND subject = ?2 AND terms = ?3 AND expires_ms >= ?4
                 AND approval IS NOT NULL AND used_ms IS NULL AND refused_ms IS NULL
               ORDER BY id LIMIT 1";
    let found = act
        .tx
        .query_row(sql, (kind.text(), subject, terms, act.now_ms), |row| {
            Ok((read(row)?, row.get::<_, Vec<u8>>("approval")?))
        })
        .optional()
        .map_err(sql_fault)?;
    let Some((request, approval)) = found else {
        let detail = format!("nobody has approved a {kind} of {subject} on these terms");
        return Err(Fault::new(Code::RequestState, detail));
    };
    let message = message(&request)?;
    if !key.is_some_and(|key| signature::verifies(key, message.as_bytes(), &approval)) {
        let detail = format!(
            "request {}: the approval is not over these terms",
            request.id
        );
        return Err(Fault::new(Code::TicketInvalid, detail));
    }
    mark_used(act, &request)?;
    load(act.tx, request.id)
}

fn mark_used(act: &Act<'_>, request: &Request) -> Result<(), Fault> {
    act.tx
        .execute(
            "UPDATE requests SET used_ms = ?2 WHERE id = ?1",
            (request.id, act.now_ms),
        )
        .map_err(sql_fault)?;
    let facts = json!({"kind": request.kind.text(), "request": request.id});
    act.audit("request.used", &request.subject, facts)
}

fn refuse_expired(request: &Request, now_ms: u64) -> Result<(), Fault> {
    if now_ms <= request.expires_ms {
        return Ok(());
    }
    Err(not_open(request.id, "has expired"))
}

fn wanted_quota(terms: &str) -> Result<u32, Fault> {
    serde_json::from_str::<Value>(terms)
        .ok()
        .and_then(|terms| u32::try_from(terms.get("quota")?.as_u64()?).ok())
        .ok_or_else(|| Fault::new(Code::InputInvalid, "the terms name no quota"))
}

/// What is signed: who asked for exactly what, and who approved it.
fn message(request: &Request) -> Result<String, Fault> {
    let (approved_by, approved_ms) = request
        .approved
        .as_ref()
        .map_or((None, None), |by| (Some(by.0.as_str()), Some(by.1)));
    let terms: Value = serde_json::from_str(&request.terms)
        .map_err(|error| Fault::new(Code::StoreCorrupt, error))?;
    let approval = canonical::encode(&json!({
        "approved_by": approved_by,
        "approved_ms": approved_ms,
        "expires_ms": request.expires_ms,
        "kind": request.kind.text(),
        "request": request.id,
        "requested_by": request.requested_by.as_str(),
        "requested_ms": request.requested_ms,
        "subject": request.subject,
        "terms": terms,
    }))?;
    Ok(format!("{HEADING}{approval}\n"))
}

fn load(tx: &Transaction<'_>, id: u64) -> Result<Request, Fault> {
    tx.prepare_cached("SELECT * FROM requests WHERE id = ?1")
        .and_then(|mut query| query.query_row([id], read).optional())
        .map_err(sql_fault)?
        .ok_or_else(|| not_open(id, "is unknown"))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Request> {
    let approved_by: Option<OperatorName> = column_or_null(row, "approved_by")?;
    let refused_by: Option<OperatorName> = column_or_null(row, "refused_by")?;
    Ok(Request {
        id: row.get("id")?,
        kind: column(row, "kind")?,
        subject: row.get("subject")?,
        terms: row.get("terms")?,
        requested_by: column(row, "requested_by")?,
        requested_ms: row.get("requested_ms")?,
        expires_ms: row.get("expires_ms")?,
        approved: approved_by.zip(row.get("approved_ms")?),
        used_ms: row.get("used_ms")?,
        refused: refused_by.zip(row.get("refused_ms")?),
    })
}

fn not_open(id: u64, why: &str) -> Fault {
    Fault::new(Code::RequestState, format!("request {id} {why}"))
}
