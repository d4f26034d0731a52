//! Asking for a batch.

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::BatchId;
use cradle_procedure::role::Permission;
use rusqlite::OptionalExtension as _;

use super::{Batch, BatchRequest, BatchState, load, ticket};
use crate::act::{Act, Attempt};
use crate::people::Session;
use crate::release::{self, Release};
use crate::store::Store;
use crate::store::sql::sql_fault;

/// Longest site name, in bytes.
const SITE_LENGTH: usize = 200;

impl Store {
    /// Asks for a batch: a draft, until two security admins put their name to it. A requester
    /// who is one counts as the first.
    ///
    /// # Errors
    /// `AUT-03`; `BAT-06` if the release is not on record; `CFG-03`.
    pub fn request_batch(&self, session: &Session, request: BatchRequest) -> Result<Batch, Fault> {
        let id = request.id.clone();
        let attempt = Attempt {
            what: "request-batch",
            subject: id.as_str(),
            needs: &[Permission::RequestBatch],
        };
        self.act(session, &attempt, move |act| {
            check(&request, act.now_ms)?;
            refuse_taken(act, &request.id)?;
            let release = release::find(act.tx, &request.release)?.ok_or_else(|| {
                let detail = format!("{} is not on record", request.release);
                Fault::new(Code::BatchMismatch, detail)
            })?;
            release::refuse_retired(act.tx, &release.id)?;
            insert(act, &request, &release)?;
            let batch = load(act.tx, &request.id)?;
            act.audit("batch.requested", batch.id.as_str(), ticket::terms(&batch))?;
            Ok(batch)
        })
    }
}

fn check(request: &BatchRequest, now_ms: u64) -> Result<(), Fault> {
    let invalid = |what: &str| Err(Fault::new(Code::InputInvalid, what));
    if request.quota == 0 {
        return invalid("the quota is 0");
    }
    if request.valid_until_ms <= now_ms {
        return invalid("the batch would end before it begins");
    }
    if request.site.trim().is_empty() || request.site.len() > SITE_LENGTH {
        return invalid("the site is empty or too long");
    }
    let scheme = &request.serials;
    let last = scheme.first.checked_add(u64::from(request.quota) - 1);
    if last.and_then(|last| scheme.serial(last)).is_none() {
        return invalid("the serial scheme does not give valid serials for the whole quota");
    }
    Ok(())
}

fn refuse_taken(act: &Act<'_>, id: &BatchId) -> Result<(), Fault> {
    let taken = act
        .tx
        .query_row("SELECT 1 FROM batches WHERE id = ?1", [id.as_str()], |_| {
            Ok(())
        })
        .optional()
        .map_err(sql_fault)?;
    match taken {
        None => Ok(()),
        Some(()) => Err(Fault::new(
            Code::InputInvalid,
            format!("there is a batch {id} already"),
        )),
    }
}

fn insert(act: &Act<'_>, request: &BatchRequest, release: &Release) -> Result<(), Fault> {
    act.tx
        .execute(
            "INSERT INTO batches (id, product, profile, release, manifest_sha256, quota,
                 serial_prefix, serial_width, serial_first, serial_next, serial_check,
                 valid_until_ms, site, state, requested_by, requested_ms, session)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            rusqlite::params![
                request.id.as_str(),
                release.product,
                release.profile.as_str(),
                release.id.as_str(),
                release.manifest.to_string(),
                request.quota,
                request.serials.prefix,
                request.serials.width,
                request.serials.first,
                request.serials.check.then_some(true),
                request.valid_until_ms,
                request.site,
                BatchState::Draft.text(),
                act.session.operator().as_str(),
                act.now_ms,
                act.session.id(),
            ],
        )
        .map_err(sql_fault)?;
    Ok(())
}
